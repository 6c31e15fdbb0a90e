"""``python -m soak [--kills N] [--seed S]``: terminals and centres die in random order, and nothing may be missing."""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn
from rich.table import Table

from soak.episodes import episodes
from soak.world import World
from tests.central import postgres
from tests.faults.centre import CentreProcess
from tests.faults.power import Workers, build

MODULES = ["tests.faults.centre", "tests.faults.day", "tests.faults.filing"]
COMPARE_EVERY = 50
"""Episodes: a loss is told soon, and the reading of everything takes no time to speak of."""


@click.command()
@click.option("--kills", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=None, type=int, help="Of an earlier run, to see the same again.")
def main(kills: int, seed: int | None) -> None:
    """Kill terminals and centres (SIGKILL, and the power of their disks) at random steps; exit status 0 if nothing is
    lost, twice, out of order or was told untruly."""
    chosen = random.randrange(1 << 32) if seed is None else seed
    console = Console(highlight=False)
    console.print(f"seed {chosen}")
    started = time.monotonic()
    with built() as world, progress(console) as bar:
        task = bar.add_task("kills", total=kills)
        run(world, kills, chosen, lambda count: bar.update(task, completed=count))
    report(console, world, time.monotonic() - started)
    sys.exit(0 if is_well(world) else 1)


def run(world: World, kills: int, seed: int, tell: Callable[[int], None]) -> None:
    chance = random.Random(seed)
    kinds = episodes(world)
    number = 0
    while (done := world.kills.total()) < kills and is_well(world):
        tell(done)
        chance.choice(kinds)(world, random.Random(f"{seed}/{number}"))
        number += 1
        if number % COMPARE_EVERY == 0:
            world.compare()
    world.compare()


@contextmanager
def built() -> Generator[World]:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="soak-"))).resolve()
        workers = Workers(build(folder), MODULES)
        centres = {"SQLite": CentreProcess(workers, folder / "centre")}
        if postgres.programs():
            database = closing.enter_context(postgres.cluster(durable=True)).url()
            centres["PostgreSQL"] = CentreProcess(workers, folder / "centre-postgres", database)
        for centre in centres.values():
            centre.start()
            closing.callback(centre.kill)
        yield World(workers, folder, centres)


def is_well(world: World) -> bool:
    return not any(vars(world.result).values())


def progress(console: Console) -> Progress:
    return Progress("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)


def report(console: Console, world: World, seconds: float) -> None:
    table = Table("struck", "times")
    for struck, times in sorted(world.kills.items()):
        table.add_row(struck, str(times))
    console.print(table)
    found = {name.replace("_", " "): values for name, values in vars(world.result).items()}
    console.print(", ".join(f"{len(values)} {name}" for name, values in found.items()))
    for name, values in found.items():
        for value in values:
            console.print(f"{name}: {value}")
    console.print(f"{world.kills.total()} kills in {seconds:.0f} s")


if __name__ == "__main__":
    main()
