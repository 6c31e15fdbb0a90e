"""The sync process: sends what waits, keeps the catalogue fresh, and knows honestly whether the centre is there."""

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import AnyMessage, Failed, Nudge, Ok, Ping, Stop, SyncStatus, SyncStatusRequest
from kiosk.catalogue.cache import CatalogueCache
from kiosk.sync.aftercare import Keeping
from kiosk.sync.central_client import CentralClient
from kiosk.sync.commands import Done
from kiosk.sync.condition import Figures
from kiosk.sync.editions import Editions
from kiosk.sync.membership import DAY, Membership
from kiosk.sync.reporting import Reporting
from kiosk.sync.stock import Stock
from kiosk.sync.timing import USUAL, Every, Line, Periods
from kiosk.sync.upkeep import SyncQueue, Upkeep
from offline_queue.contract import QueueUnavailable
from offline_queue.credentials import Grant
from offline_queue.crypto_errors import CryptoError
from offline_queue.enrolment import EnrolmentRefused
from offline_queue.pace import splay
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
_LOOK_FOR_PEACE: Final = 2.0
"""Seconds between two looks whether nobody is at the terminal any more, while a command waits for it."""


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
        fleet: Reporting | None = None,
        keep_days: float = 30.0,
        periods: Periods = USUAL,
        wall: Callable[[], float] = time.time,
        spread: Callable[[str, float], float] = splay,
    ) -> None:
        self._queue = queue
        self._keeping = Keeping(queue)
        self._upkeep = Upkeep(queue, self._keeping, wall)
        self._synchroniser = Synchroniser(queue, transport, attachments=queue.attachments, aftercare=self._keeping)
        self._editions = Editions(central, cache)
        self._catalogue = lambda: catalogue.version if (catalogue := cache.load()) else 0
        self._fleet = fleet
        self._membership = membership
        self._stock = Stock(queue, transport, membership, self._join, keep_seconds=keep_days * DAY, wall=wall)
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
        if fleet:
            fleet.serve(self._wake.set, {"sync_now": self._send_now, "refresh_catalogue": self._refresh_catalogue})

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
        if self._fleet and self._fleet.work() and self._status.online:
            self._heartbeat.now()  # with results

    def _seconds_to_next(self) -> float:
        peace = _LOOK_FOR_PEACE if self._fleet and self._fleet.in_waiting else self._look.left()
        return max(_SHORTEST_WAIT, min(self._heartbeat.left(), self._look.left(), peace))

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
            self._ask()
        except TransportFailed as error:
            if not self._membership.mend(error.failure):
                raise
            self._join()
            self._ask()
        self._contact()

    def _ask(self) -> None:
        if self._fleet and self._report(self._fleet):
            return
        before = self._catalogue()
        self._editions.look()
        if self._fleet and self._catalogue() != before:
            self._heartbeat.now()  # with the newer one

    def _report(self, fleet: Reporting) -> bool:
        """Whether the catalogue is as the centre would have it."""
        try:
            orders = fleet.beat(Figures(self._status.waiting, self._status.parked, self._status.oldest))
        except TransportFailed as error:
            if error.failure.kind not in _UNABLE:
                raise
            log.warning("sync: the centre takes no report: %s", error)
            return False
        self._heartbeat.every(orders.interval, orders.splay)
        return orders.desired.catalogue == self._catalogue()

    def _send_now(self, _arguments: Mapping[str, str]) -> Done:
        self._nudged = True
        self._attend_queue()
        if self._status.online is False:
            return Done("failed", "the centre did not take anything")
        return Done("done", f"{self._status.waiting} waiting, {self._status.parked} parked")

    def _refresh_catalogue(self, _arguments: Mapping[str, str]) -> Done:
        try:
            self._editions.look()
        except TransportFailed as error:
            return Done("failed", str(error.failure.kind))
        return Done("failed", self._editions.error) if self._editions.error else Done("done", f"{self._catalogue()}")

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
            self._stock.compare(self._note)
        except TransportFailed as error:
            if error.failure.kind not in _UNABLE:
                raise
            log.warning("sync: the centre cannot say what it has: %s", error)

    def _contact(self) -> None:
        oldest = self._upkeep.age() if self._status.online is None else None
        if self._line.there(oldest) or not self._status.online:
            self._compare.now()
            self._look.now()  # what waited for the line goes now, or after the peace
        self._note(online=True, last_contact=self._wall(), error=self._editions.error)

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
