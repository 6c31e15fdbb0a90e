"""The transport over HTTP, as ``docs/sync-protocol.md`` has it."""

import base64
import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import httpx
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from offline_queue import batch
from offline_queue.clock import skew
from offline_queue.contract import Answer, Receipt
from offline_queue.envelope import Envelope, canonical
from offline_queue.hashing import Suite
from offline_queue.http_client import Identity, exchange, failure
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import Answered, Copy, Progress, Standing, TransportFailed, Verdict

_WORTH_COMPRESSING: Final = 1024
"""Bytes: less fits into one packet anyway."""
_NDJSON: Final = {"Content-Type": "application/x-ndjson"}
_PIECE: Final = {"Content-Type": "application/offset+octet-stream"}
T = TypeVar("T", bound=BaseModel)


class Reply(BaseModel):
    """Fields unknown here are of a newer centre and do no harm."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, allow_inf_nan=False)


def _keepable(result: dict[str, Any]) -> dict[str, Any]:
    """Raises ``ValueError`` for what gets through a JSON reader, such as infinity, and could not be written down."""
    canonical(result)
    return result


class _Filed(Reply):
    outcome: Literal["filed"]
    id: str
    number: str = Field(min_length=1)
    result: Annotated[dict[str, Any], AfterValidator(_keepable)] = Field(default_factory=dict)


class _Refused(Reply):
    outcome: Literal["refused"]
    id: str
    rule: str = Field(min_length=1)
    remedy: dict[str, str] = Field(default_factory=dict)


class _Later(Reply):
    outcome: Literal["later"]
    id: str
    retry_after: float = Field(default=0.0, ge=0)
    missing: tuple[str, ...] = ()


class _Rejected(Reply):
    outcome: Literal["rejected"]
    position: int
    detail: str = ""


_AnyReply = Annotated[_Filed | _Refused | _Later | _Rejected, Field(discriminator="outcome")]


class _Replies(Reply):
    limit: int = batch.MOST
    answers: list[_AnyReply]


class _Progress(Reply):
    offset: int = Field(ge=0)
    complete: bool


class _Settled(Reply):
    epoch: int
    count: int


class _Standing(Reply):
    time: float
    settled: _Settled
    not_after: float


class _Unknown(Reply):
    unknown: frozenset[str]


class HttpTransport:
    """Implements :class:`offline_queue.transport.Transport`.

    ``client`` signs its requests; ``identity`` signs the batches, and says nothing before the terminal is enrolled.
    """

    def __init__(
        self,
        client: httpx.Client,
        identity: Callable[[], Identity | None],
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._identity = identity
        self._wall = wall

    def submit(self, envelopes: Sequence[Envelope]) -> Answered:
        identity = self._identity()
        if identity is None:
            raise TransportFailed(Failure(FailureKind.UNAUTHORISED, "not enrolled"))
        content, headers = _compressed(batch.encode(envelopes, identity.key))
        started = time.monotonic()
        response = self._ask("POST", "/v1/submissions", content=content, headers=_NDJSON | headers)
        replies = read(_Replies, response)
        ids = [envelope.id for envelope in envelopes]
        verdicts = tuple(_verdict(reply, ids) for reply in replies.answers)
        return Answered(verdicts, replies.limit, time.monotonic() - started)

    def progress(self, digest: str, suite: Suite) -> Progress:
        found = read(_Progress, self._ask("GET", f"/v1/attachments/{digest}", headers=_of_suite(suite)))
        return Progress(found.offset, found.complete)

    def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:
        headers = {"Upload-Offset": str(offset), "Upload-Length": str(length), **_PIECE, **_of_suite(suite)}
        request = self._client.build_request("PATCH", f"/v1/attachments/{digest}", content=chunk, headers=headers)
        response = exchange(self._client, request)
        wanted = response.headers.get("Upload-Offset", "")
        if response.is_success or response.status_code == httpx.codes.CONFLICT.value:
            if not (wanted.isascii() and wanted.isdigit()):
                raise TransportFailed(Failure(FailureKind.SERVER, "unreadable answer"))
            return int(wanted)
        if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY.value:
            return 0
        raise TransportFailed(failure(response))

    def standing(self, epoch: int | None = None) -> Standing:
        started = time.monotonic()
        response = self._ask("GET", "/v1/terminal", params={} if epoch is None else {"epoch": epoch})
        wall, taken = self._wall(), time.monotonic() - started
        found = read(_Standing, response)
        ahead = skew(found.time, wall, taken)
        return Standing(found.settled.epoch, found.settled.count, found.not_after, ahead)

    def unknown(self, receipts: Sequence[Receipt]) -> frozenset[str]:
        offered = [{"id": receipt.id, "digest": receipt.digest} for receipt in receipts]
        return read(_Unknown, self._ask("POST", "/v1/receipts", json={"receipts": offered})).unknown

    def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
        lines = [
            {"id": copy.id, "digest": copy.digest, "sealed": base64.b64encode(copy.sealed).decode()} for copy in copies
        ]
        content = "".join(json.dumps(line) + "\n" for line in lines).encode()
        replies = read(_Replies, self._ask("POST", "/v1/receipts/content", content=content, headers=_NDJSON))
        ids = [copy.id for copy in copies]
        return {verdict.id: verdict for verdict in (_verdict(reply, ids) for reply in replies.answers)}

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        response = exchange(self._client, self._client.build_request(method, path, **content))
        if not response.is_success:
            raise TransportFailed(failure(response))
        return response


def read(kind: type[T], response: httpx.Response) -> T:
    """Raises :class:`TransportFailed`, without the content."""
    try:
        return kind.model_validate_json(response.content)
    except ValidationError:
        raise TransportFailed(Failure(FailureKind.SERVER, "unreadable answer")) from None


def _compressed(body: bytes) -> tuple[bytes, dict[str, str]]:
    if len(body) < _WORTH_COMPRESSING:
        return body, {}
    return gzip.compress(body, compresslevel=6, mtime=0), {"Content-Encoding": "gzip"}


def _of_suite(suite: Suite) -> dict[str, str]:
    return {} if suite == "standard" else {"Kiosk-Suite": suite}


def _verdict(reply: _Filed | _Refused | _Later | _Rejected, ids: Sequence[str]) -> Verdict:
    match reply:
        case _Filed():
            return Verdict(reply.id, "filed", Answer(number=reply.number, result=reply.result))
        case _Refused():
            return Verdict(reply.id, "refused", Answer(rule=reply.rule, remedy=reply.remedy))
        case _Later():
            return Verdict(reply.id, "later", retry_after=reply.retry_after, missing=reply.missing)
        case _Rejected(position=position):
            return Verdict(ids[position] if 0 <= position < len(ids) else "", "rejected", detail=reply.detail)
