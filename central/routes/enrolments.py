"""How a terminal becomes known, and stays it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Centre, Shared
from central.enrolment import TERMINAL_NAME, Denied, Enrolled
from central.neighbours import is_neighbour
from central.problems import Problem
from central.signed import SMALL, Caller, Signed, check_holder
from central.staff.access import public
from offline_queue import suites
from offline_queue.crypto_errors import BadKey, GmUnavailable
from offline_queue.hashing import Suite

PublicKey = Annotated[str, Field(min_length=1, max_length=4096, description="PEM, SubjectPublicKeyInfo")]
AsTerminal = Annotated[Caller, Depends(Signed(ended=True))]
router = APIRouter(prefix="/v1/enrolments")


class EnrolmentRequest(BaseModel):
    terminal: str = Field(pattern=TERMINAL_NAME)
    code: str = Field(max_length=128, description="one-time code; empty from a neighbour")
    public_key: PublicKey
    suite: Suite = "standard"


class RenewalRequest(BaseModel):
    public_key: PublicKey


class ReturnRequest(BaseModel):
    public_key: PublicKey
    suite: Suite = "standard"
    voucher: str = Field(max_length=1024, description="as the last enrolment or renewal of this key gave it")


class EnrolmentView(BaseModel):
    """Times in seconds since 1970."""

    terminal: str
    key_id: str
    certificate: str
    """PEM; empty for ``gm``."""
    time: float
    """The centre's clock."""
    not_after: float
    epoch: int
    sealing_key: str
    """PEM."""
    voucher: str
    """To come back with to a centre that has forgotten the key."""


@router.post("", status_code=201, dependencies=[Depends(public)], openapi_extra=bodies.described(EnrolmentRequest))
async def enrol(request: Request, centre: Shared) -> EnrolmentView:
    """By a one-time code; a neighbour of an embedded centre needs none. The same again gets the same answer."""
    asked = bodies.parsed(EnrolmentRequest, await bodies.read(request, SMALL))
    if not asked.code and not (centre.settings.neighbours and _is_neighbour(request)):
        raise _denied("No one-time code was sent.")
    return await run_in_threadpool(_enrol, centre, asked)


@router.post("/renewal", status_code=201, openapi_extra=bodies.described(RenewalRequest))
def renew(caller: AsTerminal, centre: Shared) -> EnrolmentView:
    """The next key, asked for with the one before it, which stays good until its end."""
    asked = bodies.parsed(RenewalRequest, caller.body)
    key = _key(asked.public_key, caller.key.suite)
    try:
        return _view(centre, centre.enrolment.renewed(caller.key, key))
    except Denied as error:
        raise _denied(str(error)) from None


@router.post("/return", status_code=201, dependencies=[Depends(public)], openapi_extra=bodies.described(ReturnRequest))
async def come_back(request: Request, centre: Shared) -> EnrolmentView:
    """With a key that this centre has vouched for and forgotten since, as one restored from a backup has; signed with
    it. One that is known gets what it had."""
    body = await bodies.read(request, SMALL)
    asked = bodies.parsed(ReturnRequest, body)
    key = _key(asked.public_key, asked.suite)
    check_holder(request, body, key)
    return await run_in_threadpool(_returned, centre, asked.voucher, key)


def _returned(centre: Centre, voucher: str, key: suites.VerifyKey) -> EnrolmentView:
    try:
        return _view(centre, centre.enrolment.returned(voucher, key))
    except Denied as error:
        raise _denied(str(error)) from None


def _enrol(centre: Centre, asked: EnrolmentRequest) -> EnrolmentView:
    key = _key(asked.public_key, asked.suite)
    try:
        if asked.code:
            return _view(centre, centre.enrolment.by_code(asked.terminal, asked.code, key))
        return _view(centre, centre.enrolment.by_neighbourhood(asked.terminal, key))
    except Denied as error:
        raise _denied(str(error)) from None


def _is_neighbour(request: Request) -> bool:
    client, server = request.scope["client"], request.scope["server"]
    return bool(client and server) and is_neighbour(tuple(client), tuple(server), request.headers)


def _key(pem: str, suite: Suite) -> suites.VerifyKey:
    try:
        return suites.load_verify_key(pem, suite)
    except BadKey:
        raise Problem(422, f"public_key is no key of suite {suite}.", "Send a PEM public key of that suite.") from None
    except GmUnavailable:
        raise Problem(422, "This centre cannot check gm signatures.", "Ask its operator to install libssl3.") from None


def _view(centre: Centre, enrolled: Enrolled) -> EnrolmentView:
    key = enrolled.key
    return EnrolmentView(
        terminal=key.terminal,
        key_id=key.key_id,
        certificate=key.certificate,
        time=centre.now(),
        not_after=key.not_after,
        epoch=enrolled.epoch,
        sealing_key=centre.secrets.sealing[key.suite].public,
        voucher=enrolled.voucher,
    )


def _denied(detail: str) -> Problem:
    return Problem(403, detail, "Ask the centre's operator for a new one-time code: central enrol TERMINAL.")
