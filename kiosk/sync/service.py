"""The sync process: sends what waits, keeps the catalogue fresh, and knows honestly whether the centre is there."""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import AnyMessage, Failed, Nudge, Ok, Ping, Stop, SyncStatus, SyncStatusRequest
from kiosk.catalogue.cache import CatalogueCache, CatalogueRefused
from kiosk.sync.central_client import CentralClient, Fetched
from offline_queue.contract import FINAL, MatterState, Queue, QueueUnavailable
from offline_queue.retry import Failure, FailureKind, RetryAt, decide
from offline_queue.sync import Synchroniser, Transport, TransportFailed

log = logging.getLogger(__name__)

SOCKET: Final = "sync.sock"
_SHORTEST_WAIT: Final = 0.05


@dataclass(frozen=True)
class Periods:
    """Seconds."""

    heartbeat: float = 15.0
    """How often the centre is asked whether it has a newer catalogue: that it answers is the sign of life."""
    look: float = 2.0
    """How often the queue is looked at for matters whose wait is over."""


class Every:
    """A task's next time, on the monotonic clock. Periods vary by a quarter: terminals switched on together drift
    apart."""

    def __init__(self, period: float) -> None:
        self._period = period
        self._next = 0.0
        self._floor = 0.0

    def due(self) -> bool:
        if self.left() > 0:
            return False
        self._next = time.monotonic() + self._period * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
        return True

    def now(self) -> None:
        self._next = 0.0

    def not_for(self, seconds: float) -> None:
        """Not even when asked to be done now."""
        self._floor = time.monotonic() + seconds

    def left(self) -> float:
        return max(self._next, self._floor) - time.monotonic()


class SyncService:
    """Run it in a process of its own: it is the only sender of the queue."""

    def __init__(
        self,
        queue: Queue,
        transport: Transport,
        central: CentralClient,
        cache: CatalogueCache,
        run_dir: Path,
        *,
        periods: Periods = Periods(),
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._queue = queue
        self._synchroniser = Synchroniser(queue, transport)
        self._central = central
        self._cache = cache
        self._wall = wall
        self._server = Server(run_dir / SOCKET, self._on_message)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._started = False
        self._nudged = False
        self._failures = 0
        self._in_use: set[str] = set()
        self._seen_etag = ""
        self._catalogue_error = ""
        self._heartbeat = Every(periods.heartbeat)
        self._look = Every(periods.look)
        self._status = SyncStatus(online=None, last_contact=None, waiting=0)

    def run(self, stop: threading.Event) -> None:
        """Until ``stop`` is set or a ``Stop`` arrives on the bus."""
        self._stop = stop
        self._seen_etag = self._cache.etag()
        self._server.start()
        threading.Thread(target=self._wake_at_stop, name="sync stop", daemon=True).start()
        try:
            while not stop.is_set():
                self._wake.clear()  # before the work: a nudge during it counts
                self._turn()
                self._wake.wait(self._seconds_to_next())
        finally:
            self._server.close()

    def status(self) -> SyncStatus:
        return self._status

    def _wake_at_stop(self) -> None:
        self._stop.wait()
        self._wake.set()

    def _turn(self) -> None:
        if self._heartbeat.due():
            self._beat()
        if self._look.due():
            self._attend_queue()

    def _attend_queue(self) -> None:
        try:
            if not self._started:
                self._synchroniser.start()
                self._forget_delivered()
                self._started = True
            # while the centre is away the heartbeat looks for it, so that the disk is not worn for nothing
            if self._status.online is not False or self._nudged:
                self._send()
            for matter_id in tuple(self._in_use):
                self._forget(matter_id)
            self._note(waiting=self._count_waiting())
        except QueueUnavailable as error:
            log.error("sync: %s", error)
            self._note(error=str(error))
            self._started = False  # what is claimed now must be released

    def _seconds_to_next(self) -> float:
        return max(_SHORTEST_WAIT, min(self._heartbeat.left(), self._look.left()))

    def _beat(self) -> None:
        try:
            fetched = self._central.catalogue(self._seen_etag)
        except TransportFailed as error:
            self._offline(error.failure)
            return
        if fetched:
            self._take_catalogue(fetched)
        self._contact()

    def _take_catalogue(self, fetched: Fetched) -> None:
        self._seen_etag = fetched.etag  # one that was refused is not downloaded again either
        try:
            catalogue = self._cache.take(fetched.document, fetched.etag)
        except (CatalogueRefused, OSError) as error:
            self._catalogue_error = f"catalogue not taken: {error}"
            log.error("sync: %s", self._catalogue_error)
        else:
            self._catalogue_error = ""
            log.info("sync: catalogue version %d", catalogue.version)

    def _send(self) -> None:
        self._nudged = False
        report = self._synchroniser.run_once(self._wall())
        for matter_id in (*report.filed, *report.refused):
            self._forget(matter_id)
        if report.filed or report.refused:
            self._failures = 0
            self._contact()
        if report.link:
            self._offline(report.link)
            self._hold_back(report.link)
        if report.parked:
            log.error("sync: %d parked, see the queue", len(report.parked))

    def _hold_back(self, failure: Failure) -> None:
        """Not for a missing line: a connection tried in vain burdens nobody, and a citizen may be waiting."""
        decision = decide(failure, self._failures, 0.0, random.random())  # noqa: S311 - no secret
        if failure.kind is not FailureKind.NETWORK and isinstance(decision, RetryAt):
            self._look.not_for(decision.when)
            self._failures += 1

    def _forget_delivered(self) -> None:
        """What a killed predecessor had no time to wipe."""
        for matter in self._queue.matters(*FINAL):
            if matter.envelope.payload or matter.answer.result:
                self._forget(matter.envelope.id)

    def _forget(self, matter_id: str) -> None:
        """The payload goes as soon as the centre has it, unless its citizen is still here waiting for the papers."""
        draft = self._queue.load_draft()
        if draft and draft[0] == matter_id:
            self._in_use.add(matter_id)
            return
        self._queue.wipe(matter_id)
        self._in_use.discard(matter_id)

    def _count_waiting(self) -> int:
        counts = self._queue.counts()
        return counts[MatterState.QUEUED] + counts[MatterState.IN_FLIGHT]

    def _contact(self) -> None:
        if not self._status.online:
            self._look.now()  # what waited for the line goes now
        self._note(online=True, last_contact=self._wall(), error=self._catalogue_error)

    def _offline(self, failure: Failure) -> None:
        self._note(online=False, error=f"{failure.kind}: {failure.detail}")

    def _note(self, **changes: object) -> None:
        self._status = self._status.model_copy(update=changes)

    def _on_message(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case Ping():
                connection.send(Ok())
            case SyncStatusRequest():
                connection.send(self._status)
            case Nudge():
                connection.send(Ok())
                self._nudged = True
                self._look.now()
                self._wake.set()
            case Stop():
                connection.send(Ok())
                self._stop.set()
            case _:
                connection.send(Failed(reason=f"sync does not know {message.type}"))
