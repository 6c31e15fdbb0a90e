"""Sound as bytes, and what the programs of alsa-utils print. Without I/O."""

import io
import math
import re
import wave
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.audio.contract import SAMPLE_BYTES, Headphones, Pcm, Sound
from drivers.errors import ConnectionLost, DeviceFault, DriverError, NotConnected, ProtocolError, Refused

HZ: Final = 22050
_LOUDEST: Final = 32767

# --- samples ----------------------------------------------------------------------------------------------------------


def _samples(pcm: Pcm) -> "array[int]":
    return array("h", pcm.samples[: len(pcm.samples) // SAMPLE_BYTES * SAMPLE_BYTES])


def scaled(pcm: Pcm, percent: int) -> Pcm:
    """Quieter: 100 leaves it as it is."""
    if percent >= 100:
        return pcm
    return Pcm(array("h", (value * max(0, percent) // 100 for value in _samples(pcm))).tobytes(), pcm.hz)


def rms(pcm: Pcm) -> float:
    """Loudness from 0 to 1: root of the mean square, of full scale."""
    samples = _samples(pcm)
    return math.sqrt(sum(value * value for value in samples) / len(samples)) / _LOUDEST if samples else 0.0


def tone(frequencies: Sequence[float], seconds: float = 0.12, level: float = 0.4) -> Pcm:
    """One tone after another, each faded in and out so that it does not click."""
    count = round(seconds * HZ)
    fade = HZ // 100
    values = (
        round(level * _LOUDEST * min(1, at / fade, (count - at) / fade) * math.sin(2 * math.pi * frequency * at / HZ))
        for frequency in frequencies
        for at in range(count)
    )
    return Pcm(array("h", values).tobytes(), HZ)


SOUNDS: Final[Mapping[Sound, tuple[float, ...]]] = {
    Sound.NOTICE: (880.0,),
    Sound.DONE: (659.3, 880.0),
    Sound.WARNING: (440.0, 349.2, 440.0),
}
"""Frequencies one after another."""


def to_wav(pcm: Pcm) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(SAMPLE_BYTES)
        out.setframerate(pcm.hz)
        out.writeframes(pcm.samples)
    return file.getvalue()


def from_wav(data: bytes) -> Pcm:
    """Raises ``ValueError`` for what is no file of this kind."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, SAMPLE_BYTES):
                raise ValueError("not one channel of 16 bits")
            return Pcm(file.readframes(file.getnframes()), file.getframerate())
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a chunk longer than the file
        raise ValueError(str(error)) from None


# --- amixer -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mixer:
    """What ``amixer contents`` says. ``control`` is the simple name of the volume's control, empty if there is none;
    ``volume`` is in percent of its range."""

    control: str = ""
    volume: int | None = None
    switched_on: bool = True
    headphones: Headphones = Headphones.UNKNOWN


CONTROLS: Final = ("Master", "PCM", "Speaker", "Headphone", "Digital", "Line Out")
"""Of a card whose settings do not say which control it is: the first that is there."""
_CONTROL: Final = re.compile(
    r"^numid=\d+,iface=(?P<interface>\w+),name='(?P<name>[^'\n]{1,80})'[^\n]*\n"
    r" +; type=\w+,access=[-\w]+,values=\d+(?:,min=(?P<low>-?\d{1,9}),max=(?P<high>-?\d{1,9}))?[^\n]*\n"
    r"(?: +;[^\n]*\n)*"
    r" +: values=(?P<values>[-\w,]+)",
    re.MULTILINE,
)
_JACK: Final = re.compile(r"headphone.*jack$", re.IGNORECASE)
"""A "Phantom Jack" is one whose plug nobody can feel: it is always on."""


def parse_contents(text: str, control: str = "") -> Mixer:
    """``control`` is the wanted one's simple name, else the first of :data:`CONTROLS`. Raises ``ProtocolError`` for a
    text that names no control at all; no text is a card without any."""
    found = {match["name"]: match for match in _CONTROL.finditer(text)}
    if text.strip() and not found:
        raise ProtocolError("the mixer lists no controls")
    wanted = (control,) if control else CONTROLS
    name = next((name for name in wanted if f"{name} Playback Volume" in found), "")
    switch = found.get(f"{name} Playback Switch")
    return Mixer(
        control=name,
        volume=_percent(found[f"{name} Playback Volume"]) if name else None,
        switched_on=switch is None or "on" in switch["values"].split(","),
        headphones=_headphones(found),
    )


def _percent(match: re.Match[str]) -> int | None:
    low, high, first = match["low"], match["high"], match["values"].split(",")[0]
    if low is None or int(high) <= int(low) or not re.fullmatch(r"-?\d{1,9}", first):
        return None
    return max(0, min(100, round(100 * (int(first) - int(low)) / (int(high) - int(low)))))


def _headphones(found: Mapping[str, re.Match[str]]) -> Headphones:
    jacks = [each["values"] for name, each in found.items() if _JACK.search(name) and "phantom" not in name.lower()]
    if not jacks:
        return Headphones.UNKNOWN
    return Headphones.PLUGGED if "on" in jacks else Headphones.UNPLUGGED


# --- errors -----------------------------------------------------------------------------------------------------------

_ERRORS: Final[tuple[tuple[str, type[DriverError]], ...]] = (
    ("busy", Refused),
    ("write error", ConnectionLost),
    ("no such", NotConnected),
    ("cannot find card", NotConnected),
    ("invalid argument", ProtocolError),
    ("not available", ProtocolError),
)
"""What stands in the last line of a program that failed -> what it means."""


def error_of(code: int, printed: str) -> DriverError:
    """From the exit code (negative: a signal) and the standard error of ``aplay`` or ``amixer``."""
    last = next((line.strip() for line in reversed(printed.splitlines()) if line.strip()), "")[:120]
    kind = next((kind for words, kind in _ERRORS if words in last.lower()), DeviceFault)
    # aplay is ended by SIGPIPE when the device's end of a pipe goes away
    return (ConnectionLost if code < 0 else kind)(last or f"ended with {code}")
