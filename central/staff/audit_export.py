"""The audit as a file that proves itself: rows as JSON, one a line, and a last line signed by the centre.

Who keeps such a file can show later that a row was changed or taken out, by whoever: :func:`compare`.
"""

import base64
import hashlib
import json
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from central.staff.audit import Verdict, verify, walk
from central.storage.audit import AuditRow, Head
from central.storage.database import Storage

_DOMAIN: Final = b"kiosk-audit-export-1\n"


class BadExport(Exception):
    """This file is no audit that this centre has exported, or it was changed since."""


@dataclass(frozen=True)
class Export:
    head: Head
    at: float
    """Seconds since 1970."""
    rows: list[AuditRow]


def write(storage: Storage, key: Ed25519PrivateKey, now: float) -> Generator[bytes]:
    """Line by line."""
    with storage.reading() as transaction:
        head = transaction.audit.head()
    for row in walk(storage, head.seq):
        yield _line(vars(row))
    told = {"seq": head.seq, "digest": head.digest, "at": now}
    signature = base64.b64encode(key.sign(_signed(told))).decode()
    yield _line({"signed": told, "signature": signature})


def read(lines: Iterable[bytes], key: Ed25519PublicKey) -> Export:
    """Raises :class:`BadExport`."""
    *rows, last = list(lines) or [b""]
    try:
        end: dict[str, Any] = json.loads(last)
        told = end["signed"]
        key.verify(base64.b64decode(end["signature"], validate=True), _signed(told))
        export = Export(Head(told["seq"], told["digest"]), told["at"], [AuditRow(**json.loads(row)) for row in rows])
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise BadExport from None
    if verify(export.rows, export.head).broken_at is not None:
        raise BadExport
    return export


def compare(storage: Storage, export: Export) -> Verdict:
    """Whether all that was exported is still there, unchanged."""
    count = 0
    for there, row in zip(walk(storage, export.head.seq), export.rows, strict=False):
        if there != row:
            return Verdict(count, count + 1)
        count += 1
    return Verdict(count, None if count == len(export.rows) else count + 1)


def _line(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _signed(told: Any) -> bytes:
    text = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return _DOMAIN + hashlib.sha256(text).digest()
