"""How much of each file has come. The files themselves lie beside the database."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.statements import insert
from central.storage.tables import attachment
from offline_queue.hashing import Suite


@dataclass(frozen=True)
class Upload:
    """A row of ``attachment``: one terminal's file, named by its digest."""

    terminal: str
    digest: str
    suite: Suite
    size: int
    """Bytes it will have."""
    received: int
    """Bytes that are here."""
    complete: bool
    """All bytes are here, and the digest is theirs."""
    changed_at: float
    """Seconds since 1970."""


class Attachments:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, terminal: str, digest: str) -> Upload | None:
        this = sa.select(attachment).where(attachment.c.terminal == terminal, attachment.c.digest == digest)
        row = self._connection.execute(this).one_or_none()
        return Upload(*row) if row else None

    def put(self, upload: Upload) -> None:
        """Also in place of what is known of it."""
        changes = {name: value for name, value in vars(upload).items() if name not in ("terminal", "digest")}
        new = insert(self._connection, attachment).values(vars(upload))
        keys = [attachment.c.terminal, attachment.c.digest]
        self._connection.execute(new.on_conflict_do_update(index_elements=keys, set_=changes))

    def complete(self, terminal: str, digests: Collection[str]) -> set[str]:
        """Those that are all here."""
        if not digests:
            return set()
        whole = sa.select(attachment.c.digest).where(
            attachment.c.terminal == terminal, attachment.c.digest.in_(digests), attachment.c.complete
        )
        return set(self._connection.execute(whole).scalars())
