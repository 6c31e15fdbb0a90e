"""One simulated terminal: reports, files, and comes back after an outage, with the pace and patience of a real one."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from central.simulate import rhythm
from central.simulate.filing import Book
from central.simulate.line import Failed, Line, Signer
from central.simulate.rhythm import Outage
from offline_queue import batch
from offline_queue.envelope import Envelope
from offline_queue.pace import Pace, splay
from offline_queue.retry import Failure, RetryAt, decide

_NDJSON: Final = "application/x-ndjson"
_JSON: Final = "application/json"
_DEVICES: Final = ("id_card", "camera", "receipt_printer", "document_printer", "code_scanner", "signals", "audio")
_LEAST: Final = 0.05
"""Seconds between two looks at what is due."""


@dataclass(frozen=True)
class World:
    """What all terminals share."""

    line: Line
    terminals: int
    now: Callable[[], float]
    """Simulated seconds since the start."""
    speed: float
    outage: Outage
    end: float
    """Nothing new is filed from then on; what waits is still sent, until ``give_up``."""
    give_up: float

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)


@dataclass
class Terminal:
    index: int
    signer: Signer
    book: Book
    chance: random.Random
    put: list[Envelope] = field(default_factory=list[Envelope])
    told: dict[str, str] = field(default_factory=dict[str, str])
    """Acceptance number by id."""
    refused: int = 0
    _waiting: deque[Envelope] = field(default_factory=deque[Envelope])
    _urgent: deque[Envelope] = field(default_factory=deque[Envelope])
    """A citizen stands there."""
    _pace: Pace = field(default_factory=Pace)
    _failures: int = 0
    _send_at: float = 0.0
    _lost_at: float | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._urgent)

    async def live(self, world: World) -> None:
        beat = world.now() + self.chance.random() * rhythm.HEARTBEAT
        matter = world.now() + rhythm.until_next_matter(self.chance)
        while (now := world.now()) < world.end or (self.waiting and now < world.give_up):
            if now >= matter and now < world.end:
                self.take_matter()
                matter += rhythm.until_next_matter(self.chance)
            if now >= beat:
                beat = now + rhythm.HEARTBEAT * self.chance.uniform(0.9, 1.1)
                await self.beat(world)
            await self.send(world)
            files = min(matter, world.end) if now < world.end else world.give_up
            await world.sleep(max(_LEAST, min(beat, files, self._due()) - world.now()))

    def take_matter(self) -> None:
        """A citizen files, and may rate what was filed."""
        filed = [self.book.matter()]
        if self.chance.random() < rhythm.RATED and (rating := self.book.rating(self.chance)):
            filed.append(rating)
        self.put += filed
        self._urgent.extend(filed)

    def _due(self) -> float:
        if self._lost_at is not None or not self.waiting:
            return float("inf")
        return self._send_at

    async def beat(self, world: World) -> None:
        await self._ask(world, "/v1/heartbeats", self._status(world), _JSON, "heartbeat")

    async def send(self, world: World) -> None:
        """What a citizen waits for at once; the backlog when its time has come."""
        while self._lost_at is None and self._urgent and world.now() >= self._not_before():
            if not await self._submit(world, [self._urgent[0]], "matter"):
                break
            self._urgent.popleft()
        while self._lost_at is None and self._waiting and world.now() >= self._send_at:
            some = [self._waiting[at] for at in range(min(self._pace.count, len(self._waiting)))]
            if not await self._submit(world, some, "backlog"):
                break
            for _ in some:
                self._waiting.popleft()

    def _not_before(self) -> float:
        return self._send_at if self._failures else 0.0

    async def _submit(self, world: World, envelopes: Sequence[Envelope], what: str) -> bool:
        began = time.monotonic()
        content = batch.encode(envelopes, self.signer.key)
        answer = await self._ask(world, "/v1/submissions", content, _NDJSON, what)
        if answer is None:
            self._pace = self._pace.after_failure(len(envelopes))
            return False
        self._pace = self._pace.after_answer(time.monotonic() - began, answer["limit"])
        for envelope, reply in zip(envelopes, answer["answers"], strict=True):
            self._hear(envelope, reply, world.now())
        return True

    def _hear(self, envelope: Envelope, reply: dict[str, Any], now: float) -> None:
        match reply["outcome"]:
            case "filed":
                self.told[reply["id"]] = reply["number"]
            case "later":
                self._waiting.append(envelope)
                self._send_at = max(self._send_at, now + reply["retry_after"])
            case _:
                self.refused += 1

    async def _ask(self, world: World, path: str, content: bytes, kind: str, what: str) -> dict[str, Any] | None:
        if world.outage.affects(self.index, world.terminals, world.now()):
            return self._lost(world)
        try:
            answer = await world.line.post(self.index, self.signer, path, content, kind, what)
        except Failed as error:
            return self._failed(world, error.failure)
        self._failures = 0
        self._there(world)
        return answer

    def _lost(self, world: World) -> None:
        """What a citizen waited for is backlog from now on."""
        if self._lost_at is None:
            self._lost_at = world.now()
        self._waiting.extend(self._urgent)
        self._urgent.clear()

    def _there(self, world: World) -> None:
        if self._lost_at is not None:
            self._send_at = world.now() + splay(self.book.terminal, world.now() - self._lost_at)
            self._lost_at = None

    def _failed(self, world: World, failure: Failure) -> None:
        decision = decide(failure, self._failures, world.now(), self.chance.random())
        self._failures += 1
        if isinstance(decision, RetryAt):
            self._send_at = max(self._send_at, decision.when)

    def _status(self, world: World) -> bytes:
        devices = [{"name": name, "state": "online", "since": world.now()} for name in _DEVICES]
        paper = max(0.05, 1 - len(self.put) / 500)
        status = {
            "program": "0.1.0",
            "catalogue": 3,
            "uptime": world.now() + 1000.0,
            "devices": devices,
            "supplies": [{"device": "receipt_printer", "name": "roll", "left": paper, "exact": True}],
            "queue": {"waiting": self.waiting},
            "disk": {"free": 50 << 30, "size": 64 << 30},
            "clock_trusted": True,
        }
        return json.dumps(status).encode()
