"""A small province against a real centre, and one that is out of order."""

from pathlib import Path

import pytest

from central.simulate.rhythm import Outage
from central.simulate.run import Now, Plan, Result, simulate
from central.storage.database import Storage
from tests.central.helpers import running

PLAN = Plan(terminals=12, minutes=8.0, speed=120.0, seed=4, outage=Outage(60.0, 300.0, 0.75))
"""Four seconds, in which each terminal files about two matters and most of them are cut off for half of it."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, list[Now]]:
    heard: list[Now] = []
    folder = tmp_path_factory.mktemp("simulate")
    with running(folder) as centre:
        storage = Storage(f"sqlite:///{folder / 'central.db'}")
        try:
            return simulate(PLAN, storage, centre.url, None, heard.append), heard
        finally:
            storage.close()


def test_each_matter_is_there_once(simulated: tuple[Result, list[Now]]) -> None:
    result, _ = simulated
    assert result.comparison.is_well
    assert result.put > PLAN.terminals
    assert not result.refused


def test_terminals_report_file_and_come_back(simulated: tuple[Result, list[Now]]) -> None:
    result, heard = simulated
    answers = result.measured.seconds
    assert set(answers) == {"heartbeat", "matter", "backlog"}
    assert len(answers["heartbeat"]) >= PLAN.terminals
    assert {"enrolled", "outage", "compared"} <= {now.phase for now in heard}


def test_a_centre_that_is_not_there_leaves_all_waiting(tmp_path: Path) -> None:
    storage = Storage(f"sqlite:///{tmp_path / 'central.db'}")
    try:
        plan = Plan(terminals=4, minutes=10.0, speed=1000.0)
        result = simulate(plan, storage, "http://127.0.0.1:1", None, lambda _: None)
    finally:
        storage.close()
    assert result.comparison.waiting == result.put > 0
    assert not result.comparison.is_well
    assert not result.measured.seconds
