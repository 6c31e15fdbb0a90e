"""A driver of somebody else, in a package of its own: installed as docs/devices/adding_a_driver.md says, and found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.commands import cabinet as running
from tests.paths import KIOSK_INI, ROOT
from tests.waiting import eventually

TOY = ROOT / "tests" / "toy_driver"
PIP = ("-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")


@dataclass
class Toy:
    """The terminal with the package installed; it runs in processes of their own, which alone see it."""

    environment: dict[str, str]
    folder: Path

    def kiosk(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*words), check=False, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def argv(self, *words: str) -> list[str]:
        run_dir = f"terminal.run_dir={self.folder / 'run'}"
        return [sys.executable, "-m", "kiosk", "--config", str(KIOSK_INI), "--set", run_dir, *words]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Toy:
    folder = tmp_path_factory.mktemp("toy")
    source = folder / "source"
    shutil.copytree(TOY, source)  # the build leaves files beside the source
    subprocess.run([sys.executable, *PIP, "--target", str(folder / "site"), str(source)], check=True, timeout=100)
    path = os.pathsep.join(filter(None, (str(folder / "site"), os.environ.get("PYTHONPATH", ""))))
    return Toy(os.environ | {"PYTHONPATH": path}, folder)


@pytest.fixture(scope="module")
def cabinet(toy: Toy) -> Generator[None]:
    with running(toy.argv("sim"), toy.folder / "run", toy.environment):
        yield


def rows(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in json.loads(done.stdout)}


def thermometer_in(toy: Toy, state: str) -> dict[str, Any] | None:
    row = rows(toy.kiosk("devices", "--json"))["thermometer"]
    return row if row["state"] == state else None


def test_its_settings_are_known_and_checked(toy: Toy) -> None:
    assert toy.kiosk("--set", "thermometer.offset=1.5", "config", "check").returncode == 0
    wrong = toy.kiosk("--set", "thermometer.offset=50", "--set", "thermometer.drver=toy", "config", "check")
    assert wrong.returncode == 2
    assert "[thermometer] offset: 50 is more than 10" in wrong.stdout
    assert "did you mean driver?" in wrong.stdout


def test_it_is_one_of_the_devices_simulated_or_not_there(toy: Toy, cabinet: None) -> None:
    online = partial(thermometer_in, toy, "online")
    row = eventually(online, "the thermometer")  # on a busy machine the cabinet takes its time
    assert (row["model"], row["substates"]) == ("toy thermometer", {"degrees": "23.5"})
    real = ("--set", "thermometer.driver=toy", "--set", "thermometer.port=/dev/nowhere")
    gone = rows(toy.kiosk(*real, "devices", "--json"))["thermometer"]
    assert (gone["state"], gone["fault"]) == ("no_device", "thermometer.not_connected")


def test_its_faults_are_in_the_catalogue(toy: Toy) -> None:
    code = (
        "from kiosk.diagnostics.faults import advice, find\n"
        "print(advice(find('thermometer.not_connected'), 'zh-Hant').citizen)\n"
        "print(advice(find('thermometer.protocol_error'), 'zh-Hans').citizen)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=toy.environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "溫度計未接上。需要維修人員處理。",
        "The thermometer cannot be understood. A technician is needed.",
    ]


def test_it_can_be_tested_traced_and_replayed(toy: Toy, cabinet: None) -> None:
    tested = toy.kiosk("devices", "selftest", "thermometer", "--json")
    assert (tested.returncode, json.loads(tested.stdout)["error"]) == (0, "")
    file = toy.folder / "trace.jsonl"
    assert toy.kiosk("devices", "trace", "thermometer", "--timeout", "3", "--out", str(file)).returncode == 0
    assert b"T?\n".hex() in file.read_text()
    again = toy.kiosk("devices", "selftest", "thermometer", "--replay", str(file), "--json")
    assert (again.returncode, json.loads(again.stdout)["error"]) == (0, "")


def test_it_is_found_at_its_port(toy: Toy, cabinet: None) -> None:
    done = toy.kiosk("devices", "probe", "--json", "--timeout", "60")
    found = [each for each in json.loads(done.stdout) if each.get("driver") == "thermometer.toy"]
    assert [each["model"] for each in found] == ["toy thermometer"]


def test_without_the_package_nothing_is_left_of_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "kiosk", "--config", str(KIOSK_INI), "--set", "thermometer.offset=1", "config", "check"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "there is no such section" in done.stdout


def test_a_driver_that_cannot_be_loaded_takes_no_other_with_it(toy: Toy, tmp_path: Path) -> None:
    site = tmp_path / "broken-1.0.dist-info"
    site.mkdir()
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    points = ("camera.broken = no_such_module:X", "id_card.sam = tests.paths:ROOT", "power.odd = json:loads")
    (site / "entry_points.txt").write_text("\n".join(("[kiosk.drivers]", *points)))
    path = os.pathsep.join((str(tmp_path), toy.environment["PYTHONPATH"]))
    broken = Toy(toy.environment | {"PYTHONPATH": path}, tmp_path)
    done = broken.kiosk("--set", "camera.driver=broken", "config", "check")
    assert "camera.broken cannot be loaded: ModuleNotFoundError" in done.stderr
    assert "power.odd is none" in done.stderr
    assert "broken is not one of simulated, none, opencv" in done.stdout
    good = broken.kiosk("devices", "--json")
    assert {"id_card", "camera", "power", "thermometer"} <= rows(good).keys()
    assert rows(good)["id_card"]["driver"] == "sam"
