"""What befalls the simulated disk is what staff are told, by the row of the fault catalogue that names the verb."""

import json
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kiosk.bootstrap.queue import QueuePlace
from kiosk.cli import main
from kiosk.diagnostics.faults import Fault, faults
from kiosk.simulation.disk import LARGEST_FILL, SimulatedDisk
from offline_queue.contract import QueueUnavailable
from tests.offline_queue.helpers import new_matter

MATTERS = 20
ROWS = [fault for fault in faults().values() if fault.device == "queue" and fault.scenario]


@pytest.fixture
def small(tmp_path: Path) -> Generator[Path]:
    """A folder on a disk that can be filled."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=128m", "none", tmp_path]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this user may not mount a file system")
    yield tmp_path
    subprocess.run(["umount", tmp_path], check=True)


@pytest.fixture
def place(small: Path) -> QueuePlace:
    place = QueuePlace.beside(small / "queue.db", "GD440100")
    with closing(place.open()) as queue:
        queue.put_all([new_matter() for _ in range(MATTERS)], now=time.time())
    return place


def status(place: QueuePlace) -> dict[str, Any]:
    told = CliRunner().invoke(main, ["--config", "no-such.ini", "queue", "status", "--db", str(place.file), "--json"])
    return json.loads(told.stdout)


def start(place: QueuePlace) -> None:
    """What a terminal does with its queue before anything else."""
    with closing(place.open()) as queue, suppress(QueueUnavailable):
        queue.file.check()


@pytest.mark.parametrize("fault", ROWS, ids=lambda fault: fault.id)
def test_the_queue_tells_what_befell_its_disk(place: QueuePlace, fault: Fault) -> None:
    disk = SimulatedDisk(place.file, place.key_file)
    assert status(place)["faults"] == []
    assert fault.scenario
    disk.verbs()[fault.scenario.verb](fault.scenario.argument)
    start(place)
    assert status(place)["faults"] == [fault.id]


@pytest.mark.parametrize("verb", ["wrong_key", "fill"])
def test_what_can_be_put_back_is_as_before(place: QueuePlace, verb: str) -> None:
    disk = SimulatedDisk(place.file, place.key_file)
    before = status(place)["counts"]
    for _ in range(2):
        disk.verbs()[verb]("")
    assert status(place)["faults"] != []
    disk.close()
    assert (status(place)["faults"], status(place)["counts"]) == ([], before)
    assert before["queued"] == MATTERS


def test_a_large_disk_is_not_filled(tmp_path: Path) -> None:
    if shutil.disk_usage(tmp_path).free < 2 * LARGEST_FILL:
        pytest.skip("this disk is small")
    with pytest.raises(ValueError, match="small one"):
        SimulatedDisk(tmp_path / "queue.db", tmp_path / "queue.key").simulate_fill()
