"""A simulated sound card: ALSA's own ``file`` plugin below the real ``aplay``, and a stand-in for ``amixer``.

There is no sound card without a kernel's, so ``amixer`` alone is a script that speaks its text; ``aplay`` and all of
alsa-lib are real. What is played arrives through a named pipe and becomes ``speech-0001.wav`` in the tray.
"""

import contextlib
import fcntl
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drivers.audio.contract import SAMPLE_BYTES, Pcm
from drivers.audio.protocol import HZ, to_wav
from drivers.audio.stand_ins import CONFIGURATION, GONE, MICROPHONE, MIXER, TAKEN
from drivers.simulation.contract import Verb, verbs_of

_CHUNK: Final = 2048
_PIPE: Final = 4096
"""Bytes that are under way at most: with more of them aplay would have ended before the cable is pulled."""
_SLOW: Final = "0.1"
_FILES_AT_MOST: Final = 9999

_NOISE: Final = "\x7f\x7f~~ \x01 numid=?? %%\n"
_FAULTS: Final = ("hang", "delay", "error", "noise")


class SimulatedSoundCard:
    """``folder`` holds the configuration, the pipe and the script; ``paced`` takes sound in no faster than it sounds.

    Verbs may be called from any thread.
    """

    kind = "audio"

    def __init__(self, folder: Path, tray: Path, *, paced: bool = True) -> None:
        self._folder = folder
        self._mixer = folder / "mixer"
        self._pipe = folder / "playback"
        self._tray = tray
        self._paced = paced
        self._lock = threading.RLock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._flowing = threading.Event()
        self.playing = False
        """Whether sound is coming out."""
        self._left: int | None = None
        self._timer: threading.Timer | None = None
        self._wrong = False

    # --- the device --------------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        return f"alsa:{self._folder / 'asound.conf'}"

    def start(self) -> None:
        with self._lock:
            self._mixer.mkdir(parents=True, exist_ok=True)
            for name, value in (("volume", "70"), ("switch", "on"), ("jack", "off")):
                self._set(name, value)
            _executable(self._folder / "amixer", MIXER)
            self.simulate_heal()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            present = {
                "unplugged": self._thread is None,
                "mute": not self._flowing.is_set(),
                "slow": (self._mixer / "delay").exists(),
                "garbage": (self._mixer / "noise").exists(),
                "busy": (self._folder / "aplay").exists(),
                "wrong_model": self._wrong,
                "switch_off": self._get("switch") == "off",
            }
            fault = ", ".join(name for name, there in present.items() if there)
            phones = "plugged" if self._get("jack") == "on" else "unplugged"
            return {"headphones": phones, "volume": self._get("volume"), "fault": fault}

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        with self._lock:
            self._free()
            self._pull()
        shutil.rmtree(self._folder, ignore_errors=True)

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def simulate_plug_headphones(self, _: str = "") -> None:
        """Put headphones into the socket."""
        self._set("jack", "on")

    def simulate_unplug_headphones(self, _: str = "") -> None:
        """Pull the headphones."""
        self._set("jack", "off")

    def simulate_switch_off(self, _: str = "") -> None:
        """Somebody switched the sound off."""
        self._set("switch", "off")

    def simulate_unplug(self, argument: str = "") -> None:
        """Pull the sound card, now or after so many more bytes of sound."""
        with self._lock:
            if argument not in ("", "0"):
                self._left = int(argument)
                return
            self._set("error", GONE)
            self._pull()

    def simulate_plug(self, _: str = "") -> None:
        """Put the sound card back."""
        with self._lock:
            self._unset("error")
            if self._thread and self._thread.is_alive() and not self._stop.is_set():
                return
            self._pull()
            self._left = None
            self._write_configuration()
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._serve, args=(self._stop,), name="sound card", daemon=True)
            self._thread.start()

    def simulate_slow(self, argument: str = "") -> None:
        """Answer each question of the mixer so many seconds late, else a tenth of one."""
        self._set("delay", str(float(argument or _SLOW)))

    def simulate_garbage(self, _: str = "") -> None:
        """Let the mixer print noise."""
        self._set("noise", _NOISE)

    def simulate_mute(self, _: str = "") -> None:
        """Take no sound and answer nothing, as a card does whose driver hangs."""
        self._flowing.clear()
        self._set("hang", "")

    def simulate_busy(self, argument: str = "") -> None:
        """Another program has the card, for so many seconds or until healed."""
        with self._lock:
            self._free()
            _executable(self._folder / "aplay", TAKEN)
            if argument:
                self._timer = threading.Timer(float(argument), self._free)
                self._timer.daemon = True
                self._timer.start()

    def simulate_wrong_model(self, _: str = "") -> None:
        """Plug a microphone in instead: it plays nothing."""
        with self._lock:
            self._wrong = True
            self._write_configuration()

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault; headphones stay as they are."""
        with self._lock:
            self._free()
            for name in _FAULTS:
                self._unset(name)
            self._set("switch", "on")
            self._wrong, self._left = False, None
            self._flowing.set()
            self.simulate_plug()
            self._write_configuration()

    # --- files -------------------------------------------------------------------------------------------------------

    def _get(self, name: str) -> str:
        with contextlib.suppress(OSError):
            return (self._mixer / name).read_text()
        return ""

    def _set(self, name: str, value: str) -> None:
        fresh = self._mixer / f".{name}"
        fresh.write_text(value)
        fresh.replace(self._mixer / name)

    def _unset(self, name: str) -> None:
        (self._mixer / name).unlink(missing_ok=True)

    def _write_configuration(self) -> None:
        text = MICROPHONE if self._wrong else CONFIGURATION.format(pipe=self._pipe, hz=HZ)
        (self._folder / "asound.conf").write_text(text)

    def _free(self) -> None:
        if self._timer:
            self._timer.cancel()
        (self._folder / "aplay").unlink(missing_ok=True)

    def _pull(self) -> None:
        """The thread ends, and with it the reading end of the pipe: aplay meets a broken one."""
        thread, self._thread = self._thread, None
        self._stop.set()
        while thread and thread.is_alive():
            with contextlib.suppress(OSError):  # let it out of its wait for a writer
                os.close(os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK))
            thread.join(0.02)

    def _vanish(self) -> None:
        self._pipe.unlink(missing_ok=True)
        (self._folder / "asound.conf").unlink(missing_ok=True)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _serve(self, stop: threading.Event) -> None:
        waiting = self._new_pipe()
        try:
            while not stop.is_set():
                playing = os.open(self._pipe, os.O_RDONLY)  # returns when somebody plays
                heard, waiting = waiting, self._new_pipe()
                try:
                    self._keep(self._listen(playing, stop))
                finally:
                    os.close(playing)
                    os.close(heard)
        finally:
            os.close(waiting)
            self._vanish()

    def _new_pipe(self) -> int:
        """One for each sound, so that each has its own end. A pipe keeps its size as long as an end is held."""
        fresh = self._folder / ".playback"
        fresh.unlink(missing_ok=True)
        os.mkfifo(fresh)
        descriptor = os.open(fresh, os.O_RDONLY | os.O_NONBLOCK)
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE)
        fresh.replace(self._pipe)
        return descriptor

    def _listen(self, descriptor: int, stop: threading.Event) -> bytes:
        sound = bytearray()
        while not stop.is_set():
            if not self._flowing.wait(0.05):
                continue
            data = os.read(descriptor, _CHUNK)
            if not data:
                break
            sound += data
            self.playing = True
            self._count(len(data), stop)
            if self._paced:
                stop.wait(len(data) / SAMPLE_BYTES / HZ)
        self.playing = False
        return bytes(sound)

    def _count(self, heard: int, stop: threading.Event) -> None:
        if self._left is None:
            return
        self._left -= heard
        if self._left <= 0:
            self._left = None
            self._set("error", GONE)
            stop.set()

    def _keep(self, sound: bytes) -> None:
        if not sound:
            return
        self._tray.mkdir(parents=True, exist_ok=True)
        names = (self._tray / f"speech-{number:04d}.wav" for number in range(1, _FILES_AT_MOST + 1))
        file = next((name for name in names if not name.exists()), None)
        if file:
            fresh = file.with_suffix(".new")
            fresh.write_bytes(to_wav(Pcm(sound, HZ)))
            fresh.replace(file)


def _executable(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.write_text(text)
    fresh.chmod(0o700)
    fresh.replace(path)
