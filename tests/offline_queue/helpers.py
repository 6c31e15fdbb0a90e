"""What the tests of the queue share: synthetic matters, a fixed clock and a transport that speaks from a script."""

from collections.abc import Callable, Sequence

from uuid6 import uuid7

from offline_queue.contract import Answer, NewMatter
from offline_queue.envelope import Created, Envelope
from offline_queue.memory import MemoryQueue
from offline_queue.retry import Failure, FailureKind
from offline_queue.store import SqliteQueue
from offline_queue.sync import TransportFailed, Verdict

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


def filed(envelope: Envelope) -> Verdict:
    return Verdict(envelope.id, "filed", Answer(number=f"44-{envelope.seq}", result={"seq": envelope.seq}))


class ScriptedCentre:
    """Answers each envelope by ``rule``, which may raise; remembers what arrived."""

    def __init__(self, rule: Callable[[Envelope], Verdict | None] = filed) -> None:
        self.rule = rule
        self.batches: list[list[int]] = []

    def submit(self, envelopes: Sequence[Envelope]) -> Sequence[Verdict]:
        self.batches.append([envelope.seq for envelope in envelopes])
        verdicts = [self.rule(envelope) for envelope in envelopes]
        return [verdict for verdict in verdicts if verdict is not None]


def fails(kind: FailureKind, *seqs: int) -> Callable[[Envelope], Verdict]:
    """Every request that holds one of ``seqs`` fails; any request when none is given."""

    def rule(envelope: Envelope) -> Verdict:
        if not seqs or envelope.seq in seqs:
            raise TransportFailed(Failure(kind, "scripted"))
        return filed(envelope)

    return rule
