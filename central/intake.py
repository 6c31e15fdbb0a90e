"""What happens to a batch: each matter is filed, refused or put off. Answers are given once they are on the disk."""

import time
from collections.abc import Callable, Collection, Container, Sequence
from datetime import date
from typing import Any, Final

from central import rules
from central.casework.opening import Opening
from central.desk import Desk, Handed, day_of, flaw, number_anew, rated_place, record
from central.replies import Answers, Reply
from central.rules import NO_SERVICE, RATING, SUPPLEMENT, NotYet, Refusal
from central.sealing import Sealer
from central.sitting import Sitting
from central.storage.database import Storage
from offline_queue.batch import Batch, Entry
from offline_queue.envelope import Envelope

_WAIT_FOR_MATTER: Final = 60.0
"""Seconds until a rating may ask again for what it rates."""

Missing = Callable[[str, Collection[str]], Sequence[str]]
"""Of a terminal's attachments, by digest: those that are not all here."""


class Intake:
    """Safe from several threads, and beside other processes that share the database."""

    def __init__(
        self,
        storage: Storage,
        sealer: Sealer,
        items: Container[str],
        missing: Missing,
        opening: Opening,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._desk = Desk(storage, sealer, opening, now)
        self._people = opening.people
        self._items = items
        self._missing = missing

    def receive(self, terminal: str, batch: Batch, *, key_id: str = "", clock_offset: float | None = None) -> Answers:
        """One reply an entry, in their order; the same to a repeat.

        ``batch`` was signed by the key ``key_id`` of ``terminal``, whose clock is ``clock_offset`` seconds ahead of the
        centre's. Raises ``StorageUnavailable``: then nothing was answered, and the same may be sent again.
        """
        handed = Handed(terminal, key_id, clock_offset, batch.suite, batch.signature, batch.digests)
        envelopes = [one.envelope for one in batch.entries if one.envelope and one.envelope.terminal == terminal]
        with self._desk.sitting(handed, envelopes) as (transaction, sitting):
            replies = [self._reply(sitting, entry) for entry in batch.entries]
            record(transaction, sitting, handed, replies)
            given = number_anew(transaction, sitting, sitting.filed())
            return self._desk.conclude(transaction, sitting, envelopes, replies, given)

    def _reply(self, sitting: Sitting, entry: Entry) -> Reply:
        envelope = entry.envelope
        if envelope is None:
            return Reply("rejected", position=entry.position, detail=entry.reason)
        if reason := flaw(envelope, sitting.terminal):
            return Reply("rejected", position=entry.position, detail=reason)
        return self._desk.answered(sitting, entry, envelope) or self._decide(sitting, entry, envelope)

    def _decide(self, sitting: Sitting, entry: Entry, envelope: Envelope) -> Reply:
        try:
            result = self._result(sitting, envelope)
        except Refusal as refusal:
            return self._desk.refuse(sitting, entry, envelope, refusal)
        except NotYet as wait:
            sitting.held.add(envelope.case)
            return Reply("later", envelope.id, retry_after=wait.retry_after, missing=wait.missing)
        return self._desk.file(sitting, entry, envelope, result)

    def _result(self, sitting: Sitting, envelope: Envelope) -> dict[str, Any]:
        """Raises ``Refusal``, ``NotYet``."""
        if envelope.item not in self._items and envelope.item not in NO_SERVICE:
            raise Refusal("unknown_item")
        if envelope.case in sitting.held:
            raise NotYet(0.0)
        result = rules.result_of(envelope, _today(sitting))
        files = [file.digest for file in envelope.attachments]
        if missing := files and self._missing(sitting.terminal, files):
            raise NotYet(0.0, missing)
        if envelope.item == RATING:
            _rate(sitting, envelope)
        if envelope.item == SUPPLEMENT:
            sitting.supplements.take(envelope, self._people.holder(envelope.payload))
        return result


def _today(sitting: Sitting) -> date:
    return day_of(sitting.now)


def _rate(sitting: Sitting, envelope: Envelope) -> None:
    """Once per matter, by the terminal that filed it."""
    stars = rules.stars_of(envelope)
    place = rated_place(envelope)
    if place is None:
        raise Refusal("unknown_reference")
    rated = sitting.at(place)
    if rated is None:
        raise NotYet(_WAIT_FOR_MATTER)
    if sitting.is_rated(rated):
        raise Refusal("already_rated")
    sitting.rate(rated, stars)
