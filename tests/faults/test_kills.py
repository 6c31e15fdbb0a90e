"""SIGKILL at every step that counts: to the terminal while it files, to the centre while it takes."""

from collections.abc import Generator, Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest

from tests.faults import filing
from tests.faults.centre import CentreProcess
from tests.faults.disk import empty
from tests.faults.filing import Comparison, compare, view
from tests.faults.power import NETWORK, SYNC, Power, Workers

pytestmark = pytest.mark.timeout(300)

SAID = "o"


@pytest.fixture
def centre(workers: Workers, tmp_path: Path) -> Generator[CentreProcess]:
    made = CentreProcess(workers, tmp_path.resolve() / "centre")
    made.start()
    yield made
    made.kill()


def test_the_terminal_dies_at_every_step(workers: Workers, centre: CentreProcess, tmp_path: Path) -> None:
    """What a kill leaves of the writes between these steps is what a power cut leaves that spares everything."""
    said: dict[str, Sequence[str]] = {}
    for at in count(1):
        name = f"T{at:06d}"
        folder = empty(tmp_path.resolve() / name)
        struck = Power(folder, steps=SYNC + SAID + NETWORK, at=at)
        first = workers.run(filing.file_all, folder, name, centre.url, power=struck, output=tmp_path / "said")
        second = workers.run(filing.file_all, folder, name, centre.url, power=Power(folder), output=tmp_path / "said")
        assert second.status == 0
        said[name] = [*first.said, *second.said]
        if not first.killed:
            break
    check(tmp_path, centre, said)


def test_the_centre_dies_at_every_step(workers: Workers, centre: CentreProcess, tmp_path: Path) -> None:
    said: dict[str, Sequence[str]] = {}
    for at in count(1):
        name = f"T{at:06d}"
        folder = empty(tmp_path.resolve() / name)
        centre.start(when_ready=Power(centre.data, steps=SYNC + NETWORK, at=at))
        first = workers.run(filing.file_all, folder, name, centre.url, power=Power(folder), output=tmp_path / "said")
        outlived = centre.alive()
        assert outlived or centre.start()
        second = workers.run(filing.file_all, folder, name, centre.url, power=Power(folder), output=tmp_path / "said")
        assert (first.status, second.status) == (0, 0)
        said[name] = [*first.said, *second.said]
        if outlived:
            break
    check(tmp_path, centre, said)


def test_the_centre_dies_at_every_step_of_its_first_start(
    workers: Workers, centre: CentreProcess, tmp_path: Path
) -> None:
    name, folder = "T000001", empty(tmp_path.resolve() / "T000001")
    for at in count(1, 7):
        centre.kill()
        empty(centre.data)
        came_up = centre.start(Power(centre.data, at=at))
        assert centre.start()
        if came_up:
            break
    done = workers.run(filing.file_all, folder, name, centre.url, power=Power(folder), output=tmp_path / "said")
    check(tmp_path, centre, {name: done.said})


def check(tmp_path: Path, centre: CentreProcess, said: Mapping[str, Sequence[str]]) -> None:
    records = centre.records()
    for name, lines in said.items():
        seen = view(tmp_path.resolve() / name, name, lines)
        assert compare(seen, records[name]) == Comparison(), name
        assert not centre.notices(name)
