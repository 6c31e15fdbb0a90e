"""The real application behind a real socket, in a thread of the test."""

import asyncio
import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from uuid6 import uuid7

from central.app import create_app
from central.server import listen
from central.settings import Settings
from offline_queue import envelope as wire
from offline_queue.envelope import Created, Envelope
from offline_queue.http_transport import open_client

TERMINAL = "GD440100"
CANARY = "金丝雀证件样本"
CANARY_NUMBER = "11010519491231002X"
DEADLINE = 15.0


@dataclass(frozen=True)
class Running:
    url: str
    token: str
    data: Path

    def client(self, token: str | None = None) -> httpx.Client:
        return open_client(self.url, self.token if token is None else token)


@contextmanager
def running(data: Path, port: int = 0) -> Generator[Running]:
    listener = listen("127.0.0.1", port)
    config = uvicorn.Config(create_app(Settings(data)), access_log=False, log_config=None)
    server = uvicorn.Server(config)
    ready = threading.Event()

    async def serve() -> None:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        ready.set()
        await task

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(DEADLINE)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield Running(url, (data / "terminal.token").read_text().strip(), data)
    finally:
        server.should_exit = True
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
        "id": str(uuid7()),
        "terminal": TERMINAL,
        "seq": seq,
        "reference": wire.reference(TERMINAL, seq),
        "item": "social-insurance-proof",
        "item_version": 1,
        "created": Created(1_790_000_000.0, 12.5, "b0071d00-0000-4000-8000-000000000000", trusted=True),
        "payload": {},
        "consents": ("social-insurance-proof-1",),
    }
    return Envelope(**fields | changes)


def post(client: httpx.Client, envelopes: Iterable[Envelope]) -> list[dict[str, Any]]:
    body = json.dumps([asdict(envelope) for envelope in envelopes])
    response = client.post("/v1/submissions", content=body)
    assert response.status_code == 200, response.text
    return response.json()["answers"]


def is_problem(response: httpx.Response, status: int) -> bool:
    body = response.json()
    return (
        response.status_code == status == body["status"]
        and response.headers["Content-Type"] == "application/problem+json"
        and bool(body["detail"] and body["remedy"] and body["title"])
    )
