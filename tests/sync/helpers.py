"""The service in a thread, and a server that answers raw bytes as a broken centre would."""

import socket
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kiosk.bus.connection import request
from kiosk.bus.messages import AnyMessage, Message, SyncStatus, SyncStatusRequest
from kiosk.catalogue.cache import CatalogueCache
from kiosk.catalogue.signature import Ed25519PublicKey
from kiosk.sync.central_client import HttpCentralClient
from kiosk.sync.service import SOCKET, Periods, SyncService
from offline_queue.contract import Queue
from offline_queue.http_transport import HttpTransport, open_client
from tests.waiting import eventually

T = TypeVar("T")
DEADLINE = 15.0
QUICK = Periods(heartbeat=0.2, look=0.1)
NEVER = Periods(heartbeat=3600, look=3600)


class Process:
    """A running service as the other processes see it: through its socket."""

    def __init__(self, run_dir: Path, thread: threading.Thread) -> None:
        self.run_dir = run_dir
        self.thread = thread

    def ask(self, message: Message) -> AnyMessage:
        return request(self.run_dir / SOCKET, message)

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
    queue: Queue, url: str, token: str, cache: CatalogueCache, run_dir: Path, periods: Periods = QUICK
) -> Generator[Process]:
    stop = threading.Event()
    with open_client(url, token) as client:
        service = SyncService(queue, HttpTransport(client), HttpCentralClient(client), cache, run_dir, periods=periods)
        thread = threading.Thread(target=service.run, args=(stop,))
        thread.start()
        try:
            eventually((run_dir / SOCKET).exists)
            yield Process(run_dir, thread)
        finally:
            stop.set()
            thread.join(DEADLINE)
    assert not thread.is_alive()


def public_key(pem: bytes) -> Ed25519PublicKey:
    key = load_pem_public_key(pem)
    assert isinstance(key, Ed25519PublicKey)
    return key


@contextmanager
def raw_server(answers: Sequence[bytes]) -> Generator[str]:
    """One connection after another: reads a request's head, sends the bytes, closes. The last answer repeats."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            left = list(answers)
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    _read_request(connection)
                    connection.sendall(left.pop(0) if len(left) > 1 else left[0])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(DEADLINE)
    assert not thread.is_alive()


def _read_request(connection: socket.socket) -> None:
    """Head and body: closing with bytes unread would reset the connection instead of ending it."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return
        data += chunk
    head, body = data.split(b"\r\n\r\n", 1)
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    missing = int(lengths[0].split(b":")[1]) - len(body) if lengths else 0
    while missing > 0:
        missing -= len(connection.recv(65536))


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers])
    return head.encode() + b"\r\n\r\n" + body
