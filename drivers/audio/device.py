"""A sound card below ALSA, through ``aplay`` and ``amixer``."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Final

from drivers.audio.contract import (
    AudioStatus,
    Headphones,
    HeadphonesNeeded,
    Language,
    Pcm,
    Sound,
    SoundOff,
    SpeechEngine,
)
from drivers.audio.programs import run
from drivers.audio.prompts import FixedPrompts
from drivers.audio.protocol import SOUNDS, Mixer, parse_contents, scaled, tone
from drivers.contract import Cancel, Capabilities, State, state_of
from drivers.errors import DeadlineExceeded, DriverError, NotConnected, ProtocolError, Refused
from drivers.monitor import Incident, Unwatched, Watch

_MIXER_TIMEOUT: Final = 2.0
_INCIDENTS: Final = ((DeadlineExceeded, Incident.TIMEOUT), (Refused, Incident.REFUSED))


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Card:
    """Where sound goes: the names of ALSA's device and of its mixer, and what the programs' environment adds."""

    device: str
    mixer: str
    environment: Mapping[str, str]


def card_at(port: str) -> Card:
    """``alsa:default``, ``alsa:plughw:CARD=PCH,DEV=0``, or ``alsa:/.../asound.conf``: a configuration of ALSA's own,
    and programs beside it that are preferred to the system's. Raises ``NotConnected``."""
    scheme, _, rest = port.partition(":")
    if scheme != "alsa" or not rest:
        raise NotConnected(f"{port!r}: not alsa:default or alsa:plughw:CARD=name")
    if rest.startswith("/"):
        path = f"{Path(rest).parent}:{os.environ.get('PATH', os.defpath)}"
        return Card("default", "default", {"ALSA_CONFIG_PATH": rest, "PATH": path})
    return Card(rest, rest.removeprefix("plug").partition(",")[0], {})


class AlsaSpeaker:
    """Implements :class:`drivers.audio.contract.AudioOutput`; all but :meth:`stop` for one thread at a time.

    It holds no device between two sounds: others may use the sound card, too.
    """

    def __init__(
        self,
        port: str,
        engine: SpeechEngine,
        *,
        control: str = "",
        private_to_headphones: bool = True,
        prompts: FixedPrompts | None = None,
        watch: Watch | None = None,
        mixer_timeout: float = _MIXER_TIMEOUT,
    ) -> None:
        self._port = port
        self._engine = engine
        self._control = control
        self._private_to_headphones = private_to_headphones
        self._prompts = prompts
        self._watch = watch or Unwatched()
        self._mixer_timeout = mixer_timeout
        self._stopping = Event()
        self._software_volume = 100
        """For cards that have no control of their own."""

    def status(self) -> AudioStatus:
        self._engine.rest()
        try:
            mixer = self._mixer(self._mixer_timeout)
        except DriverError as error:
            return AudioStatus(state_of(error, (Refused, State.BUSY)), f"audio.{error.code}", error.who, error.detail)
        volume = self._software_volume if mixer.volume is None else mixer.volume
        if not mixer.switched_on:
            return AudioStatus(
                State.DEGRADED, f"audio.{SoundOff.code}", SoundOff.who, mixer.control, mixer.headphones, str(volume)
            )
        return AudioStatus(State.ONLINE, headphones=mixer.headphones, volume=str(volume))

    def capabilities(self) -> Capabilities:
        return Capabilities(model=self._port.removeprefix("alsa:"))

    def say(
        self,
        text: str,
        language: Language,
        *,
        timeout: float,
        cancel: Cancel,
        volume: int = 100,
        rate: float = 1.0,
        private: bool = False,
        fixed: bool = False,
    ) -> None:
        make = self._prompts.get if fixed and self._prompts else self._engine.synthesize

        def speech(left: float) -> Pcm:
            return make(text, language, rate, timeout=left, cancel=cancel)

        self._sound(speech, timeout, cancel, volume, private=private)

    def spoken(self, text: str, language: Language, *, timeout: float, cancel: Cancel) -> Pcm:
        """What would be spoken, unheard."""
        return self._engine.synthesize(text, language, 1.0, timeout=timeout, cancel=cancel)

    def play(self, sound: Sound, *, timeout: float, cancel: Cancel, volume: int = 100) -> None:
        self._sound(lambda _: tone(SOUNDS[sound]), timeout, cancel, volume, private=False)

    def stop(self) -> None:
        self._stopping.set()

    def set_volume(self, percent: int) -> None:
        if not 0 <= percent <= 100:
            raise ValueError("a volume is 0 to 100")
        mixer = self._mixer(self._mixer_timeout)
        if mixer.volume is None:
            self._software_volume = percent
        else:
            self._amixer(("-q", "sset", mixer.control, f"{percent}%", "unmute"), self._mixer_timeout)

    def close(self) -> None:
        self.stop()
        self._engine.close()

    # --- one sound ---------------------------------------------------------------------------------------------------

    def _sound(
        self, make: Callable[[float], Pcm], timeout: float, cancel: Cancel, volume: int, *, private: bool
    ) -> None:
        self._stopping.clear()
        deadline = monotonic() + timeout

        def cancelled() -> bool:
            return cancel.is_set() or self._stopping.is_set()

        mixer = self._mixer(min(timeout, self._mixer_timeout), cancelled)
        self._check(mixer, private=private)
        loudness = volume if mixer.volume is not None else volume * self._software_volume // 100
        pcm = scaled(make(deadline - monotonic()), loudness)
        command = (
            "aplay",
            "-D",
            card_at(self._port).device,
            "-q",
            "-t",
            "raw",
            "-f",
            "S16_LE",
            "-c",
            "1",
            "-r",
            str(pcm.hz),
        )
        self._run(command, deadline - monotonic(), cancelled, pcm.samples)

    def _check(self, mixer: Mixer, *, private: bool) -> None:
        """What nobody can hear, or everybody, must not count as spoken to this person."""
        if not mixer.switched_on:
            raise SoundOff(mixer.control)
        # a card that does not tell counts as one without headphones
        if private and self._private_to_headphones and mixer.headphones is not Headphones.PLUGGED:
            raise HeadphonesNeeded

    # --- the programs ------------------------------------------------------------------------------------------------

    def _mixer(self, timeout: float, cancelled: Callable[[], bool] = _never) -> Mixer:
        printed = self._amixer(("contents",), timeout, cancelled)
        try:
            return parse_contents(printed, self._control)
        except ProtocolError:
            self._watch.note(Incident.CHECKSUM)
            raise

    def _amixer(self, arguments: tuple[str, ...], timeout: float, cancelled: Callable[[], bool] = _never) -> str:
        return self._run(("amixer", "-D", card_at(self._port).mixer, *arguments), timeout, cancelled)

    def _run(self, command: tuple[str, ...], timeout: float, cancelled: Callable[[], bool], given: bytes = b"") -> str:
        environment = {**os.environ, **card_at(self._port).environment, "LC_ALL": "C"}
        self._watch.sent(" ".join(command).encode())
        try:
            printed = run(command, environment, timeout=timeout, cancelled=cancelled, given=given)
        except DriverError as error:
            self._watch.received(str(error).encode())
            for incident in (each for kind, each in _INCIDENTS if isinstance(error, kind)):
                self._watch.note(incident)
            raise
        self._watch.received(printed.encode())
        return printed
