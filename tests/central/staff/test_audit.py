"""The audit: with the change or not at all, chained, exported with a signature that outlasts the database."""

import json
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.staff import audit_export
from central.staff.audit import Verdict, audit, audited, digest, verified
from central.staff.audit_export import BadExport
from central.staff.roles import Role
from central.storage.audit import Filter
from central.storage.database import Storage
from tests.central.office import NOON
from tests.central.staff.conftest import Bureau
from tests.central.staff_helpers import employee

LIN, HE = employee(Role.OPERATOR), employee(Role.AUTHORITY, name="he")
SIGNING = Ed25519PrivateKey.generate()


def write(storage: Storage, count: int = 3) -> None:
    with storage.transaction() as transaction:
        for at in range(count):
            audit(transaction, LIN, "account.close", f"subject {at}", "说明", NOON + at)


def spoil(url: str, statement: str) -> None:
    """Past the storage."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_rows_are_numbered_and_chained(bureau: Bureau) -> None:
    write(bureau.storage)
    assert verified(bureau.storage) == Verdict(3)
    with bureau.storage.reading() as transaction:
        rows = transaction.audit.after(0, limit=10)
    assert [row.seq for row in rows] == [1, 2, 3]
    assert len({row.digest for row in rows}) == 3


def test_nothing_is_left_of_a_change_that_was_not_made(bureau: Bureau) -> None:
    write(bureau.storage, 1)
    with pytest.raises(ZeroDivisionError), bureau.storage.transaction() as transaction:
        assert audit(transaction, LIN, "account.close", "x") / 0
    write(bureau.storage, 1)
    assert verified(bureau.storage) == Verdict(2)


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("UPDATE audit SET detail = 'other' WHERE seq = 2", 2),
        ("UPDATE audit SET employee = 'he' WHERE seq = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE seq = 3", 3),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit", 1),
        ("UPDATE audit_head SET seq = 2", 3),
        ("UPDATE audit_head SET seq = 9", 4),
    ],
)
def test_what_was_changed_or_taken_out_is_found(bureau: Bureau, database_url: str, statement: str, at: int) -> None:
    write(bureau.storage)
    spoil(database_url, statement)
    assert verified(bureau.storage).broken_at == at


def test_writers_at_the_same_time_make_one_chain(bureau: Bureau) -> None:
    threads = [threading.Thread(target=write, args=(bureau.storage, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verified(bureau.storage) == Verdict(20)


def test_what_takes_long_begins_and_ends(bureau: Bureau) -> None:
    with audited(bureau.storage, LIN, "audit.export", "x"), bureau.storage.reading() as transaction:
        (begun,) = transaction.audit.unended()
    with pytest.raises(ValueError, match="no"), audited(bureau.storage, LIN, "audit.export", "y"):
        raise ValueError("no")
    with bureau.storage.reading() as transaction:
        rows = transaction.audit.after(0, limit=10)
        assert transaction.audit.unended() == []
    assert [(row.phase, row.refers) for row in rows] == [("begun", None), ("done", 1), ("begun", None), ("failed", 3)]
    assert (begun.seq, rows[3].detail) == (1, "ValueError")


def test_who_did_what_to_whom_and_when(bureau: Bureau) -> None:
    with bureau.storage.transaction() as transaction:
        audit(transaction, LIN, "account.add", "a", now=NOON)
        audit(transaction, HE, "account.addendum", "a", now=NOON + 10)
        audit(transaction, HE, "catalogue.publish", "b_%", now=NOON + 20)

    def found(chosen: Filter) -> list[int]:
        with bureau.storage.reading() as transaction:
            rows = transaction.audit.find(chosen, limit=10)
            assert transaction.audit.count(chosen) == len(rows)
        return [row.seq for row in rows]

    assert found(Filter()) == [3, 2, 1]
    assert found(Filter(employee="he")) == [3, 2]
    assert found(Filter(action="account.")) == [2, 1]
    assert found(Filter(action="%")) == []
    assert found(Filter(subject="b_%")) == [3]
    assert found(Filter(since=NOON + 10, until=NOON + 20)) == [2]


def test_an_export_is_read_back(bureau: Bureau) -> None:
    write(bureau.storage)
    lines = list(audit_export.write(bureau.storage, SIGNING, NOON))
    export = audit_export.read(lines, SIGNING.public_key())
    assert (export.at, export.head.seq, len(export.rows)) == (NOON, 3, 3)
    write(bureau.storage)
    assert audit_export.compare(bureau.storage, export) == Verdict(3)


def test_an_export_shows_a_history_that_was_written_anew(bureau: Bureau, database_url: str) -> None:
    write(bureau.storage)
    export = audit_export.read(list(audit_export.write(bureau.storage, SIGNING, NOON)), SIGNING.public_key())
    spoil(database_url, "DELETE FROM audit")
    spoil(database_url, "DELETE FROM audit_head")
    with bureau.storage.transaction() as transaction:
        for at in range(3):
            audit(transaction, HE, "account.close", f"subject {at}", "说明", NOON + at)
    assert verified(bureau.storage) == Verdict(3)
    assert audit_export.compare(bureau.storage, export) == Verdict(0, 1)


def test_of_an_empty_audit(bureau: Bureau) -> None:
    assert verified(bureau.storage) == Verdict(0)
    export = audit_export.read(list(audit_export.write(bureau.storage, SIGNING, NOON)), SIGNING.public_key())
    assert audit_export.compare(bureau.storage, export) == Verdict(0)


def test_an_export_that_was_touched_is_none(bureau: Bureau) -> None:
    write(bureau.storage)
    lines = list(audit_export.write(bureau.storage, SIGNING, NOON))
    row = json.loads(lines[1])
    changed = json.dumps({**row, "detail": "other"}).encode()
    end = json.loads(lines[-1])
    shorter = json.dumps({**end, "signed": {**end["signed"], "seq": 2}}).encode()
    for touched in (
        [],
        [b""],
        lines[:-1],
        lines[1:],
        [lines[0], changed, *lines[2:]],
        [*lines[:2], shorter],
        [lines[1], lines[0], *lines[2:]],
        [*lines[:-1], b"[]"],
        [b'{"x": 1}', *lines[1:]],
    ):
        with pytest.raises(BadExport):
            audit_export.read(touched, SIGNING.public_key())
    with pytest.raises(BadExport):
        audit_export.read(lines, Ed25519PrivateKey.generate().public_key())


def test_every_field_of_a_row_counts(bureau: Bureau) -> None:
    write(bureau.storage, 1)
    with bureau.storage.reading() as transaction:
        (row,) = transaction.audit.after(0, limit=1)
    others = {
        "seq": 2,
        "at": 0.5,
        "employee": "x",
        "action": "x",
        "subject": "x",
        "detail": "x",
        "phase": "done",
        "refers": 1,
    }
    digests = {digest(replace(row, **{name: value}), "") for name, value in others.items()}
    assert len(digests | {digest(row, ""), digest(row, "x")}) == len(others) + 2
