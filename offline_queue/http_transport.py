"""The transport over HTTP: ``POST /v1/submissions`` with a JSON list of envelopes."""

import ssl
import time
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

import httpx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from offline_queue import envelope as wire
from offline_queue.contract import Answer
from offline_queue.envelope import Envelope
from offline_queue.retry import Failure, FailureKind
from offline_queue.sync import TransportFailed, Verdict

ANSWER_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 3.0
"""Seconds for each step on the wire."""
WHOLE_ANSWER: Final = 30.0
"""Seconds for a whole answer, however it trickles."""
LARGEST_ANSWER: Final = 16 << 20


class _Reply(BaseModel):
    """Fields unknown here are of a newer centre and do no harm."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Filed(_Reply):
    outcome: Literal["filed"]
    id: str
    number: str = Field(min_length=1)
    result: dict[str, Any] = Field(default_factory=dict)


class _Refused(_Reply):
    outcome: Literal["refused"]
    id: str
    rule: str = Field(min_length=1)
    remedy: str = ""


class _Later(_Reply):
    outcome: Literal["later"]
    id: str
    retry_after: float = Field(default=0.0, ge=0)


_AnyReply = Annotated[_Filed | _Refused | _Later, Field(discriminator="outcome")]


class _Replies(_Reply):
    answers: list[_AnyReply]


_replies = TypeAdapter(_Replies)


def open_client(
    base_url: str, token: str, verify: ssl.SSLContext | bool = True, *, seconds: float = ANSWER_SECONDS
) -> httpx.Client:
    """``trust_env`` is off: a proxy variable of the shell must not lead a terminal's traffic elsewhere."""
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "kiosk"}
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
    return httpx.Client(base_url=base_url, headers=headers, timeout=timeout, verify=verify, trust_env=False)


def exchange(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """Send and read the whole answer, bounded in time and size. Raises :class:`TransportFailed`."""
    try:
        response = client.send(request, stream=True)
        try:
            content = _whole(response)
        finally:
            response.close()
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise TransportFailed(Failure(FailureKind.NETWORK, type(error).__name__)) from None
    except httpx.HTTPError as error:
        raise TransportFailed(Failure(FailureKind.UNANSWERED, type(error).__name__)) from None
    return httpx.Response(response.status_code, headers=_plain(response.headers), content=content, request=request)


class HttpTransport:
    """Implements :class:`offline_queue.sync.Transport`."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def submit(self, envelopes: Sequence[Envelope]) -> Sequence[Verdict]:
        body = b"[" + b",".join(wire.encode(envelope) for envelope in envelopes) + b"]"
        headers = {"Content-Type": "application/json"}
        response = exchange(
            self._client, self._client.build_request("POST", "/v1/submissions", content=body, headers=headers)
        )
        if not response.is_success:
            raise TransportFailed(failure(response))
        try:
            return [_verdict(reply) for reply in _replies.validate_json(response.content).answers]
        except ValidationError:
            raise TransportFailed(Failure(FailureKind.SERVER, "unreadable answer")) from None

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def failure(response: httpx.Response) -> Failure:
    """What a status other than 2xx means to a sender (RFC 9110; 429: RFC 6585)."""
    code = response.status_code
    detail = f"HTTP {code}"
    match code:
        case 401 | 403:
            return Failure(FailureKind.UNAUTHORISED, detail)
        case 429 | 503:
            return Failure(FailureKind.BUSY, detail, _retry_after(response))
        case 408:
            return Failure(FailureKind.UNANSWERED, detail)
        case _ if 400 <= code < 500:
            return Failure(FailureKind.REJECTED, detail)
        case _:
            return Failure(FailureKind.SERVER, detail)


def _retry_after(response: httpx.Response) -> float:
    """Seconds; the form with a date would trust two clocks and counts as absent."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0.0


def _whole(response: httpx.Response) -> bytes:
    deadline = time.monotonic() + WHOLE_ANSWER
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER or time.monotonic() > deadline:
            raise httpx.ReadError("answer too long")
    return bytes(content)


def _plain(headers: httpx.Headers) -> httpx.Headers:
    """Of the content as it is now: decoded."""
    return httpx.Headers([(name, value) for name, value in headers.items() if name != "content-encoding"])


def _verdict(reply: _Filed | _Refused | _Later) -> Verdict:
    match reply:
        case _Filed():
            return Verdict(reply.id, "filed", Answer(number=reply.number, result=reply.result))
        case _Refused():
            return Verdict(reply.id, "refused", Answer(rule=reply.rule, remedy=reply.remedy))
        case _Later():
            return Verdict(reply.id, "later", retry_after=reply.retry_after)
