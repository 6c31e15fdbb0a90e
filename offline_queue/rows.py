"""Matters as rows of the database and back; in the suite ``gm`` what is personal is sealed before it goes in."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from offline_queue.contract import Answer, Matter, MatterState, Outcome, Receipt
from offline_queue.database import Row
from offline_queue.envelope import Attachment, Created, Envelope, canonical, place
from offline_queue.hashing import Suite
from offline_queue.intake import Sealed
from offline_queue.suites import Cipher

_PAYLOAD: Final = "payload"
_RESULT: Final = "result"
_KEPT: Final = "kept"


class Rows:
    def __init__(self, sealing_key: Callable[[], bytes]) -> None:
        """``sealing_key`` is asked for by matters of the suite ``gm``: another file has another one."""
        self._sealing_key = sealing_key
        self._known = (b"", Cipher(bytes(32), "gm"))

    @property
    def _cipher(self) -> Cipher:
        key = self._sealing_key()
        if key != self._known[0]:
            self._known = (key, Cipher(key, "gm"))
        return self._known[1]

    def new(self, sealed: Sealed) -> Row:
        envelope = sealed.envelope
        return {
            "place": place(envelope.epoch, envelope.seq),
            "id": envelope.id,
            "terminal": envelope.terminal,
            "epoch": envelope.epoch,
            "seq": envelope.seq,
            "reference": envelope.reference,
            "case_id": envelope.case,
            "item": envelope.item,
            "item_version": envelope.item_version,
            "envelope_version": envelope.version,
            "suite": envelope.suite,
            "wall": envelope.created.wall,
            "monotonic": envelope.created.monotonic,
            "boot_id": envelope.created.boot_id,
            "trusted": envelope.created.trusted,
            "consents": canonical(envelope.consents),
            "attachments": canonical([vars(file) for file in envelope.attachments]) if envelope.attachments else "[]",
            "previous": envelope.previous,
            "digest": sealed.head.digest,
            "payload": self._sealed(sealed.text, envelope.suite, _PAYLOAD, envelope.id),
            "size": sealed.size,
            "count_so_far": sealed.head.count,
            "size_so_far": sealed.head.size,
        }

    def settled(self, outcome: Outcome, suite: Suite, *, now: float) -> Row:
        """The centre's word."""
        result = None if outcome.wipe else canonical(dict(outcome.answer.result))
        return {
            "id": outcome.id,
            "state": outcome.state,
            "number": outcome.answer.number,
            "result": self._sealed(result, suite, _RESULT, outcome.id),
            "rule": outcome.answer.rule,
            "remedy": canonical(dict(outcome.answer.remedy)),
            "settled": now,
            "kept": self._kept(outcome, suite),
            "wipe": outcome.wipe,
        }

    def matter(self, row: Row) -> Matter:
        answer = Answer(
            number=row["number"],
            result=self._opened(row, _RESULT),
            rule=row["rule"],
            remedy=_object(row["remedy"]),
        )
        envelope = self.envelope(row)
        return Matter(envelope, MatterState(row["state"]), row["attempts"], row["not_before"], row["error"], answer)

    def envelope(self, row: Row) -> Envelope:
        return Envelope(
            id=row["id"],
            terminal=row["terminal"],
            epoch=row["epoch"],
            seq=row["seq"],
            reference=row["reference"],
            case=row["case_id"],
            item=row["item"],
            item_version=row["item_version"],
            created=Created(row["wall"], row["monotonic"], row["boot_id"], bool(row["trusted"])),
            payload=self._opened(row, _PAYLOAD),
            previous=row["previous"],
            consents=_consents(row["consents"]),
            attachments=_attachments(row["attachments"]),
            suite=row["suite"],
            version=row["envelope_version"],
        )

    def kept(self, row: Row) -> bytes:
        sealed: bytes = row["kept"] or b""
        return self._cipher.open(sealed, _bound(_KEPT, row["id"])) if sealed and row["suite"] == "gm" else sealed

    def _kept(self, outcome: Outcome, suite: Suite) -> bytes | None:
        if not outcome.keep:
            return None
        return self._cipher.seal(outcome.keep, _bound(_KEPT, outcome.id)) if suite == "gm" else outcome.keep

    def _sealed(self, text: str | None, suite: Suite, what: str, matter_id: str) -> str | bytes | None:
        if text is None or suite != "gm":
            return text
        return self._cipher.seal(text.encode(), _bound(what, matter_id))

    def _opened(self, row: Row, what: str) -> dict[str, Any]:
        found = row[what]
        if found is None:
            return {}
        return json.loads(self._cipher.open(found, _bound(what, row["id"])) if row["suite"] == "gm" else found)


def receipt(row: Row) -> Receipt:
    state = MatterState(row["state"])
    return Receipt(row["id"], row["epoch"], row["seq"], row["digest"], state, row["settled"], bool(row["kept"]))


def _object(text: str) -> dict[str, Any]:
    return {} if text == "{}" else json.loads(text)


@lru_cache
def _consents(text: str) -> tuple[str, ...]:
    """Those of one service are the same for everybody."""
    return tuple(json.loads(text))


@lru_cache
def _attachments(text: str) -> tuple[Attachment, ...]:
    """Most matters have none."""
    return tuple(Attachment(**file) for file in json.loads(text))


def _bound(what: str, matter_id: str) -> bytes:
    """So that a sealed payload cannot be passed off as another's."""
    return f"{what}:{matter_id}".encode()
