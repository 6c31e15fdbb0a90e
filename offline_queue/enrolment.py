"""How a terminal gets its certificate from the centre, the next one before that ends, and comes back to a centre that
has forgotten it (docs/sync-protocol.md).

All of it may be broken off at any point and called again: the same key is asked for until the centre has spoken.
"""

import json
from typing import Final

import httpx

from offline_queue.credentials import Credentials, CredentialStore, Grant
from offline_queue.crypto_errors import BadKey
from offline_queue.http_client import PROBLEM, exchange, failure
from offline_queue.http_transport import Reply, read
from offline_queue.retry import Failure, FailureKind
from offline_queue.sealed import Sealer
from offline_queue.suites import SigningKey
from offline_queue.transport import TransportFailed

_REFUSALS: Final = (403, 422)
_JSON: Final = {"Content-Type": "application/json"}


class EnrolmentRefused(Exception):
    """The centre does not take this terminal: get a new one-time code from its operator."""

    def __str__(self) -> str:
        return f"{self.__doc__} The centre says: {super().__str__()}"


class _Problem(Reply):
    """RFC 9457."""

    detail: str = ""


def enrol(store: CredentialStore, client: httpx.Client, code: str) -> Credentials:
    """A new epoch with a one-time code; ``""`` next door to an embedded centre.

    Raises :class:`EnrolmentRefused`, ``TransportFailed``, ``GmUnavailable``, ``OSError``.
    """
    with store.alone():
        key = store.prepare()
        fields = {"terminal": store.terminal, "code": code, "suite": store.suite}
        return _asked(store, client, "/v1/enrolments", fields, key)


def renew(store: CredentialStore, client: httpx.Client, old: Credentials) -> Credentials:
    """The same epoch with a new key. ``client`` signs with ``store.load``; ``old`` is what needs renewal: when another
    process was first, its outcome is returned. Raises as :func:`enrol`."""
    with store.alone():
        current = store.load()
        if current and current.key_id != old.key_id:
            return current
        return _asked(store, client, "/v1/enrolments/renewal", {}, store.prepare())


def come_back(store: CredentialStore, client: httpx.Client, old: Credentials) -> Credentials:
    """The same key known again, without a code. ``client`` signs with ``store.load``; ``old`` is what the centre did
    not know. Raises as :func:`enrol`; what is on the disk stays when the centre refuses."""
    with store.alone():
        current = store.load()
        if current and current.key_id != old.key_id:
            return current
        fields = {"suite": store.suite, "voucher": old.grant.voucher}
        return _asked(store, client, "/v1/enrolments/return", fields, old.key)


def _asked(
    store: CredentialStore, client: httpx.Client, path: str, fields: dict[str, str], key: SigningKey
) -> Credentials:
    content = json.dumps(fields | {"public_key": key.public().pem()}).encode()
    response = exchange(client, client.build_request("POST", path, content=content, headers=_JSON))
    if response.status_code in _REFUSALS and response.headers.get("Content-Type", "").startswith(PROBLEM):
        store.withdraw()
        raise EnrolmentRefused(read(_Problem, response).detail)
    if not response.is_success:
        raise TransportFailed(failure(response))
    credentials = Credentials(key, _usable(read(Grant, response), store))
    store.commit(credentials)
    return credentials


def _usable(grant: Grant, store: CredentialStore) -> Grant:
    """Raises ``TransportFailed`` for what would leave the terminal with an identity of no use."""
    try:
        Sealer(grant.sealing_key, store.terminal, store.suite)
    except BadKey:
        raise TransportFailed(Failure(FailureKind.SERVER, "unusable sealing key")) from None
    if grant.terminal != store.terminal:
        raise TransportFailed(Failure(FailureKind.SERVER, "answer for another terminal"))
    return grant
