"""Sound as the terminal sees it: speech and signals out, a socket for headphones, a volume."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from drivers.contract import Cancel, Capabilities, DeviceStatus
from drivers.errors import DeviceFault, NeedsCitizen, NeedsStaff, Refused

SAMPLE_BYTES: Final = 2


class Language(StrEnum):
    """What is spoken: standard Chinese, Cantonese, English."""

    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"
    EN = "en"


class Sound(StrEnum):
    """Short signals without words."""

    NOTICE = "notice"
    DONE = "done"
    WARNING = "warning"


class Headphones(StrEnum):
    PLUGGED = "plugged"
    UNPLUGGED = "unplugged"
    UNKNOWN = "unknown"
    """The sound card does not tell."""


@dataclass(frozen=True, repr=False)
class Pcm:
    """Sound: one channel, signed 16-bit little-endian ``samples``, ``hz`` of them a second."""

    samples: bytes
    hz: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_BYTES / self.hz

    def __repr__(self) -> str:
        """Speech can be personal."""
        return f"<Pcm {self.seconds:.2f} s>"


@dataclass(frozen=True)
class AudioStatus(DeviceStatus):
    """``volume`` is a number from 0 to 100, or ``unknown`` where the sound card has no control for it."""

    headphones: Headphones = Headphones.UNKNOWN
    volume: str = "unknown"


class HeadphonesNeeded(NeedsCitizen):
    """This is for one pair of ears only: plug headphones in."""

    code = "headphones_needed"


class SoundOff(NeedsStaff):
    """The sound is switched off or at its lowest."""

    code = "sound_off"


class NoVoice(DeviceFault):
    """The speech program does not start, or ended before it had spoken: install the terminal's packages again."""

    code = "no_voice"


class Unspeakable(Refused):
    """The speech program refuses this text."""

    code = "unspeakable"


class SpeechEngine(Protocol):
    """Makes sound of text. Another engine takes the place of this one by having these methods."""

    def synthesize(self, text: str, language: Language, rate: float, *, timeout: float, cancel: Cancel) -> Pcm:
        """``rate`` 1 is a calm announcement, 0.5 half as fast. Raises :class:`NoVoice`, :class:`Unspeakable`,
        ``DeadlineExceeded``, ``Cancelled``."""
        ...

    def rest(self) -> None:
        """Called now and then: give back what has not been used for a while."""
        ...

    def close(self) -> None: ...


class AudioOutput(Protocol):
    def status(self) -> AudioStatus: ...

    def capabilities(self) -> Capabilities: ...

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
        """Speak, and return when it was spoken. ``timeout`` is for everything, the speech included.

        ``volume`` is in percent of the volume that is set. ``private`` speech may be kept to headphones by the
        settings. ``fixed`` text is the same for everybody and may be kept as sound on disk; nothing else ever is.
        Raises :class:`HeadphonesNeeded`, :class:`SoundOff`, :class:`NoVoice` and the other ``DriverError`` kinds.
        """
        ...

    def play(self, sound: Sound, *, timeout: float, cancel: Cancel, volume: int = 100) -> None: ...

    def stop(self) -> None:
        """End what is being spoken, from any thread; it raises ``Cancelled`` there."""
        ...

    def set_volume(self, percent: int) -> None:
        """0 to 100, and switch the sound on. Raises ``ValueError`` and ``DriverError``."""
        ...

    def close(self) -> None: ...
