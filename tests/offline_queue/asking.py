"""A terminal that asks, and what a centre of the tests answers it."""

import json
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from offline_queue import http_signature, suites
from offline_queue.http_client import Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.suites import SigningKey
from tests.offline_queue.helpers import NOW, stamp
from tests.offline_queue.web import Asked, Reply

DIGEST = "ab" * 32


@dataclass(frozen=True)
class Terminal:
    key: SigningKey
    key_id: str = "key-1"


TERMINAL = Terminal(suites.generate())


@contextmanager
def talking_to(url: str, verify: ssl.SSLContext | None = None, **times: float) -> Generator[HttpTransport]:
    signature = Signature(lambda: TERMINAL, stamp, lambda: NOW)
    with HttpTransport(open_client(url, signature, verify, **times), lambda: TERMINAL, wall=lambda: NOW) as transport:
        yield transport


def told(body: Any) -> Callable[[Asked], Reply]:
    return lambda _: Reply(200, json.dumps(body).encode())


def filed(matter_id: str = "x") -> dict[str, Any]:
    return {"id": matter_id, "outcome": "filed", "number": "44-1", "result": {"a": 1}}


def is_signed(asked: Asked) -> bool:
    path, _, query = asked.path.partition("?")
    parts = http_signature.Request(asked.method, path, query, asked.body)
    http_signature.verify(http_signature.read(httpx.Headers(asked.headers.items())), parts, TERMINAL.key.public())
    return True
