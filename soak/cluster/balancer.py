"""The one address of the centre: leads each connection to a worker that takes it."""

import asyncio
import itertools
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Self

from tests.faults.centre import free_port

_RECEIVE: Final = 1 << 16


class Balancer:
    """In a thread; the workers in turn, the next one when nobody listens."""

    def __init__(self, workers: Sequence[int]) -> None:
        """``workers``: their ports."""
        self.port = free_port()
        self._workers = workers
        self._turn = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(asyncio.start_server(self._lead, "127.0.0.1", self.port))
        self._loop.run_forever()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if worker := await self._worker():
            await asyncio.gather(_pour(reader, worker[1]), _pour(worker[0], writer))
        writer.close()

    async def _worker(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        first = next(self._turn)
        for step in range(len(self._workers)):
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", self._workers[(first + step) % len(self._workers)])
        return None


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either end has had enough; then the other way ends too."""
    with suppress(OSError):
        while data := await reader.read(_RECEIVE):
            writer.write(data)
            await writer.drain()
    writer.close()
