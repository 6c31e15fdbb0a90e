"""A day of one terminal: every kind of write, and after each what the disk must hold.

A step says its name on standard output when it is done: from then on somebody counts on it.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from offline_queue.contract import Answer, MatterState, Outcome, QueueUnavailable, UnknownMatter
from offline_queue.hashing import digest
from offline_queue.store import SqliteQueue
from tests.faults.power import say
from tests.faults.terminal import CANARY, PAGE, identity, matter, open_queue

NOW: Final = 1_790_000_000.0
ACTION: Final = "receipt-1"
RESULT: Final = {"certificate": {"holder": CANARY}}


@dataclass(frozen=True)
class Line:
    """What is told of one matter."""

    state: MatterState = MatterState.QUEUED
    number: str = ""
    content: bool = True
    kept: bool = False


@dataclass(frozen=True)
class Held:
    """What is on the disk, as far as anybody counts on it."""

    matters: dict[str, Line] = field(default_factory=dict[str, Line])
    """By id, in order of sequence."""
    draft: bytes = b""
    effect: str = ""
    page: bool = False

    def with_line(self, number: int, /, **changes: object) -> "Held":
        line = replace(self.matters.get(identity(number), Line()), **changes)  # type: ignore[arg-type]
        return replace(self, matters=self.matters | {identity(number): line})


@dataclass(frozen=True)
class Step:
    name: str
    act: Callable[[SqliteQueue], object]
    change: Callable[[Held], Held] = lambda held: held


def _settled(number: int, state: MatterState) -> Outcome:
    answer = Answer(f"44-{number}", RESULT) if state is MatterState.FILED else Answer(rule="late", remedy={"en": "Go."})
    return Outcome(identity(number), state, answer, keep=b"sealed copy", wipe=True)


def _put(number: int, case: str = "", *, page: bool = False) -> Step:
    def act(queue: SqliteQueue) -> None:
        pages = (queue.attachments.add("page", PAGE, "image/png", now=NOW),) if page else ()
        queue.put(matter(number, case=case, attachments=pages), now=NOW)

    return Step(f"put {number}", act, lambda held: held.with_line(number))


def _claim(count: int, *numbers: int) -> Step:
    def change(held: Held) -> Held:
        for number in numbers:
            held = held.with_line(number, state=MatterState.IN_FLIGHT)
        return held

    return Step(f"claim {numbers}", lambda queue: queue.claim(count, now=NOW), change)


def _settle(*outcomes: tuple[int, MatterState]) -> Step:
    def change(held: Held) -> Held:
        for number, state in outcomes:
            given = f"44-{number}" if state is MatterState.FILED else ""
            held = held.with_line(number, state=state, number=given, content=False, kept=True)
        return held

    settled = [_settled(number, state) for number, state in outcomes]
    return Step(f"settle {outcomes}", lambda queue: queue.settle(settled, now=NOW), change)


NEW_KEY: Final = Step("new key", lambda queue: queue.file.rekey())
SCAN: Final = Step(
    "page",
    lambda queue: queue.attachments.add("page", PAGE, "image/png", now=NOW),
    lambda held: replace(held, page=True),
)
WHOLE: Final = (
    SCAN,
    Step(
        "first draft",
        lambda queue: queue.save_draft("session", b"first", now=NOW),
        lambda held: replace(held, draft=b"first"),
    ),
    _put(1, "a"),
    _put(2, "a", page=True),
    _put(3, "b"),
    _put(4),
    Step(
        "effect begins",
        lambda queue: queue.begin_effect(ACTION, "print"),
        lambda held: replace(held, effect="unknown"),
    ),
    Step(
        "effect ends",
        lambda queue: queue.end_effect(ACTION, "printed"),
        lambda held: replace(held, effect="printed"),
    ),
    Step(
        "second draft",
        lambda queue: queue.save_draft("session", b"second" * 100, now=NOW),
        lambda held: replace(held, draft=b"second" * 100),
    ),
    _claim(10, 1, 3, 4),
    _settle((1, MatterState.FILED), (3, MatterState.REFUSED)),
    Step("draft dropped", lambda queue: queue.drop_draft(), lambda held: replace(held, draft=b"")),
    Step(
        "parked",
        lambda queue: queue.settle([Outcome(identity(4), MatterState.PARKED, error="poison")], now=NOW),
        lambda held: held.with_line(4, state=MatterState.PARKED),
    ),
    NEW_KEY,
    Step(
        "released",
        lambda queue: queue.release(identity(4)),
        lambda held: held.with_line(4, state=MatterState.QUEUED),
    ),
    _claim(1, 2),
    Step("uploaded", lambda queue: queue.attachments.uploaded(digest(PAGE), 100)),
    _settle((2, MatterState.FILED)),
    Step("collected", lambda queue: queue.attachments.collect(now=NOW + 1), lambda held: replace(held, page=False)),
    Step("compact", lambda queue: queue.file.compact()),
    _put(5, "a"),
)
SHORT: Final = (SCAN, _put(1, page=True), _claim(1, 1), _settle((1, MatterState.FILED)), NEW_KEY, _put(2))
DAYS: Final[dict[str, tuple[Step, ...]]] = {"whole": WHOLE, "short": SHORT, "none": ()}


def live(folder: Path, which: str = "whole") -> None:
    """In a worker."""
    with open_queue(folder) as queue:
        for step in DAYS[which]:
            step.act(queue)
            say(step.name)


def endure(folder: Path, which: str, tries: int) -> None:
    """In a worker whose disk fails: what did not go through is tried again; what still does not ends the day."""
    todo = list(DAYS[which])
    for _ in range(tries):
        with suppress(QueueUnavailable), open_queue(folder) as queue:
            while todo:
                _insist(lambda: todo[0].act(queue), tries)
                say(todo.pop(0).name)


def _insist(act: Callable[[], object], tries: int) -> None:
    for _ in range(tries - 1):
        with suppress(QueueUnavailable):
            act()
            return
    act()


def possible(said: list[str], which: str = "whole") -> list[Held]:
    """What the disk may hold when that was said last: with the step after it, or without."""
    held, steps = Held(), DAYS[which]
    for step in steps[: len(said)]:
        held = step.change(held)
    following = steps[len(said) : len(said) + 1]
    return [held, *(step.change(held) for step in following)]


def found(queue: SqliteQueue) -> Held:
    lines = {
        one.envelope.id: Line(
            one.state, one.answer.number, bool(one.envelope.payload), bool(queue.kept(one.envelope.id))
        )
        for one in queue.matters()
    }
    draft = queue.load_draft()
    return Held(lines, draft.content if draft else b"", queue.begin_effect(ACTION, "print"), has_page(queue))


def has_page(queue: SqliteQueue) -> bool:
    """Whole, or not known at all."""
    try:
        return queue.attachments.read(digest(PAGE)) == PAGE
    except UnknownMatter:
        return False
