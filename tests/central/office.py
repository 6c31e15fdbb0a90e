"""The centre without its interface: storage, intake and recovery on either database, with a clock of the test's."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import Engine, NullPool, create_engine, delete, insert, select, text

from central.casework.items import Items
from central.casework.service import Casework
from central.fanout.outgoing import Outgoing
from central.intake import Intake
from central.recovery import Recovery
from central.replies import Answers
from central.sealing import Sealer
from central.storage.database import Storage
from central.storage.receipts import Notice
from central.storage.tables import metadata
from offline_queue import batch
from offline_queue import envelope as wire
from offline_queue.envelope import Envelope
from tests.central.helpers import TERMINAL, own_key

_BUREAU: Final = {"zh-Hans": "某市公安局", "zh-Hant": "某市公安局", "en": "Public Security Bureau"}
ITEMS: Final[Items] = {
    "social-insurance-proof": {
        "code": "social-insurance-proof",
        "title": {"zh-Hans": "社保参保证明", "zh-Hant": "社保參保證明", "en": "Proof of social insurance"},
        "department": {"zh-Hans": "某市社保局", "zh-Hant": "某市社保局", "en": "Social Insurance Fund"},
        "department_id": "social-insurance",
    },
    "residence-permit": {
        "code": "residence-permit",
        "title": {"zh-Hans": "居住证办理", "zh-Hant": "居住證辦理", "en": "Residence permit"},
        "department": _BUREAU,
        "department_id": "public-security",
        "legal_limit_days": 15,
        "promised_days": 7,
    },
}
NOON: Final = 1_790_049_600.0
"""2026-09-22 12:00 in China, in seconds since 1970."""


@dataclass
class Office:
    url: str
    storage: Storage
    now: float = NOON
    items: Items = field(default_factory=lambda: ITEMS)
    missing: set[str] = field(default_factory=set[str])
    """Digests of attachments that have not come."""

    def __post_init__(self) -> None:
        sealer = Sealer(bytes(32))
        self.casework = Casework.build(
            self.storage, bytes(32), lambda: self.items, Outgoing(enabled=True), lambda: self.now
        )
        opening = self.casework.opening
        self.intake = Intake(self.storage, sealer, ITEMS, self._missing, opening, lambda: self.now)
        self.recovery = Recovery(self.storage, sealer, opening, lambda: self.now)

    def receive(self, envelopes: Iterable[Envelope], terminal: str = TERMINAL) -> Answers:
        handed_in = batch.decode(batch.encode(list(envelopes), own_key()))
        return self.intake.receive(terminal, handed_in, key_id="key", clock_offset=2.5)

    def hand_in(self, *envelopes: Envelope, terminal: str = TERMINAL) -> list[dict[str, Any]]:
        return [reply.as_json() for reply in self.receive(envelopes, terminal).replies]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Past the storage."""
        with _engine(self.url).connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement))]

    def notices(self) -> list[Notice]:
        with self.storage.reading() as transaction:
            return transaction.receipts.notices()

    def _missing(self, _terminal: str, digests: Iterable[str]) -> Sequence[str]:
        return [digest for digest in digests if digest in self.missing]


@contextmanager
def office(url: str) -> Generator[Office]:
    storage = Storage(url)
    try:
        yield Office(url, storage)
    finally:
        storage.close()


@lru_cache
def _engine(url: str) -> Engine:
    """Prepares no statements: there may be a pooler between."""
    options = {} if url.startswith("sqlite") else {"prepare_threshold": None}
    return create_engine(url, poolclass=NullPool, connect_args=options)


Everything = dict[str, list[dict[str, Any]]]
"""Rows by table."""


def everything(url: str) -> Everything:
    """What a backup holds."""
    with _engine(url).connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def go_back(url: str, backup: Everything) -> None:
    """To what it was then; an empty one: to nothing."""
    with _engine(url).begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
            if rows := backup.get(table.name):
                connection.execute(insert(table), rows)


def chained(envelopes: Iterable[Envelope]) -> list[Envelope]:
    """Each names the one before it."""

    def after(before: Envelope, this: Envelope) -> Envelope:
        return replace(this, previous=wire.digest(before))

    return list(accumulate(envelopes, after))
