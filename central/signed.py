"""Who asks: every request of a terminal is signed with its enrolled key (docs/sync-protocol.md)."""

import random
import time
from dataclasses import dataclass
from typing import Final

from anyio import to_thread
from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from central import bodies
from central.centre import Centre, Shared
from central.problems import Problem, later
from central.storage.terminals import TerminalKey
from offline_queue import http_signature, suites
from offline_queue.crypto_errors import BadSignature
from offline_queue.http_signature import BadForm

SMALL: Final = 1 << 16
"""Bytes of a body where little is asked for."""
_COME_AGAIN: Final = (5.0, 15.0)
"""Seconds; not all at once."""
_ENROL: Final = "Enrol the terminal again, with a new one-time code."
_RETURN: Final = "Come back with its voucher: POST /v1/enrolments/return. Without one, enrol the terminal again."


@dataclass(frozen=True, repr=False)
class Caller:
    """A terminal that has proved to be who it is."""

    key: TerminalKey
    verify_key: suites.VerifyKey
    clock_offset: float
    """Seconds its wall clock is ahead of the centre's: noted, never believed."""
    body: bytes
    """As sent."""

    @property
    def terminal(self) -> str:
        return self.key.terminal


class Signed:
    """A dependency of every route but enrolment and health; ``largest`` bytes of body are read.

    ``ended``: a certificate that ended will do, so that a terminal which was off for long renews it by itself.
    """

    def __init__(self, largest: int = SMALL, *, ended: bool = False) -> None:
        self._largest = largest
        self._ended = ended

    async def __call__(self, request: Request, centre: Shared) -> Caller:
        """Raises :class:`Problem` 401, 413, 429, 503, and whatever the body's length and pace deserve."""
        _turn_away_in_a_rush(centre)
        signed = _read(request)
        key = await run_in_threadpool(_key, centre, signed.key_id, time.monotonic(), ended=self._ended)
        body = await bodies.read(request, self._largest)
        verify_key = suites.load_verify_key(key.public_key, key.suite)
        _verify(signed, request, body, verify_key)
        _bound(centre, key.terminal)
        offset = signed.clock.wall - centre.now()
        if centre.contacts.is_due(key.terminal):
            await run_in_threadpool(centre.contacts.note, key.terminal, offset)
        return Caller(key, verify_key, offset, body)


def check_holder(request: Request, body: bytes, key: suites.VerifyKey) -> None:
    """Whether who asks holds this key, which need not be known. Raises :class:`Problem` 401."""
    _verify(_read(request), request, body, key)


def _verify(signed: http_signature.Signed, request: Request, body: bytes, key: suites.VerifyKey) -> None:
    try:
        http_signature.verify(signed, _on_the_wire(request, body), key)
    except BadSignature:
        raise _unauthorised("bad-signature", "The signature does not fit the request.", _ENROL) from None


def _read(request: Request) -> http_signature.Signed:
    try:
        return http_signature.read(request.headers)
    except BadForm as error:
        detail = f"The request is not signed: header {error} is missing or has another form."
        raise _unauthorised("bad-signature", detail, "Sign it as docs/sync-protocol.md says.") from None


def _key(centre: Centre, key_id: str, asked: float, *, ended: bool) -> TerminalKey:
    """``asked`` at that time of the monotonic clock."""
    centre.rush.served(time.monotonic() - asked)
    with centre.storage.reading() as transaction:
        key = transaction.terminals.key(key_id)
    if key_id in centre.revoked or (key and key.revoked_at is not None):
        raise _unauthorised("revoked", "The key was revoked.", _ENROL)
    if key is None:
        raise _unauthorised("unknown-key", "The centre does not know this key.", _RETURN)
    if key.not_after <= centre.now() and not ended:
        raise _unauthorised("expired", "The certificate has ended.", "Renew it: POST /v1/enrolments/renewal.")
    return key


def _on_the_wire(request: Request, body: bytes) -> http_signature.Request:
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return http_signature.Request(request.method, path.decode("latin-1"), query.decode("latin-1"), body)


def _turn_away_in_a_rush(centre: Centre) -> None:
    if centre.rush.is_on(to_thread.current_default_thread_limiter().statistics().tasks_waiting):
        raise later(503, "The centre has more to do than it can.", random.uniform(*_COME_AGAIN))  # noqa: S311


def _bound(centre: Centre, terminal: str) -> None:
    if wait := centre.requests.take(terminal, time.monotonic()):
        raise later(429, "This terminal asks too often.", wait)


def _unauthorised(kind: str, detail: str, remedy: str) -> Problem:
    return Problem(401, detail, remedy, kind=kind, headers={"WWW-Authenticate": "Signature"})
