"""What the centre takes in on PostgreSQL, each commit on the disk, against nothing but inserting the same rows."""

import secrets
import statistics
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa
from uuid6 import uuid7

from bench.figures import ROUNDS, Figure, timed
from central.intake import Intake
from central.sealing import Sealer
from central.storage.database import Storage
from central.storage.tables import matter, metadata
from offline_queue import batch, suites
from offline_queue import envelope as wire
from offline_queue.envelope import Created, Envelope
from tests.central.postgres import Cluster, cluster

TERMINAL: Final = "GD440100"
BACKLOG: Final = 10_000
AT_ONCE: Final = 100
ITEM: Final = "application"
"""Filed for a department to decide: no certificate is made of it at once."""
CREATED: Final = Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=True)


def ingest() -> Iterator[Figure]:
    """A terminal's backlog after an outage: 1 KB each, 100 at once, from the bytes as they arrive to the answer."""
    bodies = backlog()
    with cluster(durable=True) as server:
        rounds = [_round(server, number, bodies) for number in range(ROUNDS)]
    ours, bare = (BACKLOG / statistics.median(times) for times in zip(*rounds, strict=True))
    ratio = statistics.median(bare / ours for ours, bare in rounds)
    yield Figure("backlog to the centre", f"{ours:,.0f}/s", f"{ratio:.2f} of a bulk insert of its rows ({bare:,.0f}/s)")


def backlog() -> list[bytes]:
    """Bodies of batches, signed."""
    key = suites.generate()
    envelopes: list[Envelope] = []
    for seq in range(1, BACKLOG + 1):
        previous = wire.digest(envelopes[-1]) if envelopes else ""
        envelopes.append(_envelope(seq, previous))
    return [batch.encode(envelopes[start : start + AT_ONCE], key) for start in range(0, BACKLOG, AT_ONCE)]


def _envelope(seq: int, previous: str) -> Envelope:
    matter_id = str(uuid7())
    person = {"number": f"{seq:018d}", "name": secrets.token_hex(450)}
    return Envelope(
        id=matter_id,
        terminal=TERMINAL,
        epoch=1,
        seq=seq,
        reference=wire.reference(TERMINAL, 1, seq),
        case=matter_id,
        item=ITEM,
        item_version=1,
        created=CREATED,
        payload={"person": person},
        previous=previous,
    )


def _round(server: Cluster, number: int, bodies: Sequence[bytes]) -> tuple[float, float]:
    """Seconds for the whole way, and for a bulk insert."""
    url = server.create(f"round_{number}")
    storage = Storage(url)
    intake = Intake(storage, Sealer(bytes(32)), {ITEM}, lambda _terminal, _digests: ())
    engine = sa.create_engine(url)
    try:
        whole = timed(lambda: _receive(intake, bodies))
        with engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(sa.select(matter).order_by(matter.c.seq)).mappings()]
        _empty(engine)
        bare = timed(lambda: _insert(engine, rows))
    finally:
        storage.close()
        engine.dispose()
    return whole, bare


def _receive(intake: Intake, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        answers = intake.receive(TERMINAL, batch.decode(body))
        assert all(reply.outcome == "filed" for reply in answers.replies)


def _insert(engine: sa.Engine, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        with engine.begin() as connection:
            connection.execute(sa.insert(matter), rows[start : start + AT_ONCE])


def _empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.text(f'TRUNCATE "{table.name}"'))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CHECKPOINT"))
