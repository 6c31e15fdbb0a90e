"""A simulated bus with an echo on it, and the port that leads there."""

from collections.abc import Generator
from pathlib import Path

import pytest

from drivers.ports import Port
from drivers.transports import open_port
from drivers.usb.simulated import SimulatedBus
from tests.drivers.usb.helpers import ECHO, Echo


@pytest.fixture
def bus(tmp_path: Path) -> Generator[SimulatedBus]:
    made = SimulatedBus(tmp_path / "usb.sock")
    made.start()
    yield made
    made.close()


@pytest.fixture
def echo(bus: SimulatedBus) -> Echo:
    gadget = Echo(ECHO)
    bus.attach(gadget)
    return gadget


@pytest.fixture
def port(bus: SimulatedBus, echo: Echo) -> Generator[Port]:
    made = open_port(bus.port(ECHO))
    yield made
    made.close()
