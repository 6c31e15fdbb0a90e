"""What the centre lost comes back: a database from yesterday's backup knows nothing of what was filed since.

The terminals notice by counting, ask which of their receipts are unknown, and hand those in again as the sealed copies
they keep: envelope and answer, with the number the citizen holds in hand.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from central import numbers
from central.casework.opening import Opening
from central.desk import Desk, Handed, day_of, flaw, number_anew, rated_place, record, reused
from central.replies import Answers, Reply
from central.rules import RATING, SUPPLEMENT, Refusal, stars_of
from central.sealing import Sealer
from central.sitting import Sitting
from central.storage.database import Storage, Transaction
from offline_queue import envelope as wire
from offline_queue import hashing
from offline_queue.batch import Entry
from offline_queue.envelope import BadEnvelope, Envelope

_MOST_A_DAY: Final = 9_999_999
"""A number beyond it was never given out: to go on behind it would leave none for the rest of the day."""


@dataclass(frozen=True, repr=False)
class Copy:
    """One line of ``POST /v1/receipts/content``, opened."""

    position: int
    """From 0."""
    id: str
    digest: str
    content: bytes = b""
    """JSON: envelope, state, number, result, rule and remedy."""
    reason: str = ""
    """Why it could not be opened."""


class _Content(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, strict=True)

    envelope: str
    state: Literal["filed", "refused"]
    number: str = ""
    result: dict[str, Any] = {}
    rule: str = Field(default="", pattern=r"^[a-z0-9_]{0,64}$")
    remedy: dict[str, str] = {}


@dataclass(frozen=True, repr=False)
class _Restored:
    entry: Entry
    envelope: Envelope
    content: _Content


class BadCopy(ValueError):
    """What was sealed is no envelope with its answer, or another than it was said to be."""


class Recovery:
    """Safe from several threads. Raises ``StorageUnavailable``: then nothing was answered."""

    def __init__(
        self, storage: Storage, sealer: Sealer, opening: Opening, now: Callable[[], float] = time.time
    ) -> None:
        self._storage = storage
        self._desk = Desk(storage, sealer, opening, now)
        self._people = opening.people

    def unknown(self, terminal: str, receipts: Sequence[tuple[str, str]]) -> list[str]:
        """Of ids and digests, the ids the centre never spoke on."""
        ids = {matter_id for matter_id, _ in receipts}
        with self._storage.reading() as transaction:
            known = transaction.matters.digests(terminal, ids).items() | transaction.receipts.reused(terminal, ids)
        return [matter_id for matter_id, digest in receipts if (matter_id, digest) not in known]

    def restore(
        self, terminal: str, copies: Sequence[Copy], *, key_id: str = "", clock_offset: float | None = None
    ) -> Answers:
        """One reply a copy, in their order; the same to a repeat."""
        read = [_read(copy, terminal) for copy in copies]
        handed = Handed(terminal, key_id, clock_offset, "standard", b"", [copy.digest for copy in copies])
        envelopes = [one.envelope for one in read if isinstance(one, _Restored)]
        with self._desk.sitting(handed, envelopes) as (transaction, sitting):
            replies = [self._reply(sitting, one) for one in read]
            record(transaction, sitting, handed, replies)
            given = _numbers(transaction, sitting, [one for one in read if isinstance(one, _Restored)])
            return self._desk.conclude(transaction, sitting, envelopes, replies, given)

    def _reply(self, sitting: Sitting, one: _Restored | Reply) -> Reply:
        if isinstance(one, Reply):
            return one
        return self._desk.answered(sitting, one.entry, one.envelope) or self._bring_back(sitting, one)

    def _bring_back(self, sitting: Sitting, one: _Restored) -> Reply:
        content = one.content
        if content.rule == "id_reused":  # the id is that of a matter which is lost as well, and comes back by itself
            return reused(sitting, one.entry, one.envelope)
        if content.state == "refused":
            return self._desk.refuse(sitting, one.entry, one.envelope, Refusal(content.rule, content.remedy))
        if one.envelope.item == RATING:
            _rate_again(sitting, one.envelope)
        if one.envelope.item == SUPPLEMENT:
            self._supplement_again(sitting, one.envelope)
        return self._desk.file(sitting, one.entry, one.envelope, content.result)

    def _supplement_again(self, sitting: Sitting, envelope: Envelope) -> None:
        """If its case is here and waits for it still. One that came back itself was asked nothing yet."""
        with suppress(Refusal):
            sitting.supplements.take(envelope, self._people.holder(envelope.payload))


def _read(copy: Copy, terminal: str) -> _Restored | Reply:
    """Or the reply to one that cannot be read."""
    try:
        if copy.reason:
            raise BadCopy(copy.reason)
        content = _Content.model_validate_json(copy.content)
        raw = content.envelope.encode()
        envelope = wire.decode(raw)
        digest = hashing.digest(raw, envelope.suite)
        if (envelope.id, digest) != (copy.id, copy.digest):
            raise BadCopy("another matter than it was said to be")
        if reason := flaw(envelope, terminal):
            raise BadCopy(reason)
    except ValidationError:
        return _rejected(copy, "no envelope with its answer")
    except (BadCopy, BadEnvelope) as error:
        return _rejected(copy, str(error))
    return _Restored(Entry(copy.position, raw, digest, envelope), envelope, content)


def _rejected(copy: Copy, detail: str) -> Reply:
    return Reply("rejected", position=copy.position, detail=detail)


def _rate_again(sitting: Sitting, envelope: Envelope) -> None:
    """As far as the matter it rated is here: if not, it is lost with its copy."""
    place = rated_place(envelope)
    rated = sitting.at(place) if place else None
    if rated and not sitting.is_rated(rated):
        with suppress(Refusal):  # anything can be sealed
            sitting.rate(rated, stars_of(envelope))


def _numbers(transaction: Transaction, sitting: Sitting, restored: Sequence[_Restored]) -> dict[str, str]:
    """Each the number its citizen holds in hand, or a new one if that was given to somebody else meanwhile."""
    held = {one.envelope.id: one.content.number for one in restored}
    wanted = {one: held[one] for one in sitting.filed() if _may_be_given(held[one], day_of(sitting.now))}
    # in the order of the days, and before the numbers, as whoever files takes them: nobody waits for another in a ring
    for day, last in sorted(_highest(wanted.values()).items()):
        transaction.matters.go_on_behind(day, last)
    got = transaction.matters.take_numbers(sitting.terminal, wanted)
    given = {one: number for one, number in wanted.items() if one in got}
    anew = number_anew(transaction, sitting, [one for one in sitting.filed() if one not in got])
    for one, number in anew.items():
        matter = sitting.new[one].matter
        old = held[one] if numbers.day_and_sequence(held[one]) else "none"
        sitting.notice("renumbered", one, matter.digest, matter.place, f"{old} -> {number}")
    transaction.receipts.notice(sitting.notices)
    return given | anew


def _may_be_given(number: str, today: date) -> bool:
    """Anything can be sealed for the centre: it need not be a number that the centre ever gave."""
    meaning = numbers.day_and_sequence(number)
    return meaning is not None and meaning[0] <= today and meaning[1] <= _MOST_A_DAY


def _highest(given: Iterable[str]) -> dict[date, int]:
    meanings = sorted(meaning for number in given if (meaning := numbers.day_and_sequence(number)))
    return dict(meanings)
