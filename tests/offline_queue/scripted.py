"""A centre that speaks from a script, envelopes for it, and death at any call."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from offline_queue import envelope as wire
from offline_queue.contract import Answer, Receipt
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite, digest
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import Answered, Copy, Progress, Standing, TransportFailed, Verdict
from tests.offline_queue.helpers import CANARY, CANARY_NUMBER, NOW, TERMINAL, stamp

Rule = Callable[[Envelope], Verdict | None]


def envelope(seq: int) -> Envelope:
    identity = f"m{seq}"
    payload = {"person": {"name": CANARY, "number": CANARY_NUMBER}, "answers": {"period": "all"}}
    reference = wire.reference(TERMINAL, 1, seq)
    return Envelope(identity, TERMINAL, 1, seq, reference, identity, "proof", 1, stamp(NOW), payload, "")


def filed(envelope: Envelope) -> Verdict:
    return Verdict(envelope.id, "filed", Answer(number=f"44-{envelope.seq}", result={"seq": envelope.seq}))


def fails(kind: FailureKind, *seqs: int) -> Rule:
    """Every request that holds one of ``seqs`` fails; any request when none is given."""

    def rule(envelope: Envelope) -> Verdict:
        if not seqs or envelope.seq in seqs:
            raise TransportFailed(Failure(kind, "scripted"))
        return filed(envelope)

    return rule


class ScriptedCentre:
    """Answers each envelope by ``rule``, which may raise; remembers what arrived, and what it filed.

    Whatever was filed once is answered the same for ever, as the real one does.
    """

    def __init__(self, rule: Rule = filed, *, limit: int = 100, seconds: float = 0.1) -> None:
        self.rule = rule
        self.limit = limit
        self.seconds = seconds
        self.batches: list[list[int]] = []
        self.known: dict[str, Verdict] = {}
        self.restored: list[Copy] = []
        self.files: dict[str, bytes] = {}
        self.uploads: list[tuple[int, int]] = []
        """Offset and length of each piece."""

    def submit(self, envelopes: Sequence[Envelope]) -> Answered:
        self.batches.append([envelope.seq for envelope in envelopes])
        verdicts = [self._verdict(envelope) for envelope in envelopes]
        return Answered(tuple(verdict for verdict in verdicts if verdict), self.limit, self.seconds)

    def progress(self, digest: str, suite: Suite) -> Progress:
        content = self.files.get(digest, b"")
        return Progress(len(content), self._is_whole(digest, suite))

    def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:
        content = self.files.get(digest, b"")
        if offset != len(content):
            return len(content)
        self.uploads.append((offset, len(chunk)))
        self.files[digest] = content + chunk
        if len(self.files[digest]) == length and not self._is_whole(digest, suite):
            self.files[digest] = b""
        return len(self.files[digest])

    def standing(self, epoch: int | None = None) -> Standing:
        return Standing(epoch or 1, len(self.known), NOW + 1e7)

    def unknown(self, receipts: Sequence[Receipt]) -> frozenset[str]:
        return frozenset(receipt.id for receipt in receipts if receipt.id not in self.known)

    def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
        self.restored += copies
        for copy in copies:
            self.known[copy.id] = Verdict(copy.id, "filed", Answer(number=copy.sealed.decode()))
        return {copy.id: self.known[copy.id] for copy in copies}

    def _verdict(self, envelope: Envelope) -> Verdict | None:
        if envelope.id not in self.known:
            verdict = self.rule(envelope)
            if verdict is None or verdict.outcome not in ("filed", "refused"):
                return verdict
            self.known[envelope.id] = verdict
        return self.known[envelope.id]

    def _is_whole(self, name: str, suite: Suite) -> bool:
        return name in self.files and digest(self.files[name], suite) == name


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class Deadly:
    """Passes every call on; dies before or after the one whose turn has come."""

    def __init__(self, inner: object, dies: Callable[[], bool]) -> None:
        self._inner = inner
        self._dies = dies

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._inner, name)

        def call(*values: object, **named: object) -> object:
            if self._dies():
                raise Killed
            answer = method(*values, **named)
            if self._dies():
                raise Killed
            return answer

        return call


def at(*moments: int) -> Callable[[], bool]:
    counter: Iterator[int] = itertools.count(1)
    return lambda: next(counter) in moments
