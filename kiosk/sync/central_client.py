"""What a terminal asks of the centre besides filing."""

from dataclasses import dataclass
from typing import Final, Protocol

import httpx

from offline_queue.http_client import exchange, failure
from offline_queue.transport import TransportFailed

_DELTA: Final = "kiosk-lines"
"""Name of the way in which news are told (RFC 3229)."""


@dataclass(frozen=True, repr=False)
class Fetched:
    content: bytes
    etag: str
    is_delta: bool = False
    """Only what is new since the one that was named."""


class CentralClient(Protocol):
    def catalogue(self, etag: str) -> Fetched | None:
        """``None`` when the one with ``etag`` is still the newest; whole when that is empty. Raises
        ``TransportFailed``."""
        ...


class HttpCentralClient:
    """Implements :class:`CentralClient`; ``client`` signs its requests."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def catalogue(self, etag: str) -> Fetched | None:
        headers = {"If-None-Match": etag, "A-IM": _DELTA} if etag else {}
        response = exchange(self._client, self._client.build_request("GET", "/v1/catalogue", headers=headers))
        if response.status_code == httpx.codes.NOT_MODIFIED.value:
            return None
        if not response.is_success:
            raise TransportFailed(failure(response))
        is_delta = response.status_code == httpx.codes.IM_USED.value and response.headers.get("IM") == _DELTA
        return Fetched(response.content, response.headers.get("ETag", ""), is_delta)
