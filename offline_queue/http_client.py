"""HTTP to the centre: signed, bounded in time and size, and every way it can fail as a :class:`Failure`."""

import json
import re
import secrets
import ssl
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any, Final, Protocol

import httpcore
import httpx

from offline_queue import http_signature
from offline_queue.clock import Stamp, system_stamp
from offline_queue.http_signature import NONCE_BYTES
from offline_queue.retry import Failure, FailureKind
from offline_queue.suites import SigningKey
from offline_queue.transport import TransportFailed

ANSWER_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 3.0
"""Seconds for each step on the wire."""
WHOLE_ANSWER: Final = 30.0
"""Seconds for a whole answer, however it trickles."""
LARGEST_ANSWER: Final = 16 << 20
PROBLEM: Final = "application/problem+json"
_KIND: Final = re.compile(r"[a-z-]{1,32}\Z")


class Identity(Protocol):
    """Who this terminal is to the centre."""

    @property
    def key(self) -> SigningKey: ...

    @property
    def key_id(self) -> str: ...


class Signature(httpx.Auth):
    """Signs every request as ``identity`` has it at that moment; with ``None`` it goes unsigned."""

    requires_request_body = True

    def __init__(
        self,
        identity: Callable[[], Identity | None],
        stamp: Stamp = system_stamp,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._identity = identity
        self._stamp = stamp
        self._wall = wall

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if identity := self._identity():
            path, _, query = request.url.raw_path.decode("ascii").partition("?")
            parts = http_signature.Request(request.method, path, query, request.content)
            nonce = secrets.token_bytes(NONCE_BYTES)
            clock = self._stamp(self._wall())
            request.headers.update(http_signature.sign(parts, identity.key, identity.key_id, clock, nonce))
        yield request


def open_client(
    base_url: str,
    signature: httpx.Auth | None = None,
    verify: ssl.SSLContext | None = None,
    *,
    seconds: float = ANSWER_SECONDS,
    whole: float = WHOLE_ANSWER,
) -> httpx.Client:
    """``seconds`` for each step, ``whole`` for an answer. ``trust_env`` is off: a proxy variable of the shell must not
    lead a terminal's traffic elsewhere."""
    return httpx.Client(
        base_url=base_url,
        auth=signature,
        headers={"User-Agent": "kiosk"},
        timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        transport=_BoundedTransport(verify or ssl.create_default_context(), whole),
        trust_env=False,
    )


def exchange(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send and read the whole answer, bounded in time and size. Raises :class:`TransportFailed`."""
    try:
        response = client.send(request, stream=True)
        try:
            content = _whole(response)
        finally:
            response.close()
    except httpx.HTTPError as error:
        raise TransportFailed(_line_failure(error)) from None
    return httpx.Response(response.status_code, headers=_plain(response.headers), content=content, request=request)


def failure(response: httpx.Response) -> Failure:
    """What a status other than 2xx means to a sender (RFC 9110; 429: RFC 6585).

    Only the centre itself, which says so in its own form, can reject what was sent: a login page of the line or a
    wrong address answers 4xx to everything.
    """
    code = response.status_code
    detail = f"HTTP {code}"
    by_the_centre = response.headers.get("Content-Type", "").startswith(PROBLEM)
    match code:
        case 401 | 403:
            return Failure(FailureKind.UNAUTHORISED, f"{detail} {_kind_of_problem(response)}".rstrip())
        case 429 | 503:
            return Failure(FailureKind.BUSY, detail, _retry_after(response))
        case 408:
            return Failure(FailureKind.UNANSWERED, detail)
        case 413:
            return Failure(FailureKind.TOO_LARGE, detail)
        case 400 | 409 | 415 | 422 if by_the_centre:
            return Failure(FailureKind.REJECTED, detail)
        case _:
            return Failure(FailureKind.SERVER, detail)


class _BoundedStream(httpcore.NetworkStream):
    """An answer is over within ``whole`` seconds: the time limit of a single read never ends one that trickles."""

    def __init__(self, stream: httpcore.NetworkStream, whole: float) -> None:
        self._stream = stream
        self._whole = whole
        self._until: float | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._whole
        if now >= self._until:
            raise httpcore.ReadTimeout("answer too slow")
        left = self._until - now
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._until = None
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._whole)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedNetwork(httpcore.SyncBackend):
    def __init__(self, whole: float) -> None:
        super().__init__()
        self._whole = whole

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _BoundedStream(stream, self._whole)


class _BoundedTransport(httpx.HTTPTransport):
    def __init__(self, verify: ssl.SSLContext, whole: float) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._pool = httpcore.ConnectionPool(ssl_context=verify, network_backend=_BoundedNetwork(whole))


# An end in the middle of a handshake is the line's fault, not a stranger's.
_CUT: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


def _line_failure(error: httpx.HTTPError) -> Failure:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Failure(FailureKind.INSECURE, cause.verify_message)
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, _CUT):
            return Failure(FailureKind.INSECURE, cause.reason or type(cause).__name__)
    before = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
    return Failure(FailureKind.NETWORK if before else FailureKind.UNANSWERED, type(error).__name__)


def _causes(error: BaseException) -> Generator[BaseException]:
    cause: BaseException | None = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _kind_of_problem(response: httpx.Response) -> str:
    """The last word of the problem's type (RFC 9457), as in ``unknown-key``; empty when there is none."""
    try:
        found = _KIND.search(json.loads(response.content)["type"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return found[0] if found else ""


def _retry_after(response: httpx.Response) -> float:
    """Seconds; the form with a date would trust two clocks and counts as absent."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0.0


def _whole(response: httpx.Response) -> bytes:
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise httpx.ReadError("answer too long")
    return bytes(content)


def _plain(headers: httpx.Headers) -> httpx.Headers:
    """Of the content as it is now: decoded."""
    return httpx.Headers([(name, value) for name, value in headers.items() if name != "content-encoding"])
