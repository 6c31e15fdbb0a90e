"""How many terminals two cores carry: centre and PostgreSQL together, each commit on the disk.

What one heartbeat and one matter cost is measured in processor seconds of the centre's two workers and of the database,
over HTTP with real signatures. From these follows the number of terminals at the busiest hour of a province. The
terminals are simulated on the same two cores, so that the whole is then run with as many as leave room for them.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figures import Figure
from central.simulate import fleet as enrolment
from central.simulate import machine, rhythm
from central.simulate.line import Line
from central.simulate.report import percentile
from central.simulate.rhythm import Outage
from central.simulate.run import Plan, Result, simulate
from central.simulate.terminal import Terminal, World
from central.storage.database import Storage
from tests.central.postgres import Cluster, cluster

WORKERS: Final = 2
CORES: Final = 2
BUSY: Final = 0.75
"""Of the cores at the busiest hour: what is above leaves no room for an outage's end."""
SAMPLE: Final = 400
"""Terminals, each of which reports or files a few times."""
REPEATED: Final = 2
AT_ONCE: Final = 16
MINUTES: Final = 1.0
_NO_OUTAGE: Final = Outage(0.0, 0.0, 0.0)
_FOREVER: Final = float("inf")

Ask = Callable[[Terminal, World], Awaitable[None]]


@dataclass(frozen=True)
class Cost:
    """Processor seconds of one request."""

    centre: float
    database: float
    terminal: float

    @property
    def served(self) -> float:
        return self.centre + self.database

    @property
    def whole(self) -> float:
        return self.served + self.terminal


@dataclass(frozen=True)
class Machine:
    url: str
    pid: int
    server: Cluster
    storage: Storage

    def used(self) -> Cost:
        server = int((self.server.folder / "data" / "postmaster.pid").read_text().split()[0])
        return Cost(machine.processor_seconds(self.pid), machine.processor_seconds(server), time.process_time())


def fleet() -> Iterator[Figure]:
    with ExitStack() as stack:
        server = stack.enter_context(cluster(durable=True))
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fleet-")))
        database = server.create("central")
        url, pid = stack.enter_context(machine.child(data, database, WORKERS))
        storage = Storage(database)
        stack.callback(storage.close)
        here = Machine(url, pid, server, storage)
        beat, filed = asyncio.run(_costs(here))
        yield _figure("one heartbeat", beat)
        yield _figure("one matter", filed)
        carried = terminals(beat.served, filed.served)
        against = f"20,000 of a province; workers and database alone on the cores, {BUSY:.0%} busy"
        yield Figure("terminals that two cores carry, from these", f"{carried:,}", against)
        yield from _verified(here, terminals(beat.whole, filed.whole))


def terminals(beat: float, filed: float) -> int:
    """That keep the cores busy, given what one heartbeat and one matter cost."""
    matters = (1 + rhythm.RATED) / rhythm.BETWEEN_MATTERS
    return int(CORES * BUSY / (beat / rhythm.HEARTBEAT + filed * matters))


async def _costs(here: Machine) -> tuple[Cost, Cost]:
    """Of a heartbeat and of a matter, each alone."""
    chance = random.Random(1)  # noqa: S311 - no secret
    made = [one for some in enrolment.enrol(here.storage, SAMPLE, chance) for one in some]
    async with Line([here.url]) as line:
        began = time.monotonic()
        world = World(line, SAMPLE, lambda: time.monotonic() - began, 1.0, _NO_OUTAGE, _FOREVER, _FOREVER)
        # the first of a terminal writes more than those that follow for months
        for ask in (Terminal.beat, _file):
            await _measured(here, made, world, ask)
        return await _measured(here, made, world, Terminal.beat), await _measured(here, made, world, _file)


async def _file(terminal: Terminal, world: World) -> None:
    terminal.put.clear()
    terminal.take_matter()
    await terminal.send(world)


async def _measured(here: Machine, some: Sequence[Terminal], world: World, ask: Ask) -> Cost:
    places, asked = asyncio.Semaphore(AT_ONCE), 0

    async def one(terminal: Terminal) -> None:
        nonlocal asked
        for _ in range(REPEATED):
            async with places:
                before = len(terminal.told)
                await ask(terminal, world)
                asked += max(1, len(terminal.told) - before)

    before = here.used()
    await asyncio.gather(*(one(terminal) for terminal in some))
    after = here.used()
    assert not world.line.measured.failures, world.line.measured.failures
    spent = (getattr(after, name) - getattr(before, name) for name in ("centre", "database", "terminal"))
    return Cost(*(seconds / asked for seconds in spent))


def _figure(what: str, cost: Cost) -> Figure:
    shares = f"centre {1000 * cost.centre:.2f}, PostgreSQL {1000 * cost.database:.2f}"
    against = f"{shares}; the simulated terminal's side takes {1000 * cost.terminal:.2f} ms besides"
    return Figure(f"processor time of {what}", f"{1000 * cost.served:.2f} ms", against)


def _verified(here: Machine, count: int) -> Iterator[Figure]:
    result = simulate(Plan(count, MINUTES), here.storage, here.url, here.pid, lambda _: None)
    assert result.comparison.is_well, result.comparison
    times = result.measured.seconds
    spread = ", ".join(f"{what} p99 {1000 * percentile(seconds, 0.99):.0f} ms" for what, seconds in times.items())
    used = f"terminals' side {result.generator / result.seconds:.2f} cores, workers {_share(result):.2f}"
    against = f"{spread}; {used}; 0 lost, 0 twice"
    yield Figure(f"run with {count:,} terminals beside it", f"{_rate(result):,.0f} answers/s", against)


def _rate(result: Result) -> float:
    return sum(map(len, result.measured.seconds.values())) / result.seconds


def _share(result: Result) -> float:
    return (result.centre or 0.0) / result.seconds
