"""The sync process: sends what waits, keeps the catalogue fresh, and knows honestly whether the centre is there."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import AnyMessage, Failed, Nudge, Ok, Ping, Stop, SyncStatus, SyncStatusRequest
from kiosk.catalogue.cache import CatalogueCache
from kiosk.sync.aftercare import Keeping
from kiosk.sync.central_client import CentralClient
from kiosk.sync.editions import Editions
from kiosk.sync.membership import DAY, Membership
from kiosk.sync.timing import USUAL, Every, Line, Periods
from kiosk.sync.upkeep import SyncQueue, Upkeep
from offline_queue.clock import is_synchronised
from offline_queue.contract import QueueUnavailable
from offline_queue.credentials import Grant
from offline_queue.crypto_errors import CryptoError
from offline_queue.enrolment import EnrolmentRefused
from offline_queue.pace import splay
from offline_queue.recovery import Loss, Recovery
from offline_queue.retry import Failure, FailureKind, RetryAt, decide
from offline_queue.sync import Synchroniser, SyncReport
from offline_queue.transport import Transport, TransportFailed

log = logging.getLogger(__name__)

SOCKET: Final = "sync.sock"
_SHORTEST_WAIT: Final = 0.05
_PATIENCE: Final = frozenset({FailureKind.BUSY, FailureKind.INSECURE, FailureKind.UNAUTHORISED})
"""Asked sooner, the centre would not answer otherwise."""
_UNABLE: Final = frozenset({FailureKind.SERVER, FailureKind.REJECTED, FailureKind.TOO_LARGE})
"""The centre is there, and what it was asked is more than it can do."""
_TRUSTED_SKEW: Final = 3600.0
"""Seconds. A clock this near to the centre's is right enough to tell the age of copies that are kept for days."""


