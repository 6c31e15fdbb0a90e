"""The service in a thread."""

import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import AnyMessage, Message, Ok, Ping, SyncStatus, SyncStatusRequest
from kiosk.catalogue.cache import CatalogueCache
from kiosk.catalogue.signature import Ed25519PublicKey
from kiosk.sync.central_client import HttpCentralClient
from kiosk.sync.membership import Membership
from kiosk.sync.service import SOCKET, SyncService
from kiosk.sync.timing import Periods
from offline_queue.contract import MatterState, NewMatter
from offline_queue.credentials import Credentials, CredentialStore
from offline_queue.http_client import Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.store import SqliteQueue
from tests.central.helpers import Running, proof
from tests.offline_queue.helpers import TERMINAL
from tests.waiting import eventually

T = TypeVar("T")
DEADLINE = 15.0
QUICK = Periods(heartbeat=0.2, look=0.1, compare=0.5)
NEVER = Periods(heartbeat=3600, look=3600, compare=3600)


class Process:
    """A running service as the other processes see it: through its socket."""

    def __init__(self, run_dir: Path, thread: threading.Thread) -> None:
        self.run_dir = run_dir
        self.thread = thread

    def ask(self, message: Message) -> AnyMessage:
        return request(self.run_dir / SOCKET, message)

    def answers(self) -> bool:
        """The socket is there a moment before anybody listens to it."""
        try:
            return self.ask(Ping()) == Ok()
        except BusError:
            return False

    def status(self) -> SyncStatus:
        status = self.ask(SyncStatusRequest())
        assert isinstance(status, SyncStatus)
        return status

    def status_when(self, condition: Callable[[SyncStatus], object]) -> SyncStatus:
        def ask() -> SyncStatus | None:
            status = self.status()
            return status if condition(status) else None

        return eventually(ask)


@contextmanager
def syncing(
    queue: SqliteQueue,
    url: str,
    cache: CatalogueCache,
    run_dir: Path,
    periods: Periods = QUICK,
    *,
    code: str = "",
    keep_days: float = 30.0,
    wall: Callable[[], float] = time.time,
    spread: Callable[[str, float], float] = lambda _terminal, _outage: 0.0,
) -> Generator[Process]:
    """Its identity lies beside ``run_dir`` and is found there again."""
    stop = threading.Event()

    def identity() -> Credentials | None:
        return membership.identity()

    with open_client(url, Signature(identity, wall=wall)) as client:
        store = CredentialStore(run_dir.with_name("identity"), bytes(32), TERMINAL)
        membership = Membership(store, client, lambda: code)
        service = SyncService(
            queue,
            HttpTransport(client, identity, wall=wall),
            HttpCentralClient(client),
            membership,
            cache,
            run_dir,
            keep_days=keep_days,
            periods=periods,
            wall=wall,
            spread=spread,
        )
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        try:
            process = Process(run_dir, thread)
            eventually(process.answers)
            yield process
        finally:
            stop.set()
            thread.join(DEADLINE)
    assert not thread.is_alive()


def public_key(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    assert isinstance(key, Ed25519PublicKey)
    return key


def cache_for(folder: Path, data: Path) -> CatalogueCache:
    return CatalogueCache(folder / "catalogue.json", [public_key((data / "catalogue.pub").read_bytes())])


def put(queue: SqliteQueue, seq: int = 1) -> str:
    matter = proof(seq)
    queue.put(NewMatter(matter.id, matter.item, 1, matter.payload, matter.consents), now=time.time())
    return matter.id


def is_filed(queue: SqliteQueue, matter_id: str) -> bool:
    return queue.get(matter_id).state is MatterState.FILED


def number_at(centre: Running, reference: str) -> str:
    with centre.client() as client:
        answer = client.get(f"/v1/matters/{reference}")
    return answer.json()["number"] if answer.is_success else ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
