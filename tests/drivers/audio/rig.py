"""The sound card for the suite that runs over all device families."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from drivers.audio.contract import Language
from drivers.audio.device import AlsaSpeaker
from drivers.contract import Cancel, Device
from drivers.simulation.contract import SimulatedDevice
from tests.drivers.audio.helpers import ENGINE, Bench, bench
from tests.drivers.rigs import Rig, RigMaker

_TEXT = "请取走您的证件。"


class AudioRig:
    """``private``: for one pair of ears, which has its headphones plugged."""

    def __init__(self, made: Bench, *, private: bool) -> None:
        self._bench = made
        self._private = private
        self.simulated: SimulatedDevice = made.simulated

    def device(self) -> Device:
        return self._bench.speaker()

    def prepare(self) -> None:
        """The engine's start is none of the sound card's."""
        ENGINE.synthesize(_TEXT, Language.ZH_HANS, 1.0, timeout=10.0, cancel=Cancel())
        if self._private:
            self._bench.simulated.simulate_plug_headphones()

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        assert isinstance(device, AlsaSpeaker)
        device.say(_TEXT, Language.ZH_HANS, timeout=timeout, cancel=cancel, private=self._private)
        return True

    def offsets(self) -> Iterable[int]:
        """Of some 90000 bytes of sound."""
        return (0, 1, 2047, 2048, 10_000, 40_000)


@contextmanager
def _rig(folder: Path, *, private: bool) -> Generator[Rig]:
    with bench(folder) as made:
        yield AudioRig(made, private=private)


RIGS: Mapping[str, RigMaker] = {"alsa": partial(_rig, private=False), "private": partial(_rig, private=True)}
