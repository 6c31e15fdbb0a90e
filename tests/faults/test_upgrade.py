"""The centre is brought up to date, and dies at steps of that, while its terminals go on filing: each matter once."""

from itertools import count
from pathlib import Path

import pytest

from tests.central.older import as_of
from tests.faults import filing
from tests.faults.centre import CentreProcess
from tests.faults.disk import empty
from tests.faults.filing import Comparison, compare, view
from tests.faults.power import PATIENCE, Power, Workers

pytestmark = pytest.mark.timeout(300)

OLD = "0002"
STRIDE = 17
"""A start is hundreds of steps; where exactly it dies matters less than that it does in all of its parts."""


def test_terminals_file_while_the_centre_is_brought_up_to_date(workers: Workers, tmp_path: Path) -> None:
    centre = CentreProcess(workers, tmp_path.resolve() / "centre")
    for at in count(1, STRIDE):
        name = f"T{at:06d}"
        folder, said = empty(tmp_path.resolve() / name), tmp_path / f"{name}.said"
        begin_old(centre)
        terminal = workers.start(filing.file_until_told, folder, name, centre.url, power=Power(folder), output=said)
        came_up = centre.start(Power(centre.data, at=at))
        assert centre.start()
        terminal.join(PATIENCE)
        assert terminal.exitcode == 0
        seen = view(folder, name, said.read_text(encoding="utf-8").splitlines())
        assert compare(seen, centre.records()[name]) == Comparison()
        if came_up:
            break
    centre.kill()


def begin_old(centre: CentreProcess) -> None:
    centre.kill()
    empty(centre.data)
    with as_of(f"sqlite:///{centre.data / 'central.db'}", OLD):
        pass
