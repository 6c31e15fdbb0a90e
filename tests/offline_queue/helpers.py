"""What the tests of the queue share: synthetic matters and a fixed clock."""

from pathlib import Path

from uuid6 import uuid7

from offline_queue.contract import Answer, MatterState, NewMatter, Outcome, Queue
from offline_queue.envelope import Created
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue

AnyQueue = SqliteQueue | MemoryQueue
TERMINAL = "GD440100"
KEY = bytes(range(32))
NOW = 1_790_000_000.0
GRANTED = Answer(number="44-1", result={"certificate": {"number": "C1"}})
DENIED = Answer(rule="unknown_item", remedy={"zh-Hans": "请到窗口办理"})
CANARY = "金丝雀证件样本"
CANARY_NUMBER = "11010519491231002X"


def stamp(now: float) -> Created:
    return Created(now, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=False)


def new_matter(matter_id: str = "", *, case: str = "", **payload: object) -> NewMatter:
    return NewMatter(matter_id or str(uuid7()), "social-insurance-proof", 1, payload or {"a": 1}, ("notice-1",), case)


def canary_matter() -> NewMatter:
    person = {"card_type": "resident", "name": CANARY, "number": CANARY_NUMBER, "birth": "1949-12-31"}
    return new_matter(person=person, verified_by="face", answers={"period": "all", "purpose": "loan"})


def fill(queue: Queue, count: int) -> list[str]:
    """With that many matters, ``m1`` and so on; their ids."""
    return [queue.put(new_matter(f"m{number}"), now=NOW).id for number in range(1, count + 1)]


def filed_in(path: Path, count: int = 3) -> list[str]:
    """In a queue file that is closed again; their ids."""
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    ids = [queue.put(new_matter(), now=NOW).id for _ in range(count)]
    queue.close()
    return ids


def ids_in(path: Path) -> list[str]:
    queue = SqliteQueue(path, KEY, TERMINAL, stamp)
    ids = [matter.envelope.id for matter in queue.matters()]
    queue.close()
    return ids


def mark_filed(queue: Queue, matter_id: str, answer: Answer, *, now: float) -> None:
    queue.settle([Outcome(matter_id, MatterState.FILED, answer)], now=now)


def mark_refused(queue: Queue, matter_id: str, answer: Answer, *, now: float) -> None:
    queue.settle([Outcome(matter_id, MatterState.REFUSED, answer)], now=now)


def mark_later(queue: Queue, matter_id: str, *, not_before: float, error: str) -> None:
    queue.settle([Outcome(matter_id, MatterState.QUEUED, not_before=not_before, error=error)], now=0.0)
