"""Signed requests of many terminals over HTTP, measured."""

import gzip
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import aiohttp

from offline_queue import http_signature
from offline_queue.envelope import Created
from offline_queue.http_signature import NONCE_BYTES
from offline_queue.retry import Failure, FailureKind
from offline_queue.suites import SigningKey

ANSWER_SECONDS: Final = 10.0
"""As a terminal waits."""
_BOOT: Final = "51111111-0000-4000-8000-000000000000"
_BUSY: Final = (429, 503)


class Failed(Exception):
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.kind)
        self.failure = failure


@dataclass
class Measured:
    seconds: dict[str, list[float]] = field(default_factory=dict[str, list[float]])
    """Of each answer, by what was asked."""
    failures: "Counter[str]" = field(default_factory=Counter[str])
    """By what was asked and what went wrong."""
    signing: float = 0.0
    """Seconds of this process's CPU for the terminals' signatures, of requests alone."""


@dataclass(frozen=True)
class Signer:
    key: SigningKey
    key_id: str

    def headers(self, path: str, content: bytes) -> Mapping[str, str]:
        request = http_signature.Request("POST", path, "", content)
        clock = Created(time.time(), time.monotonic(), _BOOT, trusted=True)
        return http_signature.sign(request, self.key, self.key_id, clock, secrets.token_bytes(NONCE_BYTES))


class Line:
    def __init__(self, workers: Sequence[str]) -> None:
        """``workers``: URLs of one centre; a terminal stays with its own."""
        self.measured = Measured()
        self._workers = [url.rstrip("/") for url in workers]
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # each terminal makes a connection for what it has to say and keeps none; nobody waits for another's
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=ANSWER_SECONDS)
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def post(self, index: int, signer: Signer, path: str, content: bytes, kind: str, what: str) -> dict[str, Any]:
        """``kind`` is a media type; ``what`` names it in the figures. Raises :class:`Failed`."""
        packed, headers = _packed(content, kind)
        began = time.thread_time()
        headers |= signer.headers(path, packed)
        self.measured.signing += time.thread_time() - began
        try:
            return await self._ask(self._workers[index % len(self._workers)] + path, packed, headers, what)
        except Failed as error:
            self.measured.failures[f"{what}: {error.failure.detail}"] += 1
            raise

    async def _ask(self, url: str, content: bytes, headers: Mapping[str, str], what: str) -> dict[str, Any]:
        assert self._session, "not entered"  # noqa: S101
        began = time.monotonic()
        try:
            async with self._session.post(url, data=content, headers=headers) as response:
                answer = await response.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Failed(Failure(FailureKind.UNANSWERED, type(error).__name__)) from None
        if response.status in _BUSY:
            after = float(response.headers.get("Retry-After", "0"))
            raise Failed(Failure(FailureKind.BUSY, f"HTTP {response.status}", after))
        if response.status != 200:
            raise Failed(Failure(FailureKind.SERVER, f"HTTP {response.status}"))
        self.measured.seconds.setdefault(what, []).append(time.monotonic() - began)
        return answer


def _packed(content: bytes, kind: str) -> tuple[bytes, dict[str, str]]:
    if kind == "application/x-ndjson":
        return gzip.compress(content, compresslevel=6, mtime=0), {"Content-Type": kind, "Content-Encoding": "gzip"}
    return content, {"Content-Type": kind}
