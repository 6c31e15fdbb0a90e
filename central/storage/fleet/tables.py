"""The fleet's tables: one small row a terminal that every heartbeat writes, and beside it what changes seldom.

What grows without end is partitioned by hash of the terminal, as in ``central.storage.tables``.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Integer, Table, Text, text

from central.storage.tables import metadata

_BY_TERMINAL: Final = "HASH (terminal)"
_OPEN_COMMAND: Final = text("ended_at IS NULL")

fleet_state: Final = Table(
    "fleet_state",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("first_at", Double, nullable=False),
    Column("heard_at", Double, nullable=False),
    Column("silent_after", Double, nullable=False, doc="from then on a missing heartbeat counts as silence"),
    Column("standing", Text, nullable=False),
    Column("span_from", Double, nullable=False, doc="since when it was heard without a break, with this standing"),
    Column("digest", Text, nullable=False, doc="of what the history keeps"),
    Column("hour", BigInteger, nullable=False, doc="since 1970, of the last heartbeat; each terminal's begins apart"),
    Column("who", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("catalogue", BigInteger, nullable=False),
    Column("configuration", BigInteger, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("parked", BigInteger, nullable=False),
    Column("oldest_at", Double),
    Column("paper", Double, doc="the least that is left of anything that runs out, 0 to 1"),
    Column("document", Text, nullable=False, doc="JSON, the heartbeat without results"),
    # what stood here before the newest heartbeat: a statement can only return what it leaves behind
    Column("before_heard_at", Double),
    Column("before_silent_after", Double),
    Column("before_standing", Text),
    Column("before_span_from", Double),
    Column("before_digest", Text),
    Column("before_hour", BigInteger),
)

fleet_span: Final = Table(
    "fleet_span",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("from_at", Double, primary_key=True),
    Column("until_at", Double, nullable=False),
    Column("standing", Text, nullable=False),
    postgresql_partition_by=_BY_TERMINAL,
)

fleet_history: Final = Table(
    "fleet_history",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("at", Double, primary_key=True),
    Column("document", Text, nullable=False, doc="JSON of central.fleet.health.picture"),
    postgresql_partition_by=_BY_TERMINAL,
)

fleet_sample: Final = Table(
    "fleet_sample",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("waiting", BigInteger, nullable=False),
    Column("supplies", Text, nullable=False, doc="JSON, part that is left by device.name"),
    postgresql_partition_by=_BY_TERMINAL,
)

fleet_forecast: Final = Table(
    "fleet_forecast",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("supply", Text, primary_key=True, doc="device.name"),
    Column("left", Double, nullable=False),
    Column("a_day", Double, doc="part of a full one; NULL, as what follows, when too little is known"),
    Column("empty_at", Double, index=True),
    Column("earliest", Double),
    Column("latest", Double),
)

fleet_desired: Final = Table(
    "fleet_desired",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("configuration", BigInteger, nullable=False),
    Column("program", Text, nullable=False),
)

fleet_configuration: Final = Table(
    "fleet_configuration",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False, doc="JSON, all that the centre sets"),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("note", Text, nullable=False),
)

fleet_command: Final = Table(
    "fleet_command",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("arguments", Text, nullable=False, doc="JSON"),
    Column("created_at", Double, nullable=False, index=True),
    Column("created_by", Text, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("state", Text, nullable=False),
    Column("told_at", Double, doc="when the terminal last spoke of it"),
    Column("ended_at", Double),
    Column("detail", Text, nullable=False),
    Column("artefact", Text, nullable=False),
    Index("fleet_command_open", "terminal", "expires_at", postgresql_where=_OPEN_COMMAND, sqlite_where=_OPEN_COMMAND),
)

fleet_rollout: Final = Table(
    "fleet_rollout",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False, doc="JSON: settings, or the version of the program"),
    Column("plan", Text, nullable=False, doc="JSON of central.fleet.rollouts.Plan"),
    Column("state", Text, nullable=False),
    Column("wave", Integer, nullable=False),
    Column("wave_at", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ended_at", Double),
    Column("reason", Text, nullable=False),
)

fleet_rollout_member: Final = Table(
    "fleet_rollout_member",
    metadata,
    Column("terminal", Text, primary_key=True),
    Column("rollout", Integer, primary_key=True, autoincrement=False),
    Column("wave", Integer, nullable=False),
    Column("version", BigInteger, nullable=False, doc="of the configuration it was given; 0 as yet"),
    Column("faults", Integer, nullable=False, doc="it had when its wave began"),
    Column("heard", Boolean, nullable=False, doc="whether it was heard of when its wave began"),
    Index("fleet_rollout_wave", "rollout", "wave"),
)

fleet_order: Final = Table(
    "fleet_order",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("open_key", Text, unique=True, doc="of what it is about while it is open: one order at a time"),
    Column("terminal", Text, nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("subject", Text, nullable=False, doc="device.fault, or the id of a call"),
    Column("who", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("opened_at", Double, nullable=False, index=True),
    Column("due_at", Double, nullable=False),
    Column("assigned_to", Text, nullable=False),
    Column("escalated_at", Double),
    Column("closed_at", Double),
    Column("closed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
