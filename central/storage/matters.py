"""Matters as they are kept, and the numbers they are given."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central import numbers
from central.numbers import Place
from central.storage.statements import Bulk, Insert, Upsert, insert, one_of
from central.storage.tables import acceptance, day_sequence, matter
from offline_queue import envelope as wire

_BY_TIME: Final = (matter.c.received_at, matter.c.terminal, matter.c.epoch, matter.c.seq)
_PAGE: Final = 1000
_MATTERS: Final = Bulk(matter)
_NUMBERS: Final = Bulk(acceptance)


def _reserve(new: Insert) -> sa.Executable:
    more = {"last": day_sequence.c.last + new.excluded.last}
    return new.on_conflict_do_update(index_elements=[day_sequence.c.day], set_=more).returning(day_sequence.c.last)


_RESERVE: Final = Upsert(day_sequence, _reserve)

# without the payload: what is near is compared and answered with, never opened whole
_KNOWN: Final = [sa.null().label(one.name) if one is matter.c.payload else one for one in matter.c]
# LATERAL with OFFSET 0 keeps PostgreSQL at one look into an index a key. Where its statistics lag behind, as they
# do while a backlog comes in, it would read all that the terminal ever filed instead.
_NEAR_POSTGRESQL: Final = """
    SELECT one.*
    FROM json_array_elements_text(:ids) AS wanted (id)
    CROSS JOIN LATERAL (
        SELECT {columns} FROM matter WHERE terminal = :terminal AND matter.id = wanted.id OFFSET 0
    ) AS one
    UNION ALL
    SELECT one.*
    FROM json_array_elements(:runs) AS run
    CROSS JOIN LATERAL (
        SELECT {columns} FROM matter
        WHERE terminal = :terminal AND epoch = (run ->> 0)::bigint
          AND seq BETWEEN (run ->> 1)::bigint AND (run ->> 2)::bigint
        OFFSET 0
    ) AS one
"""
_NEAR_SQLITE: Final = """
    SELECT {columns} FROM matter WHERE terminal = :terminal AND id IN (SELECT value FROM json_each(:ids))
    UNION ALL
    SELECT {columns} FROM json_each(:runs) AS run CROSS JOIN matter
    WHERE terminal = :terminal AND epoch = run.value ->> 0 AND seq BETWEEN run.value ->> 1 AND run.value ->> 2
