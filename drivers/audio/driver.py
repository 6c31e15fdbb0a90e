"""The audio driver of the registry."""
# ruff: noqa: PLC0415 - a process imports only the drivers it uses

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from pydantic import Field

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import DriverError, NotConnected
from drivers.monitor import NothingPersonal, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check, failed, status_only
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.audio.contract import Language
    from drivers.audio.device import AlsaSpeaker

_TEST_TIMEOUT: Final = 20.0


class AudioOptions(Options):
    port: str = Field(default="alsa:default", description="the sound card: alsa:default or alsa:plughw:CARD=name,DEV=0")
    control: str = Field(
        default="", max_length=60, description="the mixer's control for the volume; empty: Master, else what is there"
    )
    private_speech: str = Field(
        default="headphones",
        pattern="^(headphones|speaker)$",
        description="where names and numbers may be read out: only into plugged headphones, or from the speaker too",
    )
    prompts: str = Field(default="", description="folder for announcements kept as sound; empty: none are kept")


def _open(options: AudioOptions, watch: Watch) -> "AlsaSpeaker":
    from drivers.audio.device import AlsaSpeaker
    from drivers.audio.engine import VERSION, EspeakEngine
    from drivers.audio.prompts import FixedPrompts

    engine = EspeakEngine(watch=watch)
    return AlsaSpeaker(
        options.port,
        engine,
        control=options.control,
        private_to_headphones=options.private_speech == "headphones",
        prompts=FixedPrompts(Path(options.prompts), engine, VERSION) if options.prompts else None,
        watch=watch,
    )


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    """List the controls of the mixer, which changes nothing."""
    from drivers.audio.device import AlsaSpeaker
    from drivers.audio.engine import EspeakEngine

    status = AlsaSpeaker(attachment.port, EspeakEngine(), mixer_timeout=timeout).status()
    if status.fault.endswith(f".{NotConnected.code}"):
        raise NotConnected(status.detail)
    if not status.works:
        return None
    evidence = f"its mixer answers: volume {status.volume}, headphones {status.headphones}"
    return Finding(attachment.port, evidence, model=attachment.description)


SENTENCES: Final = {
    "zh-Hans": "这是声音测试，请听一听是否清楚。",
    "zh-Hant": "這是聲音測試，請聽一聽是否清楚。",
    "en": "This is a test of the sound. Please listen whether it is clear.",
}


def selftest(device: "AlsaSpeaker", cancel: Cancel) -> Iterator[Check]:
    """A signal, then a sentence in each language; how loud each was made, since nobody can tell how loud it arrived."""
    from drivers.audio.contract import Language

    yield from status_only(device, cancel)
    status = device.status()
    yield Check("feels a plug of headphones", status.headphones != "unknown", f"headphones {status.headphones}")
    yield _signal(device, cancel)
    for language in Language:
        yield _sentence(device, language, cancel)


def _signal(device: "AlsaSpeaker", cancel: Cancel) -> Check:
    from drivers.audio.contract import Sound

    try:
        device.play(Sound.DONE, timeout=_TEST_TIMEOUT, cancel=cancel)
    except DriverError as error:
        return failed("plays a signal", error)
    return Check("plays a signal", ok=True, evidence="two tones, ask whether they were heard")


def _sentence(device: "AlsaSpeaker", language: "Language", cancel: Cancel) -> Check:
    from drivers.audio.protocol import rms

    name = f"speaks {language}"
    try:
        device.say(SENTENCES[language], language, timeout=_TEST_TIMEOUT, cancel=cancel)
        made = device.spoken(SENTENCES[language], language, timeout=_TEST_TIMEOUT, cancel=Event())
    except DriverError as error:
        return failed(name, error)
    return Check(name, rms(made) > 0.01, f"{made.seconds:.1f} s, loudness {rms(made):.2f} of 1")


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.audio.simulated import SimulatedSoundCard

    return SimulatedSoundCard(place.run_dir / "sound", place.tray)


ALSA: Final = Driver(
    kind="audio",
    name="alsa",
    options=AudioOptions,
    open=_open,
    redactor=NothingPersonal,  # only names of programs and what they print: text is never among it
    probe=Probe(frozenset({"sound"}), _ask, rank=0),
    selftest=selftest,
    simulated=_simulated,
    poll=4.0,  # each look starts a program, amixer: 8 ms of a processor
)
