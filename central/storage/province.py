"""The synthetic province in the database: sealed rows, found by keyed hashes of the numbers they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text
from sqlalchemy.engine import Connection

from central.storage.statements import Bulk, Insert, Upsert
from central.storage.tables import metadata

SubjectKind = Literal["person", "firm"]

province: Final = Table(  # one row
    "province",
    metadata,
    Column("name", Text, primary_key=True),
    Column("seed", Text, nullable=False),
    Column("persons", BigInteger, nullable=False, doc="how many have been made"),
)

dossier: Final = Table(
    "province_dossier",
    metadata,
    Column("subject", Text, primary_key=True, doc="keyed hash of the identity number or the credit code"),
    Column("kind", Text, nullable=False),
    Column("content", LargeBinary, nullable=False, doc="JSON, deflated, sealed"),
)

finding: Final = Table(  # by what else a subject is found: bills, plates, examinations, firms of a person
    "province_finding",
    metadata,
    Column("key", Text, primary_key=True, doc="keyed hash"),
    Column("subject", Text, primary_key=True),
)

place: Final = Table(  # public
    "province_place",
    metadata,
    Column("code", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("content", Text, nullable=False, doc="JSON"),
    Index("province_place_region", "region"),
)

_NAME: Final = "province"
_LOCK: Final = 4_400_008
"""Of PostgreSQL's advisory locks."""


@dataclass(frozen=True)
class Standing:
    """How far the province has been made."""

    seed: str
    persons: int


class DossierRow(NamedTuple):
    subject: str
    kind: SubjectKind
    content: bytes


class FindingRow(NamedTuple):
    key: str
    subject: str


class PlaceRow(NamedTuple):
    code: str
    kind: str
    region: str
    content: str


def _stand(new: Insert) -> sa.Executable:
    replaced = {name: new.excluded[name] for name in ("seed", "persons")}
    return new.on_conflict_do_update(index_elements=[province.c.name], set_=replaced)


_STAND: Final = Upsert(province, _stand)
_DOSSIERS: Final = Bulk(dossier)
_FINDINGS: Final = Bulk(finding)
_PLACES: Final = Bulk(place)


class Provinces:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self) -> Standing | None:
        """``None``: nothing was ever made."""
        row = self._connection.execute(sa.select(province.c.seed, province.c.persons)).one_or_none()
        return Standing(*row) if row else None

    def hold(self) -> None:
        """Others that would make it wait until the transaction ends."""
        if self._connection.dialect.name == "postgresql":  # on SQLite every writer waits for every other
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def stand(self, standing: Standing) -> None:
        self._connection.execute(_STAND.on(self._connection), {"name": _NAME, **vars(standing)})

    def clear(self) -> None:
        for table in (province, dossier, finding, place):
            self._connection.execute(sa.delete(table))

    def add(self, dossiers: Sequence[DossierRow], findings: Sequence[FindingRow]) -> None:
        """None of which is there."""
        _DOSSIERS.add(self._connection, dossiers)
        _FINDINGS.add(self._connection, findings)

    def add_places(self, places: Sequence[PlaceRow]) -> None:
        _PLACES.add(self._connection, places)

    def get(self, subject: str) -> DossierRow | None:
        row = self._connection.execute(sa.select(dossier).where(dossier.c.subject == subject)).one_or_none()
        return DossierRow(*row) if row else None

    def find(self, key: str) -> list[DossierRow]:
        """Whoever is found by this key, in the same order every time."""
        joined = sa.select(dossier).join(finding, finding.c.subject == dossier.c.subject)
        rows = self._connection.execute(joined.where(finding.c.key == key).order_by(dossier.c.subject))
        return [DossierRow(*row) for row in rows]

    def places(self) -> list[PlaceRow]:
        return [PlaceRow(*row) for row in self._connection.execute(sa.select(place).order_by(place.c.code))]
