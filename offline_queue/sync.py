"""Claim, upload, acknowledge. A crash between any two of them sends the same id again and gets the same answer."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from offline_queue import envelope as wire
from offline_queue.contract import FINAL, Answer, AttachmentStore, Matter, MatterState, Outcome, Queue
from offline_queue.pace import Pace, fitting
from offline_queue.retry import Failure, FailureKind, Park, RetryAt, decide
from offline_queue.transport import Answered, Transport, TransportFailed, Verdict
from offline_queue.uploads import AttachmentLost, NoAttachments, Uploader


@dataclass(frozen=True)
class SyncReport:
    """What one run did, by ids of matters. ``link`` is set when the centre could not be talked to: nothing more was
    tried."""

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


class Aftercare(Protocol):
    """What becomes of the content of a matter once the centre has spoken."""

    def keep(self, matter: Matter, state: MatterState, answer: Answer) -> bytes:
        """The sealed copy for a centre that loses it; empty for none."""
        ...

    def wiped_at_once(self, ids: Sequence[str]) -> frozenset[str]:
        """Of which of these the content can go with the acknowledgement; of the others a citizen still needs it."""
        ...


class KeepAll:
    """Implements :class:`Aftercare`: nothing is sealed and nothing goes."""

    def keep(self, matter: Matter, state: MatterState, answer: Answer) -> bytes:  # noqa: ARG002
        return b""

    def wiped_at_once(self, ids: Sequence[str]) -> frozenset[str]:  # noqa: ARG002
        return frozenset()


# These say something about the line or the centre as a whole, so that matters do not wait longer for having met them.
_LINK: Final = frozenset({FailureKind.NETWORK, FailureKind.INSECURE, FailureKind.BUSY, FailureKind.UNAUTHORISED})
_ENOUGH: Final = 2
"""Matters in a row that each made the centre fail alone: then it is the centre."""


class _Interruptions:
    """What ends an upload before its time: a citizen who begins to wait, or the end of the process."""

    def __init__(self, urgent: Callable[[], str], stop: Callable[[], bool]) -> None:
        self._urgent = urgent
        self._stop = stop
        self._first = ""

    def pending(self) -> bool:
        self._first = self._first or self._urgent()
        return bool(self._first) or self._stop()

    def first(self) -> str:
        """Whose matter is to go next; told once."""
        first, self._first = self._first or self._urgent(), ""
        return first


class Synchroniser:
    """The only sender of a queue. Not for several threads.

    All methods raise ``QueueUnavailable``; claims left behind are released by ``start``.
    """

    def __init__(
        self,
        queue: Queue,
        transport: Transport,
        *,
        attachments: AttachmentStore | None = None,
        aftercare: Aftercare | None = None,
        pace: Pace | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._uploader = Uploader(attachments or NoAttachments(), transport)
        self._aftercare = aftercare or KeepAll()
        self._pace = pace or Pace()
        self._chance = chance

    def start(self) -> int:
        """Take back what a killed predecessor had in flight; how many."""
        return self._queue.release_claims()

    def prompt(self, matter_id: str, now: float, stop: Callable[[], bool] = bool) -> SyncReport:
        """Send this matter, whose citizen waits, alone in a small request."""
        return self._send(self._queue.claim(1, now=now, first=matter_id), now, _Interruptions(str, stop))

    def run_once(self, now: float, urgent: Callable[[], str] = str, stop: Callable[[], bool] = bool) -> SyncReport:
        """Send everything that is due, until ``stop``. ``urgent`` is asked before each claim and after each piece of an
        upload for the id of a matter whose citizen has begun to wait meanwhile; empty for none."""
        report, waits = SyncReport(), _Interruptions(urgent, stop)
        while not (report.link or stop()):
            first = waits.first()
            claimed = self._queue.claim(1 if first else self._pace.count, now=now, first=first)
            if not claimed:
                break
            report += self._send(claimed, now, waits)
        return report

    def _send(self, claimed: Sequence[Matter], now: float, interruptions: "_Interruptions") -> SyncReport:
        """Those with pages to upload go last and one by one: the others do not wait for their bytes."""
        heavy = [matter for matter in claimed if self._uploader.needed(matter.envelope)]
        report = self._submit([matter for matter in claimed if matter not in heavy], now)
        for matter in heavy:
            if report.link or interruptions.pending():
                self._put_back([matter], report.link, now)
            else:
                report += self._upload_and_submit(matter, now, interruptions)
        return report

    def _upload_and_submit(self, matter: Matter, now: float, interruptions: "_Interruptions") -> SyncReport:
        try:
            for _ in self._uploader.upload(matter.envelope):
                if interruptions.pending():
                    self._put_back([matter], None, now)
                    return SyncReport()
        except AttachmentLost as error:
            return self._settle([_parked(matter, str(error))], now)
        except TransportFailed as error:
            return self._alone(matter, error.failure, now)
        return self._submit([matter], now)

    def _submit(self, matters: Sequence[Matter], now: float) -> SyncReport:
        """A request that fails is halved until the matter that makes it fail is alone; the others go through."""
        report, in_a_row = SyncReport(), 0
        while matters:
            sizes = [len(wire.encode(matter.envelope)) for matter in matters[: self._pace.count]]
            part, rest = _split(matters, fitting(sizes, self._pace.count))
            try:
                answered = self._transport.submit([matter.envelope for matter in part])
            except TransportFailed as error:
                if error.failure.kind not in _LINK:
                    self._pace = self._pace.after_failure(len(part))
                    if len(part) > 1:
                        continue
                report += self._alone(part[0], error.failure, now)
                in_a_row += error.failure.kind is FailureKind.SERVER
                if in_a_row == _ENOUGH:
                    report += SyncReport(link=error.failure)
                if report.link:
                    self._put_back([*part[1:], *rest], report.link, now)
                    return report
            else:
                report += self._acknowledge(part, answered, now)
                in_a_row = 0
            matters = rest
        return report

    def _alone(self, matter: Matter, failure: Failure, now: float) -> SyncReport:
        if failure.kind in _LINK:
            self._put_back([matter], failure, now)
            return SyncReport(link=failure)
        report = self._settle([self._kept(matter, failure, now)], now)
        return replace(report, link=failure) if failure.kind is FailureKind.UNANSWERED else report

    def _acknowledge(self, part: Sequence[Matter], answered: Answered, now: float) -> SyncReport:
        self._pace = self._pace.after_answer(answered.seconds, answered.limit)
        by_id = {verdict.id: verdict for verdict in answered.verdicts}
        outcomes = [self._outcome(matter, by_id.get(matter.envelope.id), now) for matter in part]
        wiped = self._aftercare.wiped_at_once([outcome.id for outcome in outcomes if outcome.state in FINAL])
        return self._settle([replace(outcome, wipe=outcome.id in wiped) for outcome in outcomes], now)

    def _outcome(self, matter: Matter, verdict: Verdict | None, now: float) -> Outcome:
        if verdict is None:
            return self._kept(matter, Failure(FailureKind.SERVER, "no word on this matter"), now)
        match verdict.outcome:
            case "filed":
                return self._final(matter, MatterState.FILED, verdict.answer)
            case "refused":
                return self._final(matter, MatterState.REFUSED, verdict.answer)
            case "rejected":
                return _parked(matter, verdict.detail or "rejected")
            case "later":
                self._uploader.again(verdict.missing)
                return self._kept(matter, Failure(FailureKind.BUSY, "later", verdict.retry_after), now)

    def _final(self, matter: Matter, state: MatterState, answer: Answer) -> Outcome:
        return Outcome(matter.envelope.id, state, answer, keep=self._aftercare.keep(matter, state, answer))

    def _kept(self, matter: Matter, failure: Failure, now: float) -> Outcome:
        match decide(failure, matter.attempts, now, self._chance()):
            case RetryAt(when):
                after_this_run = math.nextafter(now, math.inf)
                error = f"{failure.kind}: {failure.detail}"
                not_before = max(when, after_this_run)
                return Outcome(matter.envelope.id, MatterState.QUEUED, not_before=not_before, error=error)
            case Park(reason):
                return _parked(matter, reason)

    def _put_back(self, matters: Sequence[Matter], failure: Failure | None, now: float) -> None:
        if matters:
            error = str(failure.kind) if failure else ""
            self._queue.settle([Outcome(one.envelope.id, MatterState.QUEUED, error=error) for one in matters], now=now)

    def _settle(self, outcomes: Sequence[Outcome], now: float) -> SyncReport:
        self._queue.settle(outcomes, now=now)
        ids = {state: tuple(outcome.id for outcome in outcomes if outcome.state is state) for state in set(MatterState)}
        return SyncReport(
            filed=ids[MatterState.FILED],
            refused=ids[MatterState.REFUSED],
            later=ids[MatterState.QUEUED],
            parked=ids[MatterState.PARKED],
        )


def _parked(matter: Matter, reason: str) -> Outcome:
    return Outcome(matter.envelope.id, MatterState.PARKED, error=reason)


def _split(matters: Sequence[Matter], count: int) -> tuple[Sequence[Matter], Sequence[Matter]]:
    return matters[:count], matters[count:]
