"""Help as the centre gives it on: answers in all languages, and the signed pack for terminals without a network."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.help.contract import Entry, Help
from central.platforms.licences.sealing import dsse

PAYLOAD_TYPE: Final = "application/vnd.kiosk.help+json"
LANGUAGES: Final = frozenset({"zh-Hans", "zh-Hant", "en"})


@dataclass(frozen=True)
class Pack:
    document: bytes
    """DSSE envelope, signed like the catalogue."""
    etag: str


class HelpDesk:
    """Raises :class:`central.problems.Problem`."""

    def __init__(self, desk: Desk[Help], key: Ed25519PrivateKey) -> None:
        self._desk = desk
        self._key = key

    def search(self, query: str, limit: int) -> Sequence[Entry]:
        return self._believed(self._desk.put(lambda help_: help_.search(query, limit)))

    def pack(self) -> Pack:
        """The same bytes as long as nothing has changed: Ed25519 signs without chance."""
        entries = self._believed(self._desk.put(lambda help_: help_.entries()))
        payload = json.dumps({"entries": [asdict(one) for one in entries]}, ensure_ascii=False, sort_keys=True)
        document = dsse(PAYLOAD_TYPE, payload.encode(), self._key)
        return Pack(document, f'"{hashlib.sha256(document).hexdigest()}"')

    def _believed(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        if not all(set(one.answer) >= LANGUAGES and set(one.question) >= LANGUAGES for one in entries):
            raise as_problem(self._desk.name, WrongAnswer())
        return entries
