"""A simulation from the enrolment of its terminals to the comparison of both ends."""

import asyncio
import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from central.simulate import fleet, machine
from central.simulate.comparing import Comparison, compare
from central.simulate.line import Line, Measured
from central.simulate.rhythm import Outage, usual_outage
from central.simulate.terminal import Terminal, World
from central.storage.database import Storage

LONGEST_END: Final = 900.0
"""Simulated seconds after the end for what still waits: five minutes are the longest pause of a terminal."""
_LOOK: Final = 0.5


@dataclass(frozen=True)
class Plan:
    terminals: int
    minutes: float
    """Simulated."""
    speed: float = 1.0
    """Simulated seconds a second."""
    seed: int = 0
    outage: Outage | None = None
    """Else the usual one."""


@dataclass(frozen=True)
class Now:
    """How it stands."""

    phase: str
    done: float
    """Of 1."""
    answers: int
    put: int
    told: int


@dataclass(frozen=True)
class Result:
    plan: Plan
    seconds: float
    """From the first request to the last."""
    measured: Measured
    put: int
    refused: int
    comparison: Comparison
    generator: float
    """Processor seconds of the terminals."""
    centre: float | None
    """Processor seconds of the centre, database of a file included; ``None`` for one that runs elsewhere."""


def simulate(plan: Plan, storage: Storage, url: str, pid: int | None, tell: Callable[[Now], None]) -> Result:
    """``storage`` is that of the centre at ``url``, whose process is ``pid``. Raises ``StorageUnavailable``."""
    chance = random.Random(plan.seed)  # noqa: S311 - no secret
    terminals: list[Terminal] = []
    for some in fleet.enrol(storage, plan.terminals, chance):
        terminals += some
        tell(Now("enrolled", len(terminals) / plan.terminals, 0, 0, 0))
    gc.freeze()
    line = Line([url])
    before, began = (time.process_time(), pid and machine.processor_seconds(pid)), time.monotonic()
    asyncio.run(_live(plan, line, terminals, tell))
    seconds, generator = time.monotonic() - began, time.process_time() - before[0]
    centre = machine.processor_seconds(pid) - (before[1] or 0.0) if pid else None
    tell(Now("compared", 0.0, 0, 0, 0))
    comparison = compare(fleet.told(terminals), fleet.kept(storage, terminals))
    put, refused = sum(len(one.put) for one in terminals), sum(one.refused for one in terminals)
    return Result(plan, seconds, line.measured, put, refused, comparison, generator, centre)


async def _live(plan: Plan, line: Line, terminals: Sequence[Terminal], tell: Callable[[Now], None]) -> None:
    start, end = time.monotonic(), plan.minutes * 60
    world = World(
        line=line,
        terminals=len(terminals),
        now=lambda: (time.monotonic() - start) * plan.speed,
        speed=plan.speed,
        outage=plan.outage or usual_outage(end),
        end=end,
        give_up=end + LONGEST_END,
    )
    async with line:
        lives = asyncio.gather(*(terminal.live(world) for terminal in terminals))
        while not lives.done():
            await asyncio.wait({lives}, timeout=_LOOK)
            tell(_stand(world, line, terminals))
        lives.result()


def _stand(world: World, line: Line, terminals: Sequence[Terminal]) -> Now:
    now = world.now()
    phase = "outage" if world.outage.start <= now < world.outage.end else "sending the rest" if now > world.end else ""
    answers = sum(map(len, line.measured.seconds.values()))
    put, told = sum(len(one.put) for one in terminals), sum(len(one.told) for one in terminals)
    return Now(phase or "simulated", min(1.0, now / world.end), answers, put, told)
