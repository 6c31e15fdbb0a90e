"""What happens to a submitted envelope: filed, refused or later. Answers are given only after they are on the disk."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final, Literal

from central import insurance, numbers
from central.sealing import Sealer
from central.storage import Storage, StoredMatter, Transaction
from offline_queue import envelope as wire
from offline_queue.envelope import Envelope

CHINA: Final = timezone(timedelta(hours=8))
INSURANCE_PROOF: Final = "social-insurance-proof"
RATING: Final = "rating"
_WAIT_FOR_MATTER: Final = 60.0


@dataclass(frozen=True, repr=False)
class Reply:
    """One line of the answer; empty fields are left out on the wire."""

    id: str
    outcome: Literal["filed", "refused", "later"]
    number: str = ""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rule: str = ""
    remedy: str = ""
    retry_after: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value}


class Refusal(Exception):
    """A rule forbids to file this. ``remedy`` tells the citizen what to do instead."""

    def __init__(self, rule: str, remedy: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.remedy = remedy


class NotYet(Exception):
    """Something that comes before it has not arrived."""


class Intake:
    def __init__(
        self, storage: Storage, sealer: Sealer, items: Collection[str], now: Callable[[], float] = time.time
    ) -> None:
        self._storage = storage
        self._sealer = sealer
        self._items = items
        self._now = now

    def receive(self, envelopes: Sequence[Envelope]) -> list[Reply]:
        """One transaction for all; each answer, a repeated one too, leaves a receipt."""
        now = self._now()
        with self._storage.transaction() as transaction:
            replies = [self._answer(transaction, envelope, now) for envelope in envelopes]
            for envelope, reply in zip(envelopes, replies, strict=True):
                transaction.add_receipt(envelope.terminal, envelope.id, now, reply.rule or reply.outcome)
        return replies

    def _answer(self, transaction: Transaction, envelope: Envelope, now: float) -> Reply:
        known = transaction.find(envelope.terminal, envelope.id)
        if known is None:
            return self._decide(transaction, envelope, now)
        if known.digest != wire.digest(envelope):
            remedy = "这个编号已经用于另一份申请，请到人工窗口办理。"
            return Reply(envelope.id, "refused", rule="id_reused", remedy=remedy)
        return self._reply(known)

    def _decide(self, transaction: Transaction, envelope: Envelope, now: float) -> Reply:
        row = _row(envelope, now)
        try:
            matter = self._file(transaction, envelope, row)
        except Refusal as refusal:  # the payload of what is not filed is not kept
            matter = StoredMatter(**row, state="refused", rule=refusal.rule, remedy=refusal.remedy)
        except NotYet:
            return Reply(envelope.id, "later", retry_after=_WAIT_FOR_MATTER)
        transaction.add(matter)
        return self._reply(matter)

    def _file(self, transaction: Transaction, envelope: Envelope, row: Mapping[str, Any]) -> StoredMatter:
        today = datetime.fromtimestamp(row["received_at"], CHINA).date()
        if envelope.item == RATING:
            _rate(transaction, envelope)
        elif envelope.item not in self._items:
            raise Refusal("unknown_item", "这台机器上暂时不能办理这个事项，请到人工窗口办理。")
        result = _certificate(envelope, today) if envelope.item == INSURANCE_PROOF else {}
        number = numbers.acceptance_number(today, transaction.next_of_day(today))
        place = _place(envelope.terminal, envelope.id)
        payload, sealed = self._sealer.seal(envelope.payload, place), self._sealer.seal(result, place)
        return StoredMatter(**row, state="filed", number=number, payload=payload, result=sealed)

    def _reply(self, matter: StoredMatter) -> Reply:
        if matter.state == "refused" or matter.result is None:
            return Reply(matter.id, "refused", rule=matter.rule, remedy=matter.remedy)
        result = self._sealer.open(matter.result, _place(matter.terminal, matter.id))
        return Reply(matter.id, "filed", number=matter.number or "", result=result)


def _place(terminal: str, matter_id: str) -> str:
    return f"{terminal}\n{matter_id}"


def _row(envelope: Envelope, now: float) -> dict[str, Any]:
    return {
        "terminal": envelope.terminal,
        "id": envelope.id,
        "seq": envelope.seq,
        "digest": wire.digest(envelope),
        "reference": envelope.reference,
        "item": envelope.item,
        "item_version": envelope.item_version,
        "created_wall": envelope.created.wall,
        "created_monotonic": envelope.created.monotonic,
        "boot_id": envelope.created.boot_id,
        "clock_trusted": bool(envelope.created.trusted),
        "received_at": now,
    }


def _certificate(envelope: Envelope, today: date) -> dict[str, Any]:
    match envelope.payload:
        case {"person": {"number": str(number)}, "answers": {"period": str(period)}} if number:
            if period not in insurance.PERIODS:
                raise Refusal("unknown_period", "请重新选择参保证明的时间范围。")
        case _:
            raise Refusal("incomplete", "申请内容不完整，请在机器上重新办理。")
    code = numbers.verification_code()
    certificate = insurance.certificate(number, period, f"SI-{code[:9]}", code, today)
    return {"certificate": certificate}


def _rate(transaction: Transaction, envelope: Envelope) -> None:
    """Once per matter, by the terminal that filed it."""
    match envelope.payload:
        case {"reference": str(reference), "stars": int(stars)} if stars in range(1, 6) and type(stars) is int:
            pass
        case _:
            raise Refusal("bad_rating", "评价需要受理编号和一到五颗星。")
    if not wire.reference_is_valid(reference):
        raise Refusal("unknown_reference", "没有找到要评价的事项。")
    matter = transaction.find_by_reference(envelope.terminal, reference)
    if matter is None:
        raise NotYet
    if matter.stars is not None:
        raise Refusal("already_rated", "这件事项已经评价过了，谢谢您。")
    transaction.rate(matter, stars)