class SyncService:
    """Run it in a process of its own: it is the only sender of the queue."""

    def __init__(
        self,
        queue: SyncQueue,
        transport: Transport,
        central: CentralClient,
        membership: Membership,
        cache: CatalogueCache,
        run_dir: Path,
        *,
        keep_days: float = 30.0,
        periods: Periods = USUAL,
        wall: Callable[[], float] = time.time,
        spread: Callable[[str, float], float] = splay,
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._keeping = Keeping(queue)
        self._upkeep = Upkeep(queue, self._keeping, wall)
        self._synchroniser = Synchroniser(queue, transport, attachments=queue.attachments, aftercare=self._keeping)
        self._recovery = Recovery(queue, transport)
        self._editions = Editions(central, cache)
        self._membership = membership
        self._keep_seconds = keep_days * DAY
        self._wall = wall
        self._line = Line(membership.terminal, spread)
        self._server = Server(run_dir / SOCKET, self._on_message)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._started = False
        self._nudged = False
        self._urgent: deque[str] = deque(maxlen=100)
        self._failures = 0
        self._grant: Grant | None = None
        self._heartbeat = Every(periods.heartbeat)
        self._look = Every(periods.look)
        self._compare = Every(periods.compare)
        self._status = SyncStatus(online=None, last_contact=None, waiting=0)

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set or a ``Stop`` arrives on the bus."""
        self._stop = stop
        self._server.start()
        threading.Thread(target=self._wake_at_stop, name="sync stop", daemon=True).start()
        try:
            while not stop.is_set():
                self._wake.clear()  # before the work: a nudge during it counts
                self._turn()
                self._wake.wait(self._seconds_to_next())
        finally:
            self._server.close()

    def _wake_at_stop(self) -> None:
        self._stop.wait()
        self._wake.set()

    def _turn(self) -> None:
        if self._heartbeat.due():
            with self._at_the_centre():
                self._beat()
        # before anything is sent: a number that the centre forgot must not be given to somebody else
        if self._status.online and self._compare.due():
            with self._at_the_centre():
                self._take_stock()
        if self._look.due():
            self._attend_queue()

    def _seconds_to_next(self) -> float:
        return max(_SHORTEST_WAIT, min(self._heartbeat.left(), self._look.left()))

    @contextmanager
    def _at_the_centre(self) -> Generator[None]:
        """Whatever goes wrong there is told, and tried again."""
        try:
            yield
        except TransportFailed as error:
            self._offline(error.failure)
        except EnrolmentRefused as error:
            self._offline(Failure(FailureKind.UNAUTHORISED, str(error)))
        except QueueUnavailable as error:
            self._out_of_order(error)
        except (CryptoError, OSError) as error:
            log.error("sync: identity: %s", error)
            self._note(online=False, error=f"identity: {error}")

    # --- the centre -------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        self._join()
        try:
            self._editions.look()
        except TransportFailed as error:
            if not self._membership.mend(error.failure):
                raise
            self._join()
            self._editions.look()
        self._contact()

    def _join(self) -> None:
        """Be known to the centre. What it granted anew may be a new epoch, and come from another centre."""
        credentials = self._membership.join()
        if credentials.grant != self._grant:
            self._queue.file.begin_epoch(credentials.grant.epoch)
            self._keeping.seal_for(credentials)
            self._grant = credentials.grant

    def _take_stock(self) -> None:
        """What the centre knows of this terminal, and what its clock says. Filing does not wait for a centre that
        cannot tell."""
        try:
            self._compare_notes()
        except TransportFailed as error:
            if error.failure.kind not in _UNABLE:
                raise
            log.warning("sync: the centre cannot say what it has: %s", error)

    def _compare_notes(self) -> None:
        standing = self._transport.standing()
        centre_now = self._wall() - standing.skew
        if self._membership.renew_in_time(centre_now):
            self._join()
        self._note(skew=standing.skew, certificate_days=self._membership.days_left(centre_now))
        self._give_back()
        if is_synchronised() or abs(standing.skew) < _TRUSTED_SKEW:
            self._queue.forget_kept(self._wall() - self._keep_seconds)

    def _give_back(self) -> None:
        loss = self._recovery.check()
        if loss == Loss():
            return
        log.error(
            "sync: the centre had lost %d matters: %d given back, %d with another number; %d are no longer kept here,"
            " %d it would not have",
            loss.lost, loss.restored, loss.renumbered, loss.gone, loss.refused,
        )  # fmt: skip
        restored = self._status.restored + loss.restored
        self._note(lost=loss.lost - loss.restored, restored=restored)

    def _contact(self) -> None:
        oldest = self._age_of_oldest() if self._status.online is None else None
        if self._line.there(oldest) or not self._status.online:
            self._compare.now()
            self._look.now()  # what waited for the line goes now, or after the peace
        self._note(online=True, last_contact=self._wall(), error=self._editions.error)

    def _age_of_oldest(self) -> float | None:
        try:
            oldest = self._upkeep.oldest()
        except QueueUnavailable:
            return None
        return None if oldest is None else max(0.0, self._wall() - oldest)

    def _offline(self, failure: Failure) -> None:
        if failure.kind in _PATIENCE:
            decision = decide(failure, self._line.misses, 0.0, random.random())  # noqa: S311 - no secret
            self._heartbeat.not_for(decision.when if isinstance(decision, RetryAt) else 0.0, firm=True)
        else:
            self._heartbeat.retry(self._line.misses)
        self._line.lost()
        if failure.kind is FailureKind.INSECURE and self._status.online is not False:
            log.error("sync: whoever answers is not the centre: %s", failure.detail)
        self._note(online=False, error=f"{failure.kind}: {failure.detail}")

    # --- the queue --------------------------------------------------------------------------------------------

    def _attend_queue(self) -> None:
        try:
            self._begin()
            # while the centre is away the heartbeat looks for it, so that the disk is not worn for nothing
            if self._grant and (self._status.online is not False or self._nudged):
                self._send()
            self._keeping.wipe_when_gone()
            self._note(**self._upkeep.figures())
        except QueueUnavailable as error:
            self._out_of_order(error)

    def _begin(self) -> None:
        if not self._started:
            self._upkeep.begin()
            self._synchroniser.start()
            self._started = True

    def _send(self) -> None:
        self._nudged = False
        report = SyncReport()
        while (matter_id := self._next_urgent()) and not report.link:
            report += self._synchroniser.prompt(matter_id, self._wall(), self._stop.is_set)
        if not (report.link or self._line.quiet()):
            report += self._synchroniser.run_once(self._wall(), self._next_urgent, self._stop.is_set)
        self._after(report)

    def _next_urgent(self) -> str:
        return self._urgent.popleft() if self._urgent else ""

    def _after(self, report: SyncReport) -> None:
        if report.filed or report.refused:
            self._failures = 0
            self._contact()
            self._upkeep.collect()
        if report.link:
            self._offline(report.link)
            self._hold_back(report.link)
        if report.parked:
            log.error("sync: %d parked, see the queue", len(report.parked))

    def _hold_back(self, failure: Failure) -> None:
        """Not for a missing line: a connection tried in vain burdens nobody, and a citizen may be waiting."""
        decision = decide(failure, self._failures, 0.0, random.random())  # noqa: S311 - no secret
        if failure.kind is not FailureKind.NETWORK and isinstance(decision, RetryAt):
            self._look.not_for(decision.when, firm=failure.kind is FailureKind.BUSY)
            self._failures += 1

    def _out_of_order(self, error: QueueUnavailable) -> None:
        log.error("sync: %s", error)
        self._note(error=str(error))
        self._upkeep.out_of_order(error)
        self._started = False  # what is claimed now must be released

    def _note(self, **changes: object) -> None:
        self._status = self._status.model_copy(update=changes)

    def _on_message(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case Ping():
                connection.send(Ok())
            case SyncStatusRequest():
                connection.send(self._status)
            case Nudge(matter=matter_id):
                connection.send(Ok())
                if matter_id:
                    self._urgent.append(matter_id)
                self._nudged = True
                self._look.now()
                self._wake.set()
            case Stop():
                connection.send(Ok())
                self._stop.set()
            case _:
                connection.send(Failed(reason=f"sync does not know {message.type}"))
