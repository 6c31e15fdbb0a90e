"""How terminals report, and what they are told."""

import asyncio
import time
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool

from central import bodies
from central.centre import Shared
from central.fleet.pacing import LONGEST_WAIT
from central.fleet.wire import (
    LARGEST,
    Acknowledged,
    Called,
    CommandId,
    Commands,
    Heartbeat,
    HelpCall,
    Orders,
    Result,
    SettingsView,
)
from central.problems import Problem, later
from central.signed import Caller, Signed

Terminal = Annotated[Caller, Depends(Signed())]
_ENDING: Final = 10.0
"""Seconds until another answers in its place."""
router = APIRouter(prefix="/v1")


@router.post("/heartbeats", openapi_extra=bodies.described(Heartbeat))
def heartbeat(caller: Annotated[Caller, Depends(Signed(LARGEST))], centre: Shared) -> Orders:
    """How the terminal is; answered with what it should have and do. Safe to send again."""
    beat = bodies.parsed(Heartbeat, caller.body)
    centre.catalogue.look()
    return centre.fleet.contact.heartbeat(caller.terminal, beat, centre.catalogue.number)


@router.get("/commands/next")
async def next_commands(
    request: Request,
    caller: Terminal,
    centre: Shared,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT)] = 0.0,
    after: Annotated[CommandId | None, Query()] = None,
) -> Commands:
    """As soon as there are commands later than ``after``, at the latest after ``wait`` seconds."""
    fleet = centre.fleet
    until = time.monotonic() + wait
    gone = asyncio.ensure_future(request.receive())  # of a request whose body was read: that the client went away
    try:
        with fleet.waiting.turn(caller.terminal) as bell:
            while True:
                bell.clear()  # before the look: what comes during it counts
                found = await run_in_threadpool(fleet.contact.commands, caller.terminal, after or "")
                left = until - time.monotonic()
                if found.commands or left <= 0 or gone.done():
                    return found
                if fleet.waiting.closed:
                    raise later(503, "This worker of the centre is about to end.", _ENDING)
                rung = asyncio.ensure_future(bell.wait())
                await asyncio.wait({rung, gone}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                rung.cancel()
    finally:
        gone.cancel()


@router.post("/commands/{command_id}/result", openapi_extra=bodies.described(Result))
def result(command_id: Annotated[CommandId, Path()], caller: Terminal, centre: Shared) -> Acknowledged:
    """What became of a command. The first end counts."""
    told = bodies.parsed(Result, caller.body)
    state = centre.fleet.contact.result(caller.terminal, command_id, told)
    if state is None:
        raise Problem(404, "The centre gave this terminal no such command.", "Forget it: there is nothing to tell.")
    return Acknowledged.model_validate({"state": state})


@router.get("/configurations/{version}")
def configuration(version: Annotated[int, Path(ge=0, le=2**53)], caller: Terminal, centre: Shared) -> SettingsView:
    """All that the centre sets at this terminal, in that version."""
    settings = centre.fleet.contact.settings(caller.terminal, version)
    if settings is None:
        raise Problem(404, "There is no such version any more.", "Ask for the one the next heartbeat names.")
    return SettingsView(version=version, settings=dict(settings))


@router.post("/help-calls", status_code=201, openapi_extra=bodies.described(HelpCall))
def call_staff(caller: Terminal, centre: Shared) -> Called:
    """Somebody at the terminal asks for staff. The same id is the same work order."""
    call = bodies.parsed(HelpCall, caller.body)
    return Called(order=centre.fleet.contact.call_staff(caller.terminal, call.id, call.topic))
