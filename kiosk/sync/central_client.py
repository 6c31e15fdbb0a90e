"""What a terminal asks of the centre besides filing: is it there, and is there a newer catalogue."""

from dataclasses import dataclass
from typing import Protocol

import httpx

from offline_queue.http_transport import exchange, failure
from offline_queue.sync import TransportFailed

_NOT_MODIFIED = 304


@dataclass(frozen=True, repr=False)
class Fetched:
    document: bytes
    etag: str


class CentralClient(Protocol):
    def health(self) -> None:
        """Return when the centre answered. Raises ``TransportFailed``."""
        ...

    def catalogue(self, etag: str) -> Fetched | None:
        """``None`` when the one with ``etag`` is still the newest. Raises ``TransportFailed``."""
        ...


class HttpCentralClient:
    """Implements :class:`CentralClient`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def health(self) -> None:
        self._get("/v1/health", {})

    def catalogue(self, etag: str) -> Fetched | None:
        response = self._get("/v1/catalogue", {"If-None-Match": etag} if etag else {})
        if response.status_code == _NOT_MODIFIED:
            return None
        return Fetched(response.content, response.headers.get("ETag", ""))

    def _get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        response = exchange(self._client, self._client.build_request("GET", path, headers=headers))
        if not response.is_success and response.status_code != _NOT_MODIFIED:
            raise TransportFailed(failure(response))
        return response
