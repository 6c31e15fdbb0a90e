"""Looks through a queue file and changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import apsw

from offline_queue.connection import Connection, Row, Transaction, quick_check
from offline_queue.contract import QueueUnavailable
from offline_queue.faults import KeyFault
from offline_queue.incidents import Incident

Digest = Callable[[Row], str]
"""Of the envelope in a matter's row; ``""`` when its content is wiped."""


@dataclass(frozen=True)
class Verification:
    """What is right and wrong with a queue file."""

    key_fits: bool
    problems: tuple[str, ...] = ()
    """What SQLite finds, or why the file cannot be opened."""
    epoch: int = 0
    matters: int = 0
    broken: tuple[str, ...] = ()
    """``epoch/sequence`` of each matter that does not name the one before it, or is not what its digest says."""
    incidents: tuple[Incident, ...] = ()

    @property
    def good(self) -> bool:
        return self.key_fits and not self.problems and not self.broken


def verified(connection: Connection, digest: Digest | None) -> Verification:
    """Raises ``apsw.Error``, though not for damage."""
    transaction = Transaction(connection)
    try:
        return Verification(
            key_fits=True,
            problems=tuple(quick_check(connection)),
            epoch=transaction.run("meta")[0]["epoch"],
            matters=transaction.run("matters")[0]["count"],
            broken=tuple(f"{row['epoch']}/{row['seq']}" for row in _broken(transaction, digest)),
            incidents=tuple(Incident(**row) for row in transaction.run("incidents")),
        )
    except apsw.CorruptError:
        return Verification(key_fits=True, problems=("Pages of the file are damaged",))


def unusable(error: QueueUnavailable) -> Verification:
    return Verification(key_fits=not isinstance(error, KeyFault), problems=(str(error),))


def _broken(transaction: Transaction, digest: Digest | None) -> Iterator[Row]:
    before: Row | None = None
    for row in _matters(transaction):
        if not (_linked(before, row) and _true(row, digest)):
            yield row
        before = row


def _matters(transaction: Transaction) -> Iterator[Row]:
    """In order of their places; a few at a time, for a queue may hold a million."""
    after = 0
    while rows := transaction.run("chain", after=after):
        yield from rows
        after = rows[-1]["place"]


def _linked(before: Row | None, row: Row) -> bool:
    """What an older program filed has no digest yet; behind a gap nothing can be said: an incident tells of it."""
    if row["seq"] == 1 or not row["digest"]:
        return not row["previous"]
    if before is None or before["place"] + 1 != row["place"]:
        return True
    return row["previous"] == before["digest"] or not before["digest"]


def _true(row: Row, digest: Digest | None) -> bool:
    found = digest(row) if digest and row["digest"] else ""
    return not found or found == row["digest"]
