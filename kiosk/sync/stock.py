"""What the centre knows of this terminal, compared with what is here: its clock, the certificate, what it has lost."""

import logging
from collections.abc import Callable

from kiosk.sync.membership import Membership
from kiosk.sync.upkeep import SyncQueue
from offline_queue.clock import is_synchronised
from offline_queue.recovery import Loss, Recovery
from offline_queue.transport import Transport

log = logging.getLogger(__name__)

_TRUSTED_SKEW = 3600.0
"""Seconds. A clock this near to the centre's is right enough to tell the age of copies that are kept for days."""


class Stock:
    """``join`` makes this terminal known to the centre once more, after what it was granted has changed."""

    def __init__(
        self,
        queue: SyncQueue,
        transport: Transport,
        membership: Membership,
        join: Callable[[], None],
        *,
        keep_seconds: float,
        wall: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._transport = transport
        self._recovery = Recovery(queue, transport)
        self._membership = membership
        self._join = join
        self._keep_seconds = keep_seconds
        self._wall = wall
        self._restored = 0

    def compare(self, note: Callable[..., None]) -> None:
        """``note`` is told the figures of ``SyncStatus`` as they become known. Raises ``TransportFailed`` and as
        :meth:`Membership.join`."""
        standing = self._transport.standing()
        centre_now = self._wall() - standing.skew
        if self._membership.renew_in_time(centre_now):
            self._join()
        note(skew=standing.skew, certificate_days=self._membership.days_left(centre_now))
        self._give_back(note)
        if is_synchronised() or abs(standing.skew) < _TRUSTED_SKEW:
            self._queue.forget_kept(self._wall() - self._keep_seconds)

    def _give_back(self, note: Callable[..., None]) -> None:
        loss = self._recovery.check()
        if loss == Loss():
            return
        log.error(
            "sync: the centre had lost %d matters: %d given back, %d with another number; %d are no longer kept here,"
            " %d it would not have",
            loss.lost, loss.restored, loss.renumbered, loss.gone, loss.refused,
        )  # fmt: skip
        self._restored += loss.restored
        note(lost=loss.lost - loss.restored, restored=self._restored)
