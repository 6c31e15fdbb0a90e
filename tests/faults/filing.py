"""A terminal that files at a real centre, and the comparison of both ends afterwards."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.bootstrap.sending import Connected, Way, connected, send
from offline_queue.contract import FINAL, WAITING, NewMatter
from offline_queue.store import SqliteQueue
from offline_queue.sync import SyncReport
from tests.faults.centre import Record
from tests.faults.power import say
from tests.faults.terminal import PAGE, identity, matter, open_queue, place
from tests.waiting import eventually

NOW: Final = 1_790_000_000.0
HOUR: Final = 3600.0
"""No wait is longer."""
ROUNDS: Final = 10
MATTERS: Final = 4
_REFUSED: Final = {"person": {"number": "11010519491231002X"}, "answers": {"period": "never"}}


def new_matter(queue: SqliteQueue, number: int) -> NewMatter:
    """The first two are of one case and the second has a page; the third will be refused."""
    if number == 2:
        page = queue.attachments.add("page", PAGE, "image/png", now=NOW)
        return matter(number, case="a", attachments=(page,))
    return (
        matter(number, case="a") if number == 1 else matter(number, payload=_REFUSED) if number == 3 else matter(number)
    )


def file_all(folder: Path, name: str, url: str) -> None:
    """In a worker: take :data:`MATTERS` and send them; as far as the line allows when it has done so before."""
    with open_queue(folder, name) as queue:
        for number in range(1, MATTERS + 1):
            queue.put(new_matter(queue, number), now=NOW)
            say(f"put {identity(number)}")
        with connected(place(folder, name), Way(url, seconds=5.0), str) as centre:
            tell(queue, send_all(queue, centre))


def file_until_told(folder: Path, name: str, url: str) -> None:
    """In a worker: the same, as often as it takes; the centre may come and go."""

    def told() -> bool:
        with open_queue(folder, name) as queue:
            return not any(queue.counts()[state] for state in WAITING)

    def again() -> bool:
        file_all(folder, name, url)
        return told()

    eventually(again, "the centre's word")


def send_all(queue: SqliteQueue, centre: Connected, now: float = NOW) -> SyncReport:
    """Hour by hour, until nothing waits or the line is gone."""
    report = SyncReport()
    for hour in range(ROUNDS):
        report += send(queue, centre, now=now + hour * HOUR)
        counts = queue.counts()
        if report.link or not any(counts[state] for state in WAITING):
            break
    queue.attachments.collect(now=now + ROUNDS * HOUR)
    return report


def tell(queue: SqliteQueue, report: SyncReport, say: Callable[[str], None] = say) -> None:
    for matter_id in (*report.filed, *report.refused):
        one = queue.get(matter_id)
        say(f"{one.state} {matter_id} {one.answer.number}")


@dataclass(frozen=True)
class Comparison:
    """All empty when all is well."""

    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    out_of_order: tuple[str, ...] = ()
    untrue: tuple[str, ...] = ()
    """The terminal said it and the centre does not know it."""
    waiting: tuple[str, ...] = ()
    """The centre has not spoken, as far as the terminal knows."""

    def __add__(self, other: "Comparison") -> "Comparison":
        mine, others = vars(self), vars(other)
        return Comparison(**{name: mine[name] + others[name] for name in mine})


@dataclass(frozen=True)
class View:
    """What a terminal has said and what it knows in the end."""

    put: frozenset[str]
    matters: tuple[str, ...]
    told: frozenset[tuple[str, str, str]]
    """Id, state and number, whenever it was."""
    waiting: tuple[str, ...]


def view(folder: Path, name: str, said: Iterable[str]) -> View:
    """``said``: all lines of all runs."""
    words = [line.split() for line in said]
    with open_queue(folder, name) as queue:
        matters = queue.matters()
    told = {(line[1], line[0], "".join(line[2:])) for line in words if line[0] in FINAL}
    told |= {(one.envelope.id, one.state.value, one.answer.number) for one in matters if one.state in FINAL}
    return View(
        put=frozenset(line[1] for line in words if line[0] == "put"),
        matters=tuple(one.envelope.id for one in matters),
        told=frozenset(told),
        waiting=tuple(one.envelope.id for one in matters if one.state not in FINAL),
    )


def compare(terminal: View, records: Sequence[Record]) -> Comparison:
    """``records``: of this terminal, in the order of filing."""
    ids = [record.id for record in records]
    numbers = [record.number for record in records if record.number]
    places = [f"{record.epoch}/{record.seq}" for record in records]
    true = {(record.id, record.state, record.number) for record in records}
    return Comparison(
        lost=tuple(sorted((terminal.put - set(ids)) | (terminal.put - set(terminal.matters)))),
        twice=_repeated([*ids, *numbers, *places]) + _repeated(terminal.matters),
        out_of_order=_disordered(records),
        untrue=tuple(f"{one} {state} {number}" for one, state, number in sorted(terminal.told - true)),
        waiting=terminal.waiting,
    )


def _repeated(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for value, count in Counter(values).items() if count > 1)


def _disordered(records: Sequence[Record]) -> tuple[str, ...]:
    """Filed before an earlier one of its case."""
    cases: dict[str, tuple[int, int]] = {}
    found: list[str] = []
    for record in records:
        if record.number:
            place = record.epoch, record.seq
            if place < cases.get(record.case, (0, 0)):
                found.append(record.id)
            cases[record.case] = place
    return tuple(found)
