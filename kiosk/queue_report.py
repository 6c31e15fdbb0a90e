"""What staff and technicians may see of the queue: nothing personal. Payloads show the names of their fields and their
size, no more."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from offline_queue import envelope as wire
from offline_queue.contract import FINAL, Matter, MatterState, Queue, Quota, Room, UnknownMatter

PAGE: Final = 1000
"""Matters read at once."""


def pages(queue: Queue, *states: MatterState, limit: int | None = None) -> Iterator[Matter]:
    """One after another, in order, with the memory of one page."""
    after, left = 0, limit
    while left is None or left > 0:
        page = queue.matters(*states, after=after, limit=PAGE if left is None else min(PAGE, left))
        yield from page
        if not page:
            return
        after = page[-1].place
        left = None if left is None else left - len(page)


def find(queue: Queue, name: str) -> Matter:
    """By id or by reference, as it is read out. Raises ``UnknownMatter``."""
    try:
        return queue.get(name)
    except UnknownMatter:
        place = _place(name.strip().upper())
    found = queue.matters(after=place - 1, limit=1) if place else []
    if found and found[0].envelope.reference == name.strip().upper():
        return found[0]
    raise UnknownMatter(name)


def _place(reference: str) -> int:
    """0 for what is no reference."""
    if not wire.reference_is_valid(reference):
        return 0
    _, *numbers, _ = reference.split("-")
    if not all(part.isascii() and part.isdigit() for part in numbers) or len(numbers) not in (1, 2):
        return 0
    epoch, seq = map(int, numbers if len(numbers) == 2 else (1, *numbers))
    return wire.place(epoch, seq) if epoch <= wire.LAST_EPOCH and seq < 1 << 40 else 0


# --- one matter -------------------------------------------------------------------------------------------------------


def row(matter: Matter) -> dict[str, Any]:
    """Times in seconds since 1970, by this machine's clock; ``next_try`` is 0 for at once."""
    envelope = matter.envelope
    return {
        "id": envelope.id,
        "epoch": envelope.epoch,
        "seq": envelope.seq,
        "reference": envelope.reference,
        "item": envelope.item,
        "state": str(matter.state),
        "created": envelope.created.wall,
        "attempts": matter.attempts,
        "next_try": matter.not_before,
        "error": matter.error,
        "rule": matter.answer.rule,
        "number": matter.answer.number,
    }


def details(matter: Matter) -> dict[str, Any]:
    envelope, created = matter.envelope, matter.envelope.created
    return row(matter) | {
        "terminal": envelope.terminal,
        "case": "" if envelope.case == envelope.id else envelope.case,
        "item_version": envelope.item_version,
        "suite": envelope.suite,
        "digest": _digest(matter),
        "previous": envelope.previous,
        "clock": {"monotonic": created.monotonic, "boot": created.boot_id, "trusted": created.trusted},
        "consents": list(envelope.consents),
        "attachments": [vars(file) for file in envelope.attachments],
        "payload": {name: _size(value) for name, value in envelope.payload.items()},
    }


def _digest(matter: Matter) -> str:
    """Empty when the payload is wiped; the audit trail has it then."""
    return wire.digest(matter.envelope) if matter.envelope.payload else ""


def _size(value: object) -> int:
    """Bytes of JSON."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


# --- all of them ------------------------------------------------------------------------------------------------------


def audit(queue: Queue) -> Iterator[dict[str, Any]]:
    """A line a matter, in order: ids, references, digests, states and times."""
    receipts = _Receipts(queue)
    for matter in pages(queue):
        envelope = matter.envelope
        digest, settled = receipts.of(matter) if matter.state in FINAL else (_digest(matter), 0.0)
        yield {
            "id": envelope.id,
            "terminal": envelope.terminal,
            "epoch": envelope.epoch,
            "seq": envelope.seq,
            "reference": envelope.reference,
            "item": envelope.item,
            "state": str(matter.state),
            "created": envelope.created.wall,
            "settled": settled,
            "suite": envelope.suite,
            "digest": digest,
            "previous": envelope.previous,
        }


class _Receipts:
    """Those of the matters in order, a page at a time."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._epoch = 0
        self._last = 0
        self._page: dict[int, tuple[str, float]] = {}

    def of(self, matter: Matter) -> tuple[str, float]:
        """Digest and time; the digest is empty for what an older program filed."""
        epoch, seq = matter.envelope.epoch, matter.envelope.seq
        if epoch != self._epoch or seq > self._last:
            found = self._queue.receipts(epoch, after=seq - 1, limit=PAGE)
            self._page = {each.seq: (each.digest, each.settled) for each in found}
            self._epoch, self._last = epoch, found[-1].seq if len(found) == PAGE else wire.LARGEST
        return self._page.get(seq, ("", 0.0))


# --- in words ---------------------------------------------------------------------------------------------------------

COLUMNS: Final = ("reference", "item", "state", "since", "tries", "next try", "why", "id")


def cells(matter: Matter) -> tuple[str, ...]:
    """Of a table, in the order of :data:`COLUMNS`."""
    envelope = matter.envelope
    return (
        envelope.reference,
        envelope.item,
        str(matter.state),
        clock(envelope.created.wall),
        str(matter.attempts),
        clock(matter.not_before) if matter.not_before else "",
        matter.error or matter.answer.rule,
        envelope.id,
    )


TIMES: Final = frozenset({"created", "next_try", "settled"})


def told(name: str, value: Any) -> str:
    """One of the details as a person reads it."""
    if name in TIMES:
        return clock(value) if value else ""
    if name == "payload":
        return ", ".join(f"{field} ({size} bytes)" for field, size in value.items()) or "wiped"
    if isinstance(value, dict):
        return ", ".join(f"{key} {part}" for key, part in cast("dict[str, Any]", value).items())
    if isinstance(value, list):
        return "; ".join(told("", part) for part in cast("list[Any]", value))
    return str(value)


def clock(wall: float) -> str:
    """In the machine's own time zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(wall))


def sentence(counts: Mapping[MatterState, int]) -> str:
    return ", ".join(f"{counts[state]} {str(state).replace('_', ' ')}" for state in MatterState)


def fullness(room: Room, quota: Quota, *, now: float) -> Iterator[tuple[str, str, str, bool]]:
    """Of each quota: its name, how much of it is used, its limit, whether it is used up."""
    oldest = "none" if room.oldest is None else f"{max(0.0, now - room.oldest) / 86400:.1f} days"
    yield "count", f"{room.waiting} wait", f"at most {quota.count}", room.full == "count"
    yield "size", f"{megabytes(room.size)} wait", f"at most {megabytes(quota.size)}", room.full == "size"
    yield "age", f"oldest: {oldest}", f"at most {quota.age / 86400:.0f} days", room.full == "age"
    yield "disk", f"{megabytes(room.free)} free", f"at least {megabytes(quota.free)}", room.full == "disk"


def megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB"
