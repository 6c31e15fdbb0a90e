"""The application without a socket, and a terminal enrolled at it."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx

from central.app import create_app
from central.centre import Centre
from central.limits import Buckets
from central.settings import Settings
from offline_queue import http_signature, sealed, suites
from offline_queue.clock import system_stamp
from tests.central.helpers import TERMINAL

KEY = suites.generate()


class Inside:
    """The application without a socket, and a terminal enrolled at it."""

    def __init__(
        self, data: Path, database_url: str = "", adapt: Callable[[Centre], Centre] = lambda centre: centre
    ) -> None:
        opened = adapt(Centre.open(Settings(data, database_url)))
        self.centre = replace(opened, requests=Buckets(rate=1e6, size=1e6))
        self.app = create_app(lambda: self.centre)
        self.app.state.centre = self.centre
        enrolled = self.centre.enrolment.by_neighbourhood(TERMINAL, KEY.public())
        self.key_id = enrolled.key.key_id
        self.sealer = sealed.Sealer(self.centre.secrets.sealing["standard"].public, TERMINAL)
        self._loop = asyncio.Runner()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str], *, signed: bool) -> httpx.Response:
        return self._loop.run(self._ask(method, path, body, headers, signed))

    async def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str], signed: bool) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://centre") as client:
            request = client.build_request(method, path, content=body, headers=headers)
            if signed:
                request.headers.update(self.signature(method, request.url.raw_path.decode(), body))
            return await client.send(request)

    def signature(self, method: str, address: str, body: bytes) -> dict[str, str]:
        """Headers that sign a request; ``address`` as it goes over the wire."""
        path, _, query = address.partition("?")
        parts = http_signature.Request(method, path, query, body)
        return http_signature.sign(parts, KEY, self.key_id, system_stamp(time.time()), bytes(16))

    def close(self) -> None:
        self._loop.close()
        self.centre.close()
