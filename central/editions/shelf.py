"""What the terminals fetch: the newest edition as each place has it, signed, packed, and what is new in it.

Editions never change, so all that is made of one is kept in memory. Workers agree within a second, and at once with a
terminal that has met a newer edition at another worker.
"""

import gzip
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.editions import archive, signing
from central.editions.delta import delta
from central.editions.edition import Edition, is_open, payload
from central.editions.errors import UnknownEdition
from central.editions.model import Item
from central.editions.scope import Place, offered, place_of
from central.editions.vocabulary import LANGUAGES
from central.storage.database import Storage

DELTA: Final = "kiosk-lines"
"""Name of the instance manipulation (RFC 3229)."""
_LOOK_SECONDS: Final = 1.0
_KEPT: Final = 512
_TAG: Final = re.compile(r'"([0-9]{1,9})-[0-9a-f]{32}"')


@dataclass(frozen=True)
class Body:
    """What is sent, plain and packed."""

    plain: bytes

    @cached_property
    def packed(self) -> bytes:
        return gzip.compress(self.plain, mtime=0)


@dataclass(frozen=True)
class Document:
    """An edition as one place has it, signed."""

    payload: bytes
    body: Body
    etag: str


@dataclass(frozen=True)
class _View:
    """What is known of the newest edition."""

    edition: Edition = archive.NONE
    withdrawn: Mapping[str, Item] = field(default_factory=dict[str, Item])

    @cached_property
    def codes(self) -> frozenset[str]:
        """Of all items ever published."""
        return frozenset(self.all_items)

    @cached_property
    def items(self) -> Mapping[str, Mapping[str, Any]]:
        return {item.code: item.as_whole() for item in self.edition.items}

    @cached_property
    def all_items(self) -> Mapping[str, Mapping[str, Any]]:
        return {code: item.as_whole() for code, item in self.withdrawn.items()} | dict(self.items)


class Shelf:
    """Safe from several threads. What looks into the database says so; the rest can be asked inside a transaction."""

    def __init__(
        self,
        storage: Storage,
        key: Ed25519PrivateKey,
        now: Callable[[], float] = time.time,
        place: Callable[[str], Place] = place_of,
    ) -> None:
        """Empty until the first :meth:`look`."""
        self._storage = storage
        self._key = key
        self._now = now
        self._place = place
        self._view = _View()
        self._looked = -_LOOK_SECONDS
        self._lock = threading.Lock()
        self._edition = lru_cache(16)(self._load)
        self._document = lru_cache(_KEPT)(self._make)
        self._delta = lru_cache(_KEPT)(self._compare)

    def look(self, *, at_least: int = 0, items: Collection[str] = ()) -> None:
        """Into the database, once a second, or when somebody has met a newer edition or an unknown item. Raises
        ``StorageUnavailable``."""
        view = self._view
        recent = time.monotonic() - self._looked < _LOOK_SECONDS
        if recent and view.edition.number >= at_least and view.codes.issuperset(items):
            return
        with self._lock, self._storage.reading() as transaction:
            number = transaction.editions.newest()
            if number > self._view.edition.number:
                edition = archive.load(transaction.editions, number)
                self._view = _View(edition, archive.withdrawn(transaction.editions, edition))
            self._looked = time.monotonic()

    def newest(self) -> Edition:
        return self._view.edition

    @property
    def number(self) -> int:
        return self._view.edition.number

    def items(self) -> Mapping[str, Mapping[str, Any]]:
        """As JSON has them, by code; the same mapping until there is another edition."""
        return self._view.items

    def all_items(self) -> Mapping[str, Mapping[str, Any]]:
        """And those that are in force no more, as they were last."""
        return self._view.all_items

    def __contains__(self, code: str) -> bool:
        """Whether it was ever published: a terminal that was offline for long still files it."""
        return code in self._view.codes

    def title(self, code: str) -> dict[str, str]:
        """Empty for an item that is in force no more."""
        item = self._view.edition.by_code.get(code)
        return {language: item.title[language] for language in LANGUAGES} if item else {}

    def open_items(self) -> list[Item]:
        """What is offered now, anywhere."""
        return [item for item in self._view.edition.items if is_open(item, self._now())]

    def offered(self, terminal: str) -> list[Item]:
        """What the newest edition has for it, at any time."""
        edition = self._view.edition
        return offered(edition.items, edition.overrides, self._place(terminal))

    def edition(self, number: int) -> Edition:
        """Raises :class:`UnknownEdition`, ``StorageUnavailable``."""
        return self._edition(number)

    def document(self, terminal: str, tags: Sequence[str] = ()) -> Document:
        """Of the newest edition, which is not older than those of ``tags``. Raises ``StorageUnavailable``."""
        self.look(at_least=max(map(_number_of, tags), default=0))
        return self._of(self.number, self._place(terminal))

    def delta(self, terminal: str, etag: str) -> Body | None:
        """What turns the document with ``etag`` into the newest; ``None`` when nobody knows what that was. Raises
        ``StorageUnavailable``."""
        place, number = self._place(terminal), _number_of(etag)
        newest = self.document(terminal, (etag,))
        try:
            old = self._of(number, place)
        except UnknownEdition:
            return None
        return self._delta(old, newest) if old.etag == etag else None

    def _of(self, number: int, place: Place) -> Document:
        """Those of a region share one, but for terminals with something of their own."""
        has_own = any(one.place == place.terminal for one in self.edition(number).overrides)
        return self._document(number, place if has_own else Place("", place.region))

    def _load(self, number: int) -> Edition:
        with self._storage.reading() as transaction:
            return archive.load(transaction.editions, number)

    def _make(self, number: int, place: Place) -> Document:
        said = payload(self.edition(number), place)
        document = signing.sign(said, self._key)
        digest = hashlib.sha256(document).hexdigest()[:32]
        return Document(said, Body(document), f'"{number}-{digest}"')

    def _compare(self, old: Document, new: Document) -> Body:
        pieces = delta(old.payload.decode(), new.payload.decode())
        told = {
            "base": old.etag,
            "payloadType": signing.PAYLOAD_TYPE,
            "signatures": [signing.signature(new.payload, self._key)],
            "pieces": pieces,
        }
        return Body(json.dumps(told, ensure_ascii=False).encode())


def _number_of(etag: str) -> int:
    """0 for a tag of another form."""
    tag = _TAG.fullmatch(etag)
    return int(tag[1]) if tag else 0
