"""The driver at a real NUT server with the NUT project's own dummy driver."""

import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drivers.contract import State
from drivers.power.device import NutPowerSupply
from tests.drivers.power.helpers import supply
from tests.waiting import eventually

UPSD, DUMMY = Path("/lib/nut/upsd"), Path("/lib/nut/dummy-ups")
pytestmark = pytest.mark.skipif(not (UPSD.exists() and DUMMY.exists()), reason="needs Debian's package nut-server")

UPS = "hall"
ON_MAINS = {
    "battery.charge": "100",
    "battery.runtime": "1800",
    "device.serial": "D0001",
    "ups.load": "23",
    "ups.status": "OL",
}


@dataclass
class Nut:
    folder: Path
    port: int
    driver: subprocess.Popen[bytes] | None = None
    told: int = 1_790_000_000
    """When it was last told something: the driver looks at whole seconds, and tests are quicker than that."""

    @property
    def endpoint(self) -> str:
        return f"nut://127.0.0.1:{self.port}/{UPS}"

    def tell(self, **changed: str) -> None:
        """What the UPS says from now on; the driver reads the file again when it was replaced."""
        told = ON_MAINS | {name.replace("_", "."): value for name, value in changed.items()}
        part = self.folder / "part"
        part.write_text("".join(f"{name}: {value}\n" for name, value in told.items()))
        self.told += 1
        os.utime(part, (self.told, self.told))
        part.replace(self.folder / "hall.dev")

    def start(self, *command: object) -> subprocess.Popen[bytes]:
        paths = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH"), str(self.folder))
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen([str(part) for part in command], env=os.environ | paths, stdout=log, stderr=log)

    def start_driver(self) -> None:
        self.driver = self.start(DUMMY, "-a", UPS, "-u", "root", "-D")

    def kill_driver(self) -> None:
        if self.driver:
            self.driver.kill()
            self.driver.wait(10)


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o600)


@pytest.fixture(scope="module")
def nut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nut]:
    if os.geteuid() != 0:
        pytest.skip("upsd is started with -u root, which root alone may")
    folder = tmp_path_factory.mktemp("n")  # short: the driver's socket has a path of at most 108 characters
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Nut(folder, server.getsockname()[1])
    _write(folder, "nut.conf", "MODE=standalone\n")
    _write(
        folder,
        "ups.conf",
        f"pollinterval = 1\n[{UPS}]\n  driver = dummy-ups\n  port = {folder}/hall.dev\n  mode = dummy-once\n",
    )
    _write(folder, "upsd.conf", f"LISTEN 127.0.0.1 {made.port}\n")
    _write(folder, "upsd.users", "")
    made.tell()
    made.start_driver()
    server = made.start(UPSD, "-D", "-u", "root")
    try:
        yield made
    finally:
        made.kill_driver()
        server.kill()
        server.wait(10)


@pytest.fixture
def power(nut: Nut) -> Iterator[NutPowerSupply]:
    made = supply(nut.endpoint)
    nut.tell()
    eventually(lambda: made.status().state is State.ONLINE, f"the power service ({(nut.folder / 'log').read_text()})")
    yield made
    made.close()


def fault(power: NutPowerSupply, cause: str) -> None:
    eventually(lambda: power.status().fault == (cause and f"power.{cause}"), cause or "health")


def test_what_it_is(power: NutPowerSupply) -> None:
    told = power.capabilities()
    assert "Dummy UPS" in told.model
    assert told.serial_number == "D0001"
    assert power.status().charge == 100


def test_a_power_cut_is_seen_until_the_mains_are_back(nut: Nut, power: NutPowerSupply) -> None:
    nut.tell(ups_status="OB DISCHRG", battery_charge="80")
    fault(power, "on_battery")
    nut.tell(ups_status="OB LB", battery_charge="9")
    fault(power, "battery_low")
    nut.tell(ups_status="OL RB")
    fault(power, "replace_battery")
    nut.tell()
    fault(power, "")


def test_a_driver_that_died_is_told_and_its_return_too(nut: Nut, power: NutPowerSupply) -> None:
    nut.kill_driver()
    fault(power, "no_contact")
    nut.start_driver()
    fault(power, "")


def test_a_name_that_upsd_does_not_know(nut: Nut, power: NutPowerSupply) -> None:
    other = supply(nut.endpoint + "x")
    assert other.status().fault == "power.unknown_ups"
    other.close()
