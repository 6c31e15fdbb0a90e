"""What a simulation shows while it runs and says in the end."""

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from central.simulate.run import Now, Result

_ORDER: Final = ("heartbeat", "matter", "backlog")
"""What a citizen waits for is ``matter``; ``backlog`` is what an outage left, up to 100 at once."""


@contextmanager
def progress(console: Console) -> Generator[Callable[[Now], None]]:
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[stand]}")
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("terminals", total=1.0, stand="")

        def tell(now: Now) -> None:
            stand = f"{now.answers} answers, {now.put} matters put, {now.told} told" if now.answers else ""
            bar.update(task, description=now.phase, completed=now.done, stand=stand)

        yield tell


def report(console: Console, result: Result, database_bytes: int) -> None:
    console.print(_routes(result))
    measured, comparison = result.measured, result.comparison
    for what, count in sorted(measured.failures.items()):
        console.print(f"not answered, and asked again: {what}: {count}")
    console.print(f"{result.put} matters put, {result.refused} refused by a rule; " + ", ".join(
        f"{getattr(comparison, one.name)} {one.name.replace('_', ' ')}" for one in fields(comparison)))  # fmt: skip
    console.print(f"database: {database_bytes / 2**20:,.1f} MiB")
    console.print(_processor(result))


def percentile(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _routes(result: Result) -> Table:
    plan = result.plan
    title = f"{plan.terminals} terminals, {plan.minutes:g} minutes at {plan.speed:g} times their speed"
    table = Table("asked", "answers", "a second", "p50 ms", "p99 ms", title=f"{title}, {result.seconds:.0f} s")
    for what in _ORDER:
        if seconds := result.measured.seconds.get(what):
            spread = (f"{1000 * percentile(seconds, share):,.1f}" for share in (0.5, 0.99))
            table.add_row(what, str(len(seconds)), f"{len(seconds) / result.seconds:,.1f}", *spread)
    return table


def _processor(result: Result) -> str:
    cores, seconds = len(os.sched_getaffinity(0)), result.seconds
    terminals = f"terminals {result.generator / seconds:.2f} ({result.measured.signing / seconds:.2f} to sign)"
    centre = "" if result.centre is None else f", centre {result.centre / seconds:.2f}"
    return f"cores used, of {cores} that both sides share: {terminals}{centre}"
