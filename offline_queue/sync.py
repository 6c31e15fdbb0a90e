"""Claim, upload, acknowledge. A crash between any two of them sends the same id again and gets the same answer."""

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Protocol

from offline_queue.contract import Answer, Matter, Queue
from offline_queue.envelope import Envelope
from offline_queue.retry import Failure, FailureKind, Park, RetryAt, decide

BATCH: Final = 100
"""The centre takes no more at once."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """The centre's word on one envelope; ``later`` means: keep it, ask again after ``retry_after`` seconds."""

    id: str
    outcome: Literal["filed", "refused", "later"]
    answer: Answer = field(default_factory=Answer)
    retry_after: float = 0.0


class TransportFailed(Exception):
    """The envelopes got no verdict. Whether the centre has seen them is unknown."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}")
        self.failure = failure


class Transport(Protocol):
    def submit(self, envelopes: Sequence[Envelope]) -> Sequence[Verdict]:
        """Hand in at most :data:`BATCH`. Raises :class:`TransportFailed`."""
        ...


@dataclass(frozen=True)
class SyncReport:
    """What one run did. ``link`` is set when the centre could not be talked to: nothing more was tried."""

    filed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    link: Failure | None = None

    def __add__(self, other: "SyncReport") -> "SyncReport":
        return SyncReport(
            self.filed + other.filed,
            self.refused + other.refused,
            self.later + other.later,
            self.parked + other.parked,
            self.link or other.link,
        )


# These say something about the line or the centre as a whole, so that matters do not wait longer for having met them.
_LINK: Final = frozenset({FailureKind.NETWORK, FailureKind.BUSY, FailureKind.UNAUTHORISED})


class Synchroniser:
    """The only sender of a queue. Not for several threads."""

    def __init__(
        self, queue: Queue, transport: Transport, *, batch: int = BATCH, chance: Callable[[], float] = random.random
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._batch = batch
        self._chance = chance

    def start(self) -> int:
        """Take back what a killed predecessor had in flight; how many. Raises ``QueueUnavailable``."""
        return self._queue.release_claims()

    def run_once(self, now: float) -> SyncReport:
        """Send everything that is due. Raises ``QueueUnavailable``; claims left behind are released by ``start``."""
        report = SyncReport()
        while claimed := self._queue.claim(self._batch, now=now):
            report += self._send(claimed, now)
            if report.link:
                break
        return report

    def _send(self, matters: Sequence[Matter], now: float) -> SyncReport:
        try:
            verdicts = self._transport.submit([matter.envelope for matter in matters])
        except TransportFailed as error:
            return self._undelivered(matters, error.failure, now)
        return self._acknowledge(matters, verdicts, now)

    def _undelivered(self, matters: Sequence[Matter], failure: Failure, now: float) -> SyncReport:
        if failure.kind in _LINK:
            for matter in matters:
                self._queue.retry(matter.envelope.id, not_before=now, error=str(failure.kind))
            return SyncReport(link=failure)
        if len(matters) > 1:
            return self._one_by_one(matters, now)  # one of them may be poison: find it, the others go through
        kept = self._keep(matters[0], failure, now)
        return replace(kept, link=failure) if failure.kind is FailureKind.UNANSWERED else kept

    def _one_by_one(self, matters: Sequence[Matter], now: float) -> SyncReport:
        report = SyncReport()
        for matter in matters:
            if report.link:
                self._queue.retry(matter.envelope.id, not_before=now, error=str(report.link.kind))
            else:
                report += self._send([matter], now)
        return report

    def _acknowledge(self, matters: Sequence[Matter], verdicts: Iterable[Verdict], now: float) -> SyncReport:
        by_id = {verdict.id: verdict for verdict in verdicts}
        report = SyncReport()
        for matter in matters:
            report += self._settle(matter, by_id.get(matter.envelope.id), now)
        return report

    def _settle(self, matter: Matter, verdict: Verdict | None, now: float) -> SyncReport:
        identity = matter.envelope.id
        if verdict is None:
            return self._keep(matter, Failure(FailureKind.SERVER, "no word on this matter"), now)
        if verdict.outcome == "filed":
            self._queue.filed(identity, verdict.answer)
            return SyncReport(filed=(identity,))
        if verdict.outcome == "refused":
            self._queue.refused(identity, verdict.answer)
            return SyncReport(refused=(identity,))
        return self._keep(matter, Failure(FailureKind.BUSY, "later", verdict.retry_after), now)

    def _keep(self, matter: Matter, failure: Failure, now: float) -> SyncReport:
        identity, error = matter.envelope.id, f"{failure.kind}: {failure.detail}"
        match decide(failure, matter.attempts, now, self._chance()):
            case RetryAt(when):
                after_this_run = math.nextafter(now, math.inf)
                self._queue.retry(identity, not_before=max(when, after_this_run), error=error)
                return SyncReport(later=(identity,))
            case Park(reason):
                self._queue.park(identity, error=reason)
                return SyncReport(parked=(identity,))