"""
_NEAR: Final = {
    name: sa.text(said.format(columns=", ".join(map(str, _KNOWN)))).columns(*_KNOWN)
    for name, said in (("postgresql", _NEAR_POSTGRESQL), ("sqlite", _NEAR_SQLITE))
}


class StoredMatter(NamedTuple):
    """A row of ``matter``; ``payload`` and ``result`` are sealed."""

    terminal: str
    id: str
    epoch: int
    seq: int
    digest: str
    previous: str
    suite: str
    case_key: str
    item: str
    item_version: int
    created_wall: float
    created_monotonic: float
    boot_id: str
    clock_trusted: bool
    received_at: float
    state: Literal["filed", "refused"]
    number: str | None = None
    rule: str = ""
    remedy: str = "{}"
    """JSON: text by language."""
    payload: bytes | None = None
    """The envelope as it came. Of matters of the first schema: their payload alone."""
    result: bytes | None = None
    stars: int | None = None
    person: str | None = None
    """Keyed hash of the number of whoever filed it."""

    def __repr__(self) -> str:
        return f"<StoredMatter {self.reference}>"

    @property
    def place(self) -> Place:
        return self.epoch, self.seq

    @property
    def reference(self) -> str:
        return wire.reference(self.terminal, self.epoch, self.seq)


class Matters:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, terminal: str, ids: Collection[str]) -> dict[str, StoredMatter]:
        """Those that are known, by id."""
        found = self._select(matter.c.terminal == terminal, one_of(self._connection, matter.c.id, ids)) if ids else ()
        return {one.id: one for one in found}

    def near(self, terminal: str, ids: Collection[str], places: Collection[Place]) -> list[StoredMatter]:
        """Those with such an id, and those that stand there: several at one place when a disk was cloned."""
        if not ids:
            return []
        wanted = {"terminal": terminal, "ids": json.dumps(list(ids)), "runs": json.dumps(list(_runs(places)))}
        found = self._connection.execute(_NEAR[self._connection.dialect.name], wanted)
        return list({row.id: StoredMatter(*row) for row in found}.values())

    def look_up(self, key: str) -> StoredMatter | None:
        """By reference or acceptance number; the newest of a reference that was given twice, by a cloned disk."""
        owner = sa.select(acceptance.c.terminal, acceptance.c.id).where(acceptance.c.number == key)
        if row := self._connection.execute(owner).one_or_none():
            return self.find(row.terminal, [row.id]).get(row.id)
        here = (
            sa.and_(matter.c.terminal == terminal, matter.c.epoch == epoch, matter.c.seq == seq)
            for terminal, (epoch, seq) in numbers.places_of(key)
        )
        found = self._select(sa.or_(sa.false(), *here))
        return max(found, key=lambda one: one.received_at, default=None)

    def ids_at(self, places: Collection[tuple[str, Place]]) -> list[tuple[str, str]]:
        """Terminal and id of what stands there: several at one place when a disk was cloned."""
        here = (
            sa.and_(matter.c.terminal == terminal, matter.c.epoch == epoch, matter.c.seq == seq)
            for terminal, (epoch, seq) in places
        )
        rows = self._connection.execute(sa.select(matter.c.terminal, matter.c.id).where(sa.or_(sa.false(), *here)))
        return [(row.terminal, row.id) for row in rows]

    def of_person(self, person: str, limit: int) -> list[StoredMatter]:
        """What was filed in the name of this keyed hash; the newest first."""
        mine = sa.select(*_KNOWN).where(matter.c.person == person, matter.c.state == "filed")
        rows = self._connection.execute(mine.order_by(matter.c.received_at.desc(), matter.c.id).limit(limit))
        return [StoredMatter(*row) for row in rows]

    def all(self) -> Iterator[StoredMatter]:
        """In the order they came."""
        rows = self._connection.execution_options(yield_per=_PAGE).execute(sa.select(matter).order_by(*_BY_TIME))
        return (StoredMatter(*row) for row in rows)

    def add(self, matters: Sequence[StoredMatter]) -> None:
        """None of which is known."""
        _MATTERS.add(self._connection, matters)

    def rate(self, terminal: str, stars: Mapping[str, int]) -> None:
        """By id of the matter."""
        for matter_id, given in stars.items():
            where = (matter.c.terminal == terminal, matter.c.id == matter_id)
            self._connection.execute(sa.update(matter).where(*where).values(stars=given))

    def reserve(self, day: date, count: int) -> int:
        """The first of ``count`` numbers of that day: 1, 2, 3 ... without gaps, taken back when the transaction is.

        Whoever else wants one of that day waits from here to the end of the transaction.
        """
        wanted = {"day": day.isoformat(), "last": count}
        return self._connection.execute(_RESERVE.on(self._connection), wanted).scalar_one() - count + 1

    def go_on_behind(self, day: date, last: int) -> None:
        """Give out no number of that day up to ``last`` any more."""
        new = insert(self._connection, day_sequence).values(day=day.isoformat(), last=last)
        higher = sa.case((new.excluded.last > day_sequence.c.last, new.excluded.last), else_=day_sequence.c.last)
        self._connection.execute(new.on_conflict_do_update(index_elements=[day_sequence.c.day], set_={"last": higher}))

    def digests(self, terminal: str, ids: Collection[str]) -> dict[str, str]:
        """Of those that are known, by id."""
        mine = (matter.c.terminal == terminal, one_of(self._connection, matter.c.id, ids))
        rows = self._connection.execute(sa.select(matter.c.id, matter.c.digest).where(*mine)) if ids else ()
        return {row.id: row.digest for row in rows}

    def keep_numbers(self, terminal: str, given: Mapping[str, str]) -> None:
        """Numbers by id that were just reserved, and so are nobody's."""
        _NUMBERS.add(self._connection, [(number, terminal, one) for one, number in given.items()])

    def take_numbers(self, terminal: str, wanted: Mapping[str, str]) -> set[str]:
        """``wanted`` numbers by id of the matter. The ids that got theirs: the others' belong to somebody else."""
        if not wanted:
            return set()
        rows = [{"number": number, "terminal": terminal, "id": one} for one, number in wanted.items()]
        new = insert(self._connection, acceptance).on_conflict_do_nothing().returning(acceptance.c.id)
        return set(self._connection.execute(new, rows).scalars())

    def _select(self, *where: sa.ColumnElement[bool]) -> Iterator[StoredMatter]:
        rows = self._connection.execute(sa.select(matter).where(*where))
        return (StoredMatter(*row) for row in rows)


def _runs(places: Iterable[Place]) -> Iterator[tuple[int, int, int]]:
    """Epoch, first and last sequence of what stands in a row."""
    for (epoch, _), row in groupby(enumerate(sorted(places)), lambda one: (one[1][0], one[1][1] - one[0])):
        seqs = [seq for _, (_, seq) in row]
        yield epoch, seqs[0], seqs[-1]
