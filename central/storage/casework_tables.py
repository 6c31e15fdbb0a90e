"""Tables of cases, of what happened to each, of tickets of poor ratings, and of the numbers to collect with.

A case stands under the terminal and id of its matter: the tables are spread as matters are.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, SmallInteger, Table, Text

from central.storage.tables import metadata

department_case: Final = Table(
    "department_case",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("person", Text, doc="keyed hash of the citizen's number"),
    Column("filed_at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("promised_at", Double, nullable=False),
    Column("legal_at", Double, nullable=False),
    Column("promised_left", SmallInteger, doc="working days, while the clock stands"),
    Column("legal_left", SmallInteger),
    Column("clerk", Text, doc="who has claimed it"),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("missing", Text, nullable=False, doc="JSON, codes"),
    Column("until_at", Double, doc="how long this state may last"),
    Column("hall", Text, nullable=False),
    Column("collection", Text, nullable=False, doc="number to collect with"),
    Column("alarm", SmallInteger, nullable=False),
    Column("next_at", Double, doc="when the clock has something to do with it"),
    Column("moved_at", Double, nullable=False),
    Index("department_case_queue", "department", "state", "promised_at"),
    Index("department_case_filed", "filed_at"),
    Index("department_case_next", "next_at"),
    postgresql_partition_by="HASH (terminal)",
)

case_step: Final = Table(
    "case_step",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False, doc="of the case after it"),
    Column("at", Double, nullable=False),
    Column("move", Text, nullable=False),
    Column("state", Text, nullable=False, doc="after it"),
    Column("clerk", Text, nullable=False, doc="empty: the citizen or the clock"),
    Column("reason", Text, nullable=False),
    Column("missing", Text, nullable=False, doc="JSON, codes"),
    Column("source_terminal", Text, nullable=False, doc="of the matter that brought it about; else empty"),
    Column("source_id", Text, nullable=False),
    Index("case_step_at", "at", postgresql_using="brin"),
    postgresql_partition_by="HASH (terminal)",
)

rating_ticket: Final = Table(
    "rating_ticket",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("person", Text),
    Column("stars", SmallInteger, nullable=False),
    Column("opened_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("owner", Text),
    Column("done", LargeBinary, doc="sealed"),
    Column("reply", LargeBinary, doc="sealed"),
    Column("answered_at", Double),
    Column("alarm", SmallInteger, nullable=False),
    Column("next_at", Double),
    Index("rating_ticket_queue", "department", "state", "due_at"),
    Index("rating_ticket_next", "next_at"),
)

collection_day: Final = Table(
    "collection_day",
    metadata,
    Column("hall", Text, primary_key=True),
    Column("day", Text, primary_key=True, doc="ISO 8601, in China"),
    Column("last", BigInteger, nullable=False),
)
