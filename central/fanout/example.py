"""What a department's program looks like that listens: an example to start from, and what the tests listen with.

A message may come twice: after the broker, the program or the line between them failed at the wrong moment. So its id
is kept in the same transaction as its effect, and the second time nothing happens. One message at a time keeps the
order; whoever needs more speed takes many at once and lets an older ``version`` of a case never overwrite a newer one.
"""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from central.fanout.broker import STREAM, connected

_TABLES: Final = """
    CREATE TABLE IF NOT EXISTS told (id TEXT PRIMARY KEY);
    CREATE TABLE IF NOT EXISTS effect (n INTEGER PRIMARY KEY, reference TEXT, kind TEXT, state TEXT, version INTEGER);
"""


class Inbox:
    """The department's own database."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._connect()) as connection:
            connection.executescript(_TABLES)

    def take(self, body: bytes) -> bool:
        """Whether it had an effect: the first time, and on the disk when this returns."""
        event: dict[str, Any] = json.loads(body)
        with closing(self._connect()) as connection, connection:
            new = connection.execute("INSERT INTO told VALUES (?) ON CONFLICT DO NOTHING", [event["id"]]).rowcount
            if new:
                values = [event[name] for name in ("reference", "kind", "state", "version")]
                connection.execute("INSERT INTO effect (reference, kind, state, version) VALUES (?, ?, ?, ?)", values)
        return bool(new)

    def effects(self) -> list[tuple[str, str, str, int]]:
        """Reference, kind, state and version, in the order they were taken."""
        with closing(self._connect()) as connection:
            return list(connection.execute("SELECT reference, kind, state, version FROM effect ORDER BY n"))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file)


async def listen(server: str, subject: str, durable: str, inbox: Inbox, is_enough: Callable[[], bool]) -> None:
    """``subject`` as in ``matters.public-security.>``; the broker remembers under ``durable`` how far it got.

    Raises ``nats.errors.Error``: begin again, nothing is lost.
    """
    client = await connected([server])
    try:
        config = ConsumerConfig(durable_name=durable, filter_subject=subject, max_ack_pending=1)
        consumer = await JetStreamContext(client).pull_subscribe(subject, durable, stream=STREAM, config=config)
        while not is_enough():
            try:
                (received,) = await consumer.fetch(1, timeout=1)
            except TimeoutError:
                continue
            inbox.take(received.data)
            await received.ack_sync()
    finally:
        await client.close()
