"""The seam to the broker, and NATS JetStream behind it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import RetentionPolicy, StorageType, StreamConfig

from central.fanout.events import MESSAGE_ID, PREFIX, Message

log = logging.getLogger(__name__)

STREAM: Final = "MATTERS"
KEPT_SECONDS: Final = 90 * 86400.0
"""How long the stream keeps what departments have not fetched."""
_DUPLICATES_SECONDS: Final = 3600.0
"""In which the stream itself drops what it has already. Beyond it the consumer's unique key does."""
_CONNECT_SECONDS: Final = 3.0
_ACK_SECONDS: Final = 5.0
_GONE: Final = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


class BrokerUnavailable(Exception):
    """The broker takes nothing now. What is to be told stays in the outbox."""


class Broker(Protocol):
    async def open(self) -> None:
        """Raises :class:`BrokerUnavailable`. Once more after an error."""
        ...

    async def publish(self, message: Message) -> None:
        """Returns when it is kept; the same id again is kept once. Raises :class:`BrokerUnavailable`."""
        ...

    async def close(self) -> None:
        """May be called at any time."""
        ...


class JetStream:
    """One stream holds all subjects; it is made when there is none, and left as its operators have set it."""

    def __init__(self, servers: Sequence[str]) -> None:
        self._servers = servers
        self._client: Client | None = None

    async def open(self) -> None:
        await self.close()
        try:
            self._client = await connected(self._servers)
            await _ensure_stream(JetStreamContext(self._client))
        except _GONE as error:
            await self.close()
            raise BrokerUnavailable(type(error).__name__) from error

    async def publish(self, message: Message) -> None:
        if self._client is None:
            raise BrokerUnavailable("not connected")
        try:
            await JetStreamContext(self._client).publish(
                message.subject,
                message.body,
                timeout=_ACK_SECONDS,
                stream=STREAM,
                headers={MESSAGE_ID: message.id},
            )
        except _GONE as error:
            raise BrokerUnavailable(type(error).__name__) from error

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()


async def connected(servers: Sequence[str]) -> Client:
    """Without reconnecting of its own: whoever waits for an answer of a dead connection is told at once.

    Raises ``nats.errors.Error``, ``OSError``, ``TimeoutError``.
    """
    client = Client()
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await client.connect(
                list(servers),
                name="central",
                error_cb=_noted,
                allow_reconnect=False,
                # one that is not there is tried once more; with 0 it would be tried for ever
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
            )
    except BaseException:
        await client.close()
        raise
    return client


async def _ensure_stream(context: JetStreamContext) -> None:
    try:
        await context.stream_info(STREAM)
    except nats.js.errors.NotFoundError:
        config = StreamConfig(
            name=STREAM,
            subjects=[f"{PREFIX}.>"],
            retention=RetentionPolicy.LIMITS,
            storage=StorageType.FILE,
            max_age=KEPT_SECONDS,
            duplicate_window=_DUPLICATES_SECONDS,
        )
        await context.add_stream(config)  # pyright: ignore[reportUnknownMemberType]


async def _noted(error: Exception) -> None:
    log.info("NATS: %s", type(error).__name__)  # its text may hold the address, and that a password
