"""The way from a queue to the centre: identity, signed connection, one run of the sender."""

import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from kiosk.bootstrap.queue import QueuePlace
from kiosk.sync.aftercare import Keeping
from kiosk.sync.membership import Membership
from offline_queue.http_client import ANSWER_SECONDS, Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.recovery import Recovery
from offline_queue.store import SqliteQueue
from offline_queue.sync import Synchroniser, SyncReport
from offline_queue.transport import TransportFailed


@dataclass(frozen=True)
class Way:
    """To one centre."""

    url: str
    ca_file: Path | None = None
    """Who signs its certificate; else the system's authorities."""
    seconds: float = ANSWER_SECONDS
    """For each step of an answer."""

    def trust(self) -> ssl.SSLContext:
        """Raises ``OSError``, of which ``ssl.SSLError`` is one."""
        return ssl.create_default_context(cafile=self.ca_file)


@dataclass(frozen=True)
class Connected:
    client: httpx.Client
    membership: Membership
    transport: HttpTransport


@contextmanager
def connected(place: QueuePlace, way: Way, code: Callable[[], str]) -> Generator[Connected]:
    """Nothing is asked yet; ``code`` is asked for the one-time code when there is no identity. Raises
    ``QueueUnavailable``, ``OSError``."""
    client = open_client(way.url, verify=way.trust(), seconds=way.seconds)
    membership = Membership(place.credentials(), client, code)
    client.auth = Signature(membership.identity)
    with HttpTransport(client, membership.identity) as transport:
        yield Connected(client, membership, transport)


def send(queue: SqliteQueue, centre: Connected, *, now: float) -> SyncReport:
    """Everything that is due, once, by the sole sender; what the centre lost comes first.

    Raises ``QueueUnavailable``, ``EnrolmentRefused``, ``CryptoError``, ``OSError``.
    """
    keeping = Keeping(queue)
    synchroniser = Synchroniser(queue, centre.transport, attachments=queue.attachments, aftercare=keeping)
    synchroniser.start()
    report = SyncReport()
    try:
        _make_known(queue, centre, keeping)
        report = synchroniser.run_once(now)
        # With nothing settled the comparison asks nothing: then this is the first that a stranger is told.
        if report.link and centre.membership.mend(report.link):
            _make_known(queue, centre, keeping)
            report = replace(report, link=None) + synchroniser.run_once(now)
    except TransportFailed as error:
        return replace(report, link=error.failure)
    return report


def _make_known(queue: SqliteQueue, centre: Connected, keeping: Keeping) -> None:
    try:
        _compare(queue, centre, keeping)
    except TransportFailed as error:
        if not centre.membership.mend(error.failure):
            raise
        _compare(queue, centre, keeping)


def _compare(queue: SqliteQueue, centre: Connected, keeping: Keeping) -> None:
    credentials = centre.membership.join()
    queue.file.begin_epoch(credentials.grant.epoch)
    keeping.seal_for(credentials)
    Recovery(queue, centre.transport).check()
