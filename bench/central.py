"""What the centre takes in on PostgreSQL, each commit on the disk, against nothing but inserting the same rows."""

import gc
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from uuid6 import uuid7

from bench.figures import ROUNDS, Figure, timed
from central.casework.service import Casework
from central.fanout.outgoing import Outgoing
from central.intake import Intake
from central.sealing import Sealer
from central.simulate import machine
from central.storage.database import Storage
from central.storage.statements import Bulk
from central.storage.tables import matter, metadata
from offline_queue import batch, suites
from offline_queue import envelope as wire
from offline_queue.envelope import Created, Envelope
from tests.central.postgres import Cluster, cluster

TERMINAL: Final = "GD440100"
WARM_UP: Final = "GD440199"
"""Files before the clock runs: a centre that is up has its connections and its statements."""
BACKLOG: Final = 10_000
AT_ONCE: Final = 100
ITEM: Final = "application"
"""Filed for a department to decide: no certificate is made of it at once."""
CREATED: Final = Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=True)


def ingest() -> Iterator[Figure]:
    """A terminal's backlog after an outage: 1 KB each, 100 at once, from the bytes as they arrive to the answer."""
    bodies = backlog(TERMINAL, BACKLOG)
    gc.freeze()  # as the server does, which has less loaded than this program
    with cluster(durable=True) as server:
        rounds = [_round(server, number, bodies) for number in range(ROUNDS)]
    ours = BACKLOG / statistics.median(whole.seconds for whole, _ in rounds)
    core = BACKLOG / statistics.median(whole.processor for whole, _ in rounds)
    for name in BARE:
        bare = BACKLOG / statistics.median(costs[name].seconds for _, costs in rounds)
        ratio = statistics.median(costs[name].seconds / whole.seconds for whole, costs in rounds)
        a_core = statistics.median(costs[name].processor / whole.processor for whole, costs in rounds)
        against = f"{ratio:.2f} of {name} ({bare:,.0f}/s); {a_core:.2f} by a busy core"
        yield Figure("backlog to the centre", f"{ours:,.0f}/s; {core:,.0f}/s by a busy core", against)


def backlog(terminal: str, count: int) -> list[bytes]:
    """Bodies of batches, signed."""
    key = suites.generate()
    envelopes: list[Envelope] = []
    for seq in range(1, count + 1):
        previous = wire.digest(envelopes[-1]) if envelopes else ""
        envelopes.append(_envelope(terminal, seq, previous))
    return [batch.encode(envelopes[start : start + AT_ONCE], key) for start in range(0, count, AT_ONCE)]


def _envelope(terminal: str, seq: int, previous: str) -> Envelope:
    matter_id = str(uuid7())
    return Envelope(
        id=matter_id,
        terminal=terminal,
        epoch=1,
        seq=seq,
        reference=wire.reference(terminal, 1, seq),
        case=matter_id,
        item=ITEM,
        item_version=1,
        created=CREATED,
        payload=payload(seq),
        previous=previous,
    )


def payload(seq: int) -> dict[str, Any]:
    """About 1 KB, of which packing takes off no more than half."""
    return {"person": {"number": f"{seq:018d}", "name": secrets.token_hex(450)}}


@dataclass(frozen=True)
class Cost:
    seconds: float
    processor: float
    """Seconds that cores were busy with it: here, in the centre if it is another process, and in PostgreSQL."""


def cost(server: Cluster, job: Callable[[], object], centre: int | None = None) -> Cost:
    """``centre``: its process, if that is another; then this one only waits for others."""
    before = _busy(server, centre)
    seconds = timed(job)
    return Cost(seconds, _busy(server, centre) - before)


def _busy(server: Cluster, centre: int | None) -> float:
    postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
    ours = machine.processor_seconds(centre) if centre else time.process_time()
    return ours + machine.processor_seconds(postmaster)


def _round(server: Cluster, number: int, bodies: Sequence[bytes]) -> tuple[Cost, dict[str, Cost]]:
    """Of the whole way, and of each bare way, by its name."""
    url = server.create(f"round_{number}")
    storage = Storage(url)
    opening = Casework.build(storage, bytes(32), dict, Outgoing(), time.time).opening
    intake = Intake(storage, Sealer(bytes(32)), {ITEM}, lambda _terminal, _digests: (), opening)
    engine = sa.create_engine(url)
    try:
        _receive(intake, WARM_UP, backlog(WARM_UP, 10 * AT_ONCE))
        whole = cost(server, lambda: _receive(intake, TERMINAL, bodies))
        rows = _rows(engine, TERMINAL)
        return whole, {name: _bare(server, engine, insert, rows) for name, insert in BARE.items()}
    finally:
        storage.close()
        engine.dispose()


def _receive(intake: Intake, terminal: str, bodies: Sequence[bytes]) -> None:
    for body in bodies:
        answers = intake.receive(terminal, batch.decode(body))
        assert all(reply.outcome == "filed" for reply in answers.replies)


def bulk_insert(server: Cluster, engine: sa.Engine, terminal: str) -> Cost:
    """Of the rows of this terminal. The tables hold nothing else afterwards."""
    return _bare(server, engine, _insert, _rows(engine, terminal))


def _rows(engine: sa.Engine, terminal: str) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        mine = sa.select(matter).where(matter.c.terminal == terminal).order_by(matter.c.seq)
        return [dict(row) for row in connection.execute(mine).mappings()]


def _bare(server: Cluster, engine: sa.Engine, insert: "Insert", rows: Sequence[dict[str, Any]]) -> Cost:
    _empty(engine)
    return cost(server, lambda: insert(engine, rows))


def _insert(engine: sa.Engine, rows: Sequence[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.insert(matter), rows)


def _insert_by_hundreds(engine: sa.Engine, rows: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        _insert(engine, rows[start : start + AT_ONCE])


def _copy(engine: sa.Engine, rows: Sequence[dict[str, Any]]) -> None:
    with engine.begin() as connection:
        Bulk(matter).add(connection, [tuple(row.values()) for row in rows])


Insert = Callable[[sa.Engine, Sequence[dict[str, Any]]], None]
BARE: Final[dict[str, Insert]] = {
    "a bulk insert of its rows: executemany, one transaction": _insert,
    "the same in transactions of 100, as the centre has them": _insert_by_hundreds,
    "COPY of them in one transaction": _copy,
}
"""What an engineer would write who has the rows: the second has as many commits as the centre."""


def _empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.text(f'TRUNCATE "{table.name}"'))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CHECKPOINT"))
