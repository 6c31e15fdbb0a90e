"""The reference central platform as an ASGI application."""

import hmac
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, cast

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from central import numbers, problems
from central.intake import Intake
from central.problems import Problem
from central.publishing import Edition, publish
from central.sealing import Sealer
from central.settings import Secrets, Settings
from central.storage import Storage
from offline_queue import envelope as wire
from offline_queue.envelope import BadEnvelope, Envelope

MAX_BATCH: Final = 100
MAX_BODY: Final = 1 << 20


@dataclass(frozen=True, repr=False)
class Centre:
    """What the routes share."""

    token: bytes
    storage: Storage
    intake: Intake
    edition: Edition


class MatterView(BaseModel):
    """What anybody with the number may know: nothing personal."""

    reference: str
    number: str | None
    state: Literal["filed", "refused"]
    item: str
    title: dict[str, str]
    terminal: str
    created_at: datetime
    created_at_trusted: bool
    received_at: datetime
    rule: str
    remedy: str
    rating: int | None


class Health(BaseModel):
    status: Literal["ok"]
    catalogue_version: int
    time: datetime


def create_app(settings: Settings) -> FastAPI:
    """Keys, token and database are made in ``settings.data`` when the server starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        app.state.centre = _open(settings)
        try:
            yield
        finally:
            _centre(app).storage.close()

    app = FastAPI(title="Central platform", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    problems.install(app)
    app.include_router(_public)
    app.include_router(_for_terminals)
    return app


def _open(settings: Settings) -> Centre:
    secrets = Secrets.load_or_create(settings.data)
    edition = publish(settings.catalogue, secrets.signing_key)
    storage = Storage(settings.database)
    intake = Intake(storage, Sealer(secrets.storage_key), frozenset(edition.titles))
    return Centre(secrets.token.encode(), storage, intake, edition)


def _centre(app: FastAPI) -> Centre:
    return cast("Centre", app.state.centre)


def _shared(request: Request) -> Centre:
    return _centre(request.app)


def _authorised(request: Request, centre: Annotated[Centre, Depends(_shared)]) -> None:
    given = request.headers.get("Authorization", "").encode("latin-1")
    if not hmac.compare_digest(given, b"Bearer " + centre.token):
        raise Problem(401, "No valid terminal token.", "Send 'Authorization: Bearer <content of terminal.token>'.")


Shared = Annotated[Centre, Depends(_shared)]
_public = APIRouter(prefix="/v1")
_for_terminals = APIRouter(prefix="/v1", dependencies=[Depends(_authorised)])

_SUBMISSION_DOC: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Envelopes as in offline_queue.envelope, in order of their sequence.",
        "content": {"application/json": {"schema": {"type": "array", "maxItems": MAX_BATCH}}},
    }
}


@_public.get("/health")
def health(centre: Shared) -> Health:
    return Health(status="ok", catalogue_version=centre.edition.version, time=datetime.now(UTC))


@_for_terminals.post("/submissions", openapi_extra=_SUBMISSION_DOC)
async def submit(request: Request, centre: Shared) -> dict[str, list[dict[str, Any]]]:
    """Idempotent by terminal and id; one answer an envelope, in the same order."""
    envelopes = _envelopes(await _body(request))
    replies = await run_in_threadpool(centre.intake.receive, envelopes)
    return {"answers": [reply.as_json() for reply in replies]}


@_for_terminals.get("/matters/{key}")
def look_up(key: str, centre: Shared) -> MatterView:
    """By the reference of a receipt or by the acceptance number."""
    key = key.strip().upper()
    if not (wire.reference_is_valid(key) or numbers.is_acceptance_number(key)):
        raise Problem(404, "No such number: its check character does not fit.", "Compare it with the receipt.")
    with centre.storage.transaction() as transaction:
        matter = transaction.look_up(key)
    if matter is None:
        raise Problem(404, "Nothing has arrived under this number.", "The terminal may still be offline: ask again.")
    return MatterView(
        reference=matter.reference,
        number=matter.number,
        state=matter.state,
        item=matter.item,
        title=centre.edition.titles.get(matter.item, {}),
        terminal=matter.terminal,
        created_at=datetime.fromtimestamp(matter.created_wall, UTC),
        created_at_trusted=bool(matter.clock_trusted),
        received_at=datetime.fromtimestamp(matter.received_at, UTC),
        rule=matter.rule,
        remedy=matter.remedy,
        rating=matter.stars,
    )


@_for_terminals.get("/catalogue", response_class=Response)
def catalogue(centre: Shared, if_none_match: Annotated[str, Header()] = "") -> Response:
    """The signed catalogue; 304 when ``If-None-Match`` names this edition."""
    headers = {"ETag": centre.edition.etag, "Cache-Control": "no-cache"}
    if centre.edition.etag in (tag.strip() for tag in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(centre.edition.document, headers=headers, media_type="application/json")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Problem(413, f"The body is larger than {MAX_BODY} bytes.", "Send fewer envelopes at once.")
    return bytes(body)


def _envelopes(body: bytes) -> list[Envelope]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "The body is no JSON.", "Send a JSON list of envelopes.") from None
    if not isinstance(values, list):
        raise Problem(422, "The body is no list.", "Send a JSON list of envelopes.")
    envelopes = cast("list[object]", values)
    if len(envelopes) > MAX_BATCH:
        raise Problem(413, f"More than {MAX_BATCH} envelopes.", "Send fewer at once.")
    return [_envelope(position, value) for position, value in enumerate(envelopes)]


def _envelope(position: int, value: object) -> Envelope:
    try:
        return wire.from_fields(value)
    except BadEnvelope as error:
        remedy = "Send the others without it; offline_queue.envelope says what belongs in one."
        raise Problem(422, f"Element {position} is no envelope of a known version ({error}).", remedy) from None
