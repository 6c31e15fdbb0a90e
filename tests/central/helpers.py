"""The real application behind a real socket, in a thread of the test, and terminals enrolled at it."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from uuid6 import uuid7

from central import server
from central.app import create_app
from central.centre import Centre
from central.centre import of as centre_of
from central.enrolment import code_for
from central.settings import Settings
from offline_queue import batch, suites
from offline_queue import envelope as wire
from offline_queue.envelope import Created, Envelope
from offline_queue.hashing import Suite
from offline_queue.http_client import Signature, open_client
from offline_queue.suites import SigningKey

TERMINAL = "GD440100"
CANARY = "金丝雀证件样本"
CANARY_NUMBER = "11010519491231002X"
DEADLINE = 15.0
CREATED = Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=True)


@dataclass(frozen=True)
class Key:
    """A terminal's key, and how the centre calls it."""

    key: SigningKey
    key_id: str


@dataclass(frozen=True)
class Terminal:
    name: str
    key: SigningKey
    key_id: str
    answer: dict[str, Any]
    """Of the enrolment."""

    def signature(self) -> Signature:
        return Signature(lambda: Key(self.key, self.key_id))


@dataclass(frozen=True)
class Running:
    url: str
    data: Path
    server: uvicorn.Server
    centre: Centre

    def code(self, terminal: str = TERMINAL) -> str:
        """For an enrolment within the hour."""
        return code_for(self.centre.storage, terminal, expires_at=time.time() + 3600)

    def anonymous(self) -> httpx.Client:
        return open_client(self.url)

    def enrolled(self, name: str = TERMINAL, suite: Suite = "standard", key: SigningKey | None = None) -> Terminal:
        """As a neighbour."""
        key = key or suites.generate(suite)
        with self.anonymous() as client:
            answer = enrol(client, name, key)
        assert answer.status_code == 201, answer.text
        return Terminal(name, key, answer.json()["key_id"], answer.json())

    def client(self, terminal: Terminal | None = None) -> httpx.Client:
        """Of a terminal; without one, of :data:`TERMINAL` with a key that is the same within one process."""
        return open_client(self.url, (terminal or self.enrolled(key=own_key())).signature())


_own_key = suites.generate()


def own_key() -> SigningKey:
    return _own_key


def enrol(client: httpx.Client, name: str, key: SigningKey, code: str = "", **changes: Any) -> httpx.Response:
    body = {"terminal": name, "code": code, "public_key": key.public().pem(), "suite": key.suite}
    return client.post("/v1/enrolments", json=body | changes)


@contextmanager
def running(
    data: Path,
    port: int = 0,
    *,
    database_url: str = "",
    attachments: str = "",
    neighbours: bool = True,
    tls: server.Tls | None = None,
    adapt: Callable[[Centre], Centre] = lambda centre: centre,
) -> Generator[Running]:
    listener = server.listen("127.0.0.1", port)
    settings = Settings(data, database_url, attachments, neighbours=neighbours)
    app = create_app(lambda: adapt(Centre.open(settings)))
    config = server.configured(app, tls)
    made = uvicorn.Server(config)
    ready = threading.Event()

    async def serve() -> None:
        task = asyncio.create_task(made.serve(sockets=[listener]))
        while not made.started and not task.done():
            await asyncio.sleep(0.01)
        ready.set()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(DEADLINE)
        yield Running(server.address(listener, config), data, made, centre_of(app))
    finally:
        made.should_exit = True
        thread.join(DEADLINE)
        listener.close()
    assert not thread.is_alive()


def proof(seq: int, period: str = "all", number: str = CANARY_NUMBER, **changes: Any) -> Envelope:
    person = {"card_type": "resident", "name": CANARY, "number": number, "birth": "1949-12-31"}
    payload = {"person": person, "verified_by": "face", "answers": {"period": period, "purpose": "loan"}}
    return make(seq, **{"payload": payload} | changes)


def rating(seq: int, reference: str, stars: Any) -> Envelope:
    return make(seq, item="rating", payload={"reference": reference, "stars": stars})


def make(seq: int, **changes: Any) -> Envelope:
    fields: dict[str, Any] = {
        "id": (matter_id := str(uuid7())),
        "terminal": TERMINAL,
        "epoch": 1,
        "seq": seq,
        "case": changes.get("id", matter_id),
        "item": "social-insurance-proof",
        "item_version": 1,
        "created": CREATED,
        "payload": {},
        "previous": "",
        "consents": ("social-insurance-proof-1",),
        **changes,
    }
    fields.setdefault("reference", wire.reference(fields["terminal"], fields["epoch"], seq))
    return Envelope(**fields)


def post(client: httpx.Client, envelopes: Iterable[Envelope], key: SigningKey | None = None) -> list[dict[str, Any]]:
    response = client.post("/v1/submissions", content=batch.encode(list(envelopes), key or own_key()))
    assert response.status_code == 200, response.text
    return response.json()["answers"]


def is_problem(response: httpx.Response, status: int, kind: str = "") -> bool:
    body = response.json()
    return (
        response.status_code == status == body["status"]
        and response.headers["Content-Type"] == "application/problem+json"
        and bool(body["detail"] and body["remedy"] and body["title"])
        and body["type"].endswith(kind)
    )
