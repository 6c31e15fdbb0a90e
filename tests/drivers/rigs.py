"""The real drivers over their simulated devices, one rig each: what the suite for all of them runs on."""

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from drivers.contract import Cancel, Device
from drivers.errors import DriverError
from drivers.simulation.contract import SimulatedDevice


class Rig(Protocol):
    """A started simulated device, and how the real driver above it is made and used."""

    simulated: SimulatedDevice
    # ``fault``: where an operation can end unsure instead of raising (a print), the fault catalogue's id of the last
    # such end. ``one_way``: the device only talks, so that its silence tells nothing. A rig has neither attribute where
    # neither is true.

    def device(self) -> Device:
        """A new real driver at the simulated device, with timings that do not keep a test waiting. No I/O."""
        ...

    def prepare(self) -> None:
        """What a citizen does before the operation can succeed: lay a card down, hold a code before the scanner."""
        ...

    def operate(self, device: Device, *, timeout: float, cancel: Cancel) -> bool:
        """The main operation of the class. True only if it was done for sure; may raise ``DriverError``."""
        ...

    def offsets(self) -> Iterable[int]:
        """After how many bytes of an operation the cable is pulled: each one if that takes no longer than a few
        seconds, else the interesting ones and a sample."""
        ...


RigMaker = Callable[[Path], AbstractContextManager[Rig]]
"""Takes a temporary folder. A class's ``rig.py`` has its ``RIGS`` by their names, and in ``OTHER_LINES`` the names of
those that differ from another one by their line alone."""

R = TypeVar("R", bound=Rig)

ENOUGH = 15.0
"""What an operation is given while all is well."""
PATIENCE = 20.0
"""How long it may take beyond its time, on a busy machine, before it counts as hanging."""


@contextmanager
def running(rig: R) -> Generator[R]:
    """With its simulated device started."""
    rig.simulated.start()
    with closing(rig.simulated):
        yield rig


def attempt(rig: Rig, device: Device, timeout: float, cancel: Cancel | None = None) -> bool | DriverError:
    """What the operation came to. Fails if it does not end, or ends in an exception that is none of ours."""
    result: Future[bool | DriverError] = Future()

    def run() -> None:
        try:
            result.set_result(rig.operate(device, timeout=timeout, cancel=cancel or Cancel()))
        except DriverError as error:
            result.set_result(error)
        except BaseException as error:  # noqa: BLE001 - told to the test, whatever it is
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result.result(timeout + PATIENCE)
