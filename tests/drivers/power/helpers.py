"""The simulated UPS and the real driver above it."""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Event

from drivers.monitor import Unwatched, Watch
from drivers.power.contract import BatteryTest
from drivers.power.device import NutPowerSupply
from drivers.power.driver import NUT, NutOptions
from drivers.power.simulated import PASSWORD, USERNAME, SimulatedPowerSupply

ANSWER = 1.0


def supply(
    port: str, *, username: str = USERNAME, password: str = PASSWORD, watch: Watch | None = None
) -> NutPowerSupply:
    options = NutOptions(port=port, username=username, password=password, answer_timeout=ANSWER)
    made = NUT.open(options, watch or Unwatched())
    assert isinstance(made, NutPowerSupply)
    return made


def battery_test(power: NutPowerSupply, timeout: float = 10, cancel: Event | None = None) -> BatteryTest:
    return power.test_battery(timeout=timeout, cancel=cancel or Event())


@contextmanager
def simulated() -> Generator[SimulatedPowerSupply]:
    made = SimulatedPowerSupply()
    made.start()
    try:
        yield made
    finally:
        made.close()
