"""The centre's tables. The terminal is in every key of what grows with matters, so that they can be spread by it.

On PostgreSQL the tables that grow without end are partitioned by hash of the terminal. A unique key of a partitioned
table holds the terminal, so what is unique in the whole province, the acceptance number, has a table of its own.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

metadata: Final = MetaData()

_BY_TERMINAL: Final = "HASH (terminal)"

terminal: Final = Table(
    "terminal",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False, doc="the highest ever given out; 0: never enrolled"),
    Column("batches", BigInteger, nullable=False, doc="how many came; every one updates this row, and so waits"),
    Column("last_seen", Double),
    Column("clock_offset", Double, doc="seconds its clock is ahead of the centre's, when last heard"),
)

terminal_epoch: Final = Table(
    "terminal_epoch",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("settled", BigInteger, nullable=False, doc="how many of its matters the centre has spoken on"),
    Column("last_seq", BigInteger, nullable=False, doc="beyond settled: some are still to come"),
)

terminal_key: Final = Table(  # found by key_id alone, the only thing a signature names; as small as the fleet
    "terminal_key",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("terminal", Text, nullable=False, index=True),
    Column("epoch", BigInteger, nullable=False, server_default="1", doc="in which it files, as its successors will"),
    Column("origin", Text, nullable=False, server_default="", doc="the key that began this epoch of this machine"),
    Column("suite", Text, nullable=False),
    Column("public_key", Text, nullable=False, doc="PEM"),
    Column("certificate", Text, nullable=False, doc="PEM"),
    Column("not_after", Double, nullable=False),
    Column("enrolled_at", Double, nullable=False),
    Column("revoked_at", Double),
)

enrolment_code: Final = Table(
    "enrolment_code",
    metadata,
    Column("code_hash", Text, primary_key=True),
    Column("terminal", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("wrong", Integer, nullable=False, doc="codes tried for this terminal that were not this one"),
    Column("used_by", Text, doc="key_id: the same key may ask again, should the answer be lost"),
    Column("used_at", Double),
    Column("epoch", BigInteger, doc="what was answered"),
)

matter: Final = Table(
    "matter",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("suite", Text, nullable=False),
    Column("case_key", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("item_version", BigInteger, nullable=False),
    Column("created_wall", Double, nullable=False),
    Column("created_monotonic", Double, nullable=False),
    Column("boot_id", Text, nullable=False),
    Column("clock_trusted", Boolean, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("number", Text),
    Column("rule", Text, nullable=False),
    Column("remedy", Text, nullable=False, doc="JSON, text by language; {} when filed"),
    Column("payload", LargeBinary, doc="the envelope as it came, sealed; NULL when refused"),
    Column("result", LargeBinary, doc="JSON, sealed"),
    Column("stars", SmallInteger),
    Column("person", Text, doc="keyed hash of the number of whoever filed it"),
    CheckConstraint("state IN ('filed', 'refused')", name="matter_state"),
    CheckConstraint("stars BETWEEN 1 AND 5", name="matter_stars"),
    Index("matter_place", "terminal", "epoch", "seq"),
    Index("matter_person", "person"),
    Index("matter_received", "received_at", postgresql_using="brin"),
    postgresql_partition_by=_BY_TERMINAL,
)

acceptance: Final = Table(
    "acceptance",
    metadata,
    Column("number", Text, primary_key=True),
    Column("terminal", Text, nullable=False),
    Column("id", Text, nullable=False),
)

day_sequence: Final = Table(
    "day_sequence",
    metadata,
    Column("day", Text, primary_key=True, doc="ISO 8601, in China"),
    Column("last", BigInteger, nullable=False),
)

batch: Final = Table(
    "batch",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("received_at", Double, nullable=False),
    Column("suite", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False, doc="over the digests of its receipts, in their order"),
    Column("clock_offset", Double),
    Column("receipts", Text, nullable=False, doc="JSON, [id, digest, outcome] of each answer, a repeated one too"),
    postgresql_partition_by=_BY_TERMINAL,
)

notice: Final = Table(  # for the operators; the key makes a repeated cause one notice
    "notice",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True, doc="of the matter it was noticed by"),
    Column("digest", Text, primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("noticed_at", Double, nullable=False),
    Column("detail", Text, nullable=False, doc="nothing personal"),
)
