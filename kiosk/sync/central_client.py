"""What a terminal asks of the centre besides filing."""

from dataclasses import dataclass
from typing import Protocol

import httpx

from offline_queue.http_client import exchange, failure
from offline_queue.transport import TransportFailed


@dataclass(frozen=True, repr=False)
class Fetched:
    document: bytes
    etag: str


class CentralClient(Protocol):
    def catalogue(self, etag: str) -> Fetched | None:
        """``None`` when the one with ``etag`` is still the newest. Raises ``TransportFailed``."""
        ...


class HttpCentralClient:
    """Implements :class:`CentralClient`; ``client`` signs its requests."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def catalogue(self, etag: str) -> Fetched | None:
        headers = {"If-None-Match": etag} if etag else {}
        response = exchange(self._client, self._client.build_request("GET", "/v1/catalogue", headers=headers))
        if response.status_code == httpx.codes.NOT_MODIFIED.value:
            return None
        if not response.is_success:
            raise TransportFailed(failure(response))
        return Fetched(response.content, response.headers.get("ETag", ""))
