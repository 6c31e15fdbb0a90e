"""Speech by espeak-ng in a process of its own, started when it is first needed and ended when it rests."""

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final

from drivers.audio.contract import Language, NoVoice, Pcm, Unspeakable
from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded
from drivers.monitor import Incident, Unwatched, Watch

COMMAND: Final = (sys.executable, "-P", str(Path(__file__).with_name("espeak.py")))
VOICES: Final[Mapping[Language, str]] = {Language.ZH_HANS: "cmn", Language.ZH_HANT: "yue", Language.EN: "en"}
VERSION: Final = "espeak-ng 1.52"
"""Names the voice of sound that is kept."""
LONGEST: Final = 2000
"""Characters; what is longer is no announcement."""
IDLE: Final = 120.0
"""Seconds without a word after which the process ends: it holds some 20 MB."""
_WORDS_A_MINUTE: Final = 160
_SLICE: Final = 0.05
_HEAD: Final = 1 << 20
_MOST_BYTES: Final = 20_000_000


class _Ended(Exception):
    """The process is gone, or speaks nonsense."""


class EspeakEngine:
    """Implements :class:`drivers.audio.contract.SpeechEngine`; one request at a time, from any thread."""

    def __init__(
        self,
        command: Sequence[str] = COMMAND,
        *,
        idle: float = IDLE,
        watch: Watch | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._command = command
        self._idle = idle
        self._watch = watch or Unwatched()
        self._clock = clock
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used = 0.0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        process = self._process
        return process.pid if process else None

    def synthesize(self, text: str, language: Language, rate: float, *, timeout: float, cancel: Cancel) -> Pcm:
        head, sound = self._ask({"text": text, **_voice(language, rate)}, timeout, cancel)
        return Pcm(sound, int(head["hz"]))

    def phonemes(self, text: str, language: Language, *, timeout: float, cancel: Cancel) -> str:
        """What it would say, in the letters of espeak-ng: for a test by eye."""
        head, _ = self._ask({"text": text, "phonemes": True, **_voice(language, 1.0)}, timeout, cancel)
        return str(head["phonemes"])

    def rest(self) -> None:
        with self._lock:
            if self._process and self._clock() - self._used > self._idle:
                self._end()

    def close(self) -> None:
        with self._lock:
            self._end()

    # --- the process -------------------------------------------------------------------------------------------------

    def _ask(self, request: Mapping[str, Any], timeout: float, cancel: Cancel) -> tuple[dict[str, Any], bytes]:
        """A process that died gets a successor once: saying the same again does no harm."""
        if not 0 < len(request["text"]) <= LONGEST:
            raise Unspeakable(f"{len(request['text'])} characters")
        deadline = self._clock() + timeout
        with self._lock:
            try:
                return self._attempt(request, deadline, cancel)
            except _Ended:
                self._watch.note(Incident.RETRY)
            try:
                return self._attempt(request, deadline, cancel)
            except _Ended as ended:
                raise NoVoice(str(ended)) from None

    def _attempt(self, request: Mapping[str, Any], deadline: float, cancel: Cancel) -> tuple[dict[str, Any], bytes]:
        answered = False
        try:
            process = self._process = self._process or self._start()
            reader = _Reader(process, deadline, cancel, self._clock)
            reader.write(json.dumps(request).encode() + b"\n")
            head = _head(reader.line())
            sound = reader.exactly(head.get("bytes", 0))
            answered = True
        finally:
            if not answered:
                self._end()  # its answer would be taken for that of the next question
        self._used = self._clock()
        if "error" in head:
            raise Unspeakable(str(head["error"]))
        return head, sound

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
            )
        except OSError as error:
            raise NoVoice(os.strerror(error.errno or 0)) from None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            with process:  # closes the pipes and waits
                pass


class _Reader:
    """The two pipes of the process, with a deadline and a cancel for everything."""

    def __init__(
        self, process: subprocess.Popen[bytes], deadline: float, cancel: Cancel, clock: Callable[[], float]
    ) -> None:
        assert process.stdin  # noqa: S101 - for the type checker; both are pipes
        assert process.stdout  # noqa: S101
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._deadline, self._cancel, self._clock = deadline, cancel, clock
        self._received = bytearray()

    def write(self, data: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # reading tells that it ended
            while data:
                self._wait([], [self._in])
                data = data[os.write(self._in, data[: select.PIPE_BUF]) :]

    def line(self) -> bytes:
        while (end := self._received.find(b"\n")) < 0:
            if len(self._received) > _HEAD:
                raise _Ended("nonsense")
            self._receive()
        return self._take(end + 1)

    def exactly(self, count: int) -> bytes:
        while len(self._received) < count:
            self._receive()
        return self._take(count)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _receive(self) -> None:
        self._wait([self._out], [])
        data = os.read(self._out, 1 << 16)
        if not data:
            raise _Ended("it ended")
        self._received += data

    def _wait(self, readable: list[int], writable: list[int]) -> None:
        while True:
            if self._cancel.is_set():
                raise Cancelled
            left = self._deadline - self._clock()
            if left <= 0:
                raise DeadlineExceeded("the speech program is silent")
            if any(select.select(readable, writable, [], min(left, _SLICE))):
                return


def _voice(language: Language, rate: float) -> dict[str, Any]:
    return {"voice": VOICES[language], "rate": round(_WORDS_A_MINUTE * max(0.5, min(rate, 2.5)))}


def _head(line: bytes) -> dict[str, Any]:
    try:
        head: Any = json.loads(line)
        if {"error"} <= head.keys() or {"phonemes"} <= head.keys():
            return head
        if head["hz"] > 0 and 0 <= head["bytes"] <= _MOST_BYTES:
            return head
    except (ValueError, TypeError, AttributeError, KeyError):
        pass
    raise _Ended("nonsense")
