"""The real driver over the real aplay, a simulated card below it, and an engine that all tests of a process share."""

import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from drivers.audio.contract import Language, Pcm
from drivers.audio.device import AlsaSpeaker
from drivers.audio.engine import EspeakEngine
from drivers.audio.protocol import from_wav
from drivers.audio.simulated import SimulatedSoundCard
from drivers.monitor import Watch
from tests.waiting import eventually

PATIENCE = 20.0
"""Seconds that no wait of a test takes unless something is broken."""
SENTENCE = "请把身份证放在读卡器上。"
ENGINE = EspeakEngine()


class Bench:
    def __init__(self, folder: Path, *, paced: bool = False) -> None:
        self.tray = folder / "tray"
        self.simulated = SimulatedSoundCard(folder / "sound", self.tray, paced=paced)

    def speaker(self, *, private_to_headphones: bool = True, watch: Watch | None = None) -> AlsaSpeaker:
        return AlsaSpeaker(
            self.simulated.endpoint,
            ENGINE,
            private_to_headphones=private_to_headphones,
            watch=watch,
            mixer_timeout=0.5,
        )

    def heard(self, number: int) -> Pcm:
        file = self.tray / f"speech-{number:04d}.wav"
        eventually(file.exists, file.name)
        return from_wav(file.read_bytes())


@contextmanager
def bench(folder: Path, *, paced: bool = False) -> Generator[Bench]:
    if not shutil.which("aplay"):
        pytest.skip("alsa-utils is not installed")
    made = Bench(folder, paced=paced)
    made.simulated.start()
    try:
        yield made
    finally:
        made.simulated.close()


def say(speaker: AlsaSpeaker, text: str = SENTENCE, *, timeout: float = PATIENCE, private: bool = False) -> None:
    speaker.say(text, Language.ZH_HANS, timeout=timeout, cancel=threading.Event(), private=private)
