"""What befalls a terminal's folder as a whole: a wrong key, a damaged page, a folder nobody may write to."""

import errno
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bootstrap.sending import Way, connected
from offline_queue.contract import QueueUnavailable
from tests.faults import day
from tests.faults.centre import CentreProcess
from tests.faults.filing import NOW, Comparison, compare, send_all, view
from tests.faults.power import DISK, Power, Workers
from tests.faults.terminal import identity, matter, open_queue, place

NAME = "T1"
MANY = 60
PAGE_BYTES = 4096


@pytest.fixture
def waiting(folder: Path) -> list[str]:
    """What a terminal offline has said that it took."""
    with open_queue(folder, NAME) as queue:
        return [f"put {queue.put(matter(number), now=NOW).id}" for number in range(1, MANY + 1)]


@pytest.fixture
def centre(workers: Workers, tmp_path: Path) -> Iterator[CentreProcess]:
    made = CentreProcess(workers, tmp_path.resolve() / "centre")
    made.start()
    yield made
    made.kill()


def send_and_compare(folder: Path, centre: CentreProcess, said: list[str]) -> Comparison:
    with open_queue(folder, NAME) as queue, connected(place(folder, NAME), Way(centre.url), str) as connection:
        send_all(queue, connection)
    return compare(view(folder, NAME, said), centre.records()[NAME])


def test_a_damaged_page_costs_what_was_on_it_and_that_is_told(
    folder: Path, waiting: list[str], centre: CentreProcess
) -> None:
    """The others are filed once, in a new epoch where need be; the damaged file stays for whoever can do more."""
    database = folder / "queue.db"
    pages = database.stat().st_size // PAGE_BYTES
    with database.open("r+b") as file:
        file.seek((pages - 3) * PAGE_BYTES + 100)
        file.write(secrets.token_bytes(200))
    with open_queue(folder, NAME) as queue:
        (incident,) = queue.file.incidents()
        saved = {one.envelope.id for one in queue.matters()}
    lost = {f"put {identity(number)}" for number in range(1, MANY + 1)} - {f"put {one}" for one in saved}
    assert (incident.kind, incident.saved) == ("damaged", len(saved))
    assert len(lost) <= incident.lost
    assert (folder / incident.file).exists()
    result = send_and_compare(folder, centre, [line for line in waiting if line not in lost])
    assert result == Comparison()


def test_a_wrong_key_touches_nothing(folder: Path, waiting: list[str], centre: CentreProcess) -> None:
    key = folder / "queue.key"
    right, before = key.read_bytes(), (folder / "queue.db").read_bytes()
    key.write_bytes(secrets.token_bytes(len(right)))
    with pytest.raises(QueueUnavailable, match="key"), open_queue(folder, NAME):
        pass
    assert (folder / "queue.db").read_bytes() == before
    key.write_bytes(right)
    assert send_and_compare(folder, centre, waiting) == Comparison()


@pytest.mark.parametrize("error", [errno.EROFS, errno.EACCES, errno.EIO])
def test_a_folder_nobody_may_write_to(workers: Workers, folder: Path, waiting: list[str], error: int) -> None:
    """Nothing is taken, nothing is said, and what was there is there."""
    power = Power(folder, steps=DISK, at=1, error=error, stays=True)
    done = workers.run(day.endure, folder, "short", 1, power=power, output=folder.parent / "said")
    assert (done.status, done.said) == (0, [])
    with open_queue(folder, NAME) as queue:
        assert [f"put {one.envelope.id}" for one in queue.matters()] == waiting
