"""What is seen of a centre from outside."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from central.files import keep
from central.observe.metrics import Metrics
from central.observe.readiness import Readiness
from central.storage.database import Storage
from central.storage.errors import StorageError

TOKEN_FILE: Final = "metrics.token"  # noqa: S105 - its name
_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, repr=False)
class Watch:
    metrics: Metrics
    readiness: Readiness
    token: str
    """Whoever sends it may read the metrics. Not whoever asks from loopback: behind a proxy on this machine, that is
    everybody."""

    @classmethod
    def open(cls, storage: Storage, data: Path) -> Self:
        """The token is made when there is none. Raises ``OSError``."""
        token = keep(data / TOKEN_FILE, lambda: secrets.token_urlsafe(_TOKEN_BYTES).encode()).decode().strip()
        metrics = Metrics(lambda: _levels(storage))
        storage.count_connections(metrics.connections)
        return cls(metrics, Readiness(storage, data), token)


def _levels(storage: Storage) -> dict[str, float]:
    try:
        with storage.reading() as transaction:
            return {"outbox_letters": transaction.outbox.depth().letters}
    except StorageError:
        return {}
