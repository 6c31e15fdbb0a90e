"""What a queue needs besides being sent: mended, tidied, and told of."""

import logging
import math
from collections.abc import Callable
from typing import Protocol

from kiosk.sync.aftercare import Keeping
from kiosk.sync.membership import DAY
from offline_queue.attachments import AttachmentFolder
from offline_queue.contract import MatterState, Queue, QueueUnavailable
from offline_queue.database import Database
from offline_queue.faults import Damaged

log = logging.getLogger(__name__)


class SyncQueue(Queue, Protocol):
    """A queue in a file, with the files of its matters."""

    @property
    def attachments(self) -> AttachmentFolder: ...

    @property
    def file(self) -> Database: ...


class Upkeep:
    """All methods but :meth:`age` raise ``QueueUnavailable``."""

    def __init__(self, queue: SyncQueue, keeping: Keeping, wall: Callable[[], float]) -> None:
        self._queue = queue
        self._files = queue.attachments
        self._keeping = keeping
        self._wall = wall
        self._may_be_damaged = True

    def begin(self) -> None:
        """At start, before anything is sent, and after the queue was out of order."""
        if self._may_be_damaged:
            self._look_through()
            self._may_be_damaged = False
        self._files.tidy(now=self._wall())
        self._keeping.wipe_left_over()

    def out_of_order(self, error: QueueUnavailable) -> None:
        """What is damaged is mended by the next :meth:`begin`."""
        self._may_be_damaged = self._may_be_damaged or isinstance(error, Damaged)

    def collect(self) -> None:
        """A journey in progress may have pages that no matter has taken yet: then nobody guesses by the clock."""
        nobody_is_here = self._queue.load_draft() is None
        self._files.collect(now=self._wall(), orphans=DAY if nobody_is_here else math.inf)

    def oldest(self) -> float | None:
        """When the oldest waiting matter was filed, in seconds since 1970."""
        return self._queue.room(now=self._wall()).oldest

    def age(self) -> float | None:
        """How many seconds the oldest has waited; ``None`` without any, and when the queue cannot be asked."""
        try:
            oldest = self.oldest()
        except QueueUnavailable:
            return None
        return None if oldest is None else max(0.0, self._wall() - oldest)

    def figures(self) -> dict[str, object]:
        """Those of ``SyncStatus``."""
        counts = self._queue.counts()
        return {
            "waiting": counts[MatterState.QUEUED] + counts[MatterState.IN_FLIGHT],
            "parked": counts[MatterState.PARKED],
            "oldest": self.oldest(),
        }

    def _look_through(self) -> None:
        for incident in self._queue.file.check():
            log.error("queue: %s, now epoch %d: %s", incident.kind, incident.epoch, incident.detail)
