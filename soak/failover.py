"""``python -m soak.failover``: a centre on several machines loses one after another, and nothing may be missing.

Three nodes of etcd, three of PostgreSQL under Patroni, PgBouncer and two workers, all on this machine, under the load
of terminals with their real queue and client. Killed (SIGKILL) are the primary, a worker, the leader of etcd, and at
last a primary whose standbys do not answer and whose commits were cancelled: what it had committed alone is gone with
it, and must have been acknowledged to nobody.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from soak.cluster import nodes, pgbouncer
from soak.cluster.nodes import Node
from soak.cluster.programs import until
from soak.cluster.terminals import Fleet, fleet, names
from soak.cluster.whole import Cluster, cluster
from tests.faults.filing import Comparison, compare

AT_EASE: Final = 5.0
"""Seconds of undisturbed filing."""
HELD: Final = 5.0
"""Seconds for which the standbys do not answer."""
ON_ITS_WAY: Final = 1.0
"""Seconds in which an answer may still come that was given before."""
_CANCEL: Final = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
_CANCEL_EVERY: Final = 0.2

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Blow:
    """Times by the monotonic clock."""

    struck: str
    began: float
    over: float
    """All terminals have been answered since."""
    whole: float
    """What was killed is back."""


@dataclass(frozen=True)
class Hole:
    """Of the time when the standbys did not answer."""

    cancelled: int
    """Commits whose wait was cancelled."""
    acknowledged: int
    """Answers to terminals: none."""


class Strikes:
    def __init__(self, whole: Cluster, load: Fleet, tell: Tell) -> None:
        self._cluster = whole
        self._load = load
        self._tell = tell

    def all(self) -> tuple[list[Blow], Hole]:
        self._load.wait_for_all(0.0)
        blows = [self._nothing(), self._primary(), self._worker(), self._etcd()]
        blow, hole = self._primary_alone()
        return [*blows, blow], hole

    def _nothing(self) -> Blow:
        began = time.monotonic()
        time.sleep(2 * AT_EASE)
        over = time.monotonic()
        self._load.wait_for_all(over)
        return Blow("nothing, for comparison", began, over, over)

    def _primary(self) -> Blow:
        primary = until(self._cluster.nodes.primary, "a primary")
        began = time.monotonic()
        primary.kill()
        return self._back("primary", began, primary.program.start, self._cluster.nodes.ready)

    def _worker(self) -> Blow:
        worker = self._cluster.workers[0]
        began = time.monotonic()
        worker.program.kill()
        return self._back("worker", began, worker.start, lambda: True)

    def _etcd(self) -> Blow:
        etcd = self._cluster.etcd
        leader = until(etcd.leader, "a leader of etcd")
        began = time.monotonic()
        leader.kill()
        return self._back("leader of etcd", began, leader.start, lambda: etcd.alive() == len(etcd.nodes))

    def _primary_alone(self) -> tuple[Blow, Hole]:
        """Its standbys get nothing any more when it dies; one of them takes over."""
        nodes = self._cluster.nodes
        primary = until(nodes.ready, "a primary with two standbys")
        standbys = [node for node in nodes.all if node is not primary]
        began = time.monotonic()
        for node in standbys:
            node.hold()
        cancelled = self._cancel_commits(primary)
        died = time.monotonic()
        primary.kill()
        for node in standbys:
            node.let_go()
        told = [at for times in self._load.filed_at() for at in times if began + ON_ITS_WAY < at < died]
        blow = self._back("primary without standbys, commits cancelled", died, primary.program.start, nodes.ready)
        return blow, Hole(cancelled, len(told))

    def _cancel_commits(self, primary: Node) -> int:
        cancelled, end = 0, time.monotonic() + HELD
        with self._cluster.nodes.connect(primary) as connection:
            while time.monotonic() < end:
                row = connection.execute(_CANCEL).fetchone()
                cancelled += row[0] if row else 0
                time.sleep(_CANCEL_EVERY)
        return cancelled

    def _back(self, struck: str, began: float, start: Callable[[], None], is_whole: Callable[[], object]) -> Blow:
        self._load.wait_for_all(began)
        over = time.monotonic()
        time.sleep(AT_EASE)
        start()
        until(is_whole, f"{struck}: to be whole again")
        whole = time.monotonic()
        self._tell(f"{struck}: killed; all terminals answered again after {over - began:.1f} s")
        time.sleep(AT_EASE)
        return Blow(struck, began, over, whole)


def silence(filed_at: Sequence[float], blow: Blow) -> float:
    """The longest time in seconds without an answer, from just before the blow until all are answered again."""
    during = [(a, b) for a, b in pairwise(sorted(filed_at)) if b > blow.began and a < blow.over]
    return max((b - a for a, b in during), default=0.0)


def compared(whole: Cluster, load: Fleet) -> Comparison:
    load.finish()
    records = whole.records()
    result = Comparison()
    for terminal in load.terminals:
        result += compare(terminal.view(), records.get(terminal.name, ()))
    return result


@click.command()
@click.option("--terminals", default=6, show_default=True, type=click.IntRange(2, 50))
def main(terminals: int) -> None:
    """Exit status 0 if nothing is lost, twice, out of order or was told untruly."""
    console = Console(highlight=False)
    if not (nodes.is_installed() and pgbouncer.PROGRAM):
        console.print("left out: apt-get install etcd-server patroni pgbouncer postgresql")
        return
    began = time.monotonic()
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="failover-"))).resolve()
        whole = closing.enter_context(cluster(console.print))
        load = closing.enter_context(fleet(folder, whole.url, whole.codes(names(terminals))))
        blows, hole = Strikes(whole, load, console.print).all()
        result = compared(whole, load)
        report(console, blows, hole, load, result)
    console.print(f"{time.monotonic() - began:.0f} s")
    sys.exit(0 if is_well(hole, result) else 1)


def is_well(hole: Hole, result: Comparison) -> bool:
    return bool(hole.cancelled) and not hole.acknowledged and not any(vars(result).values())


def report(console: Console, blows: Sequence[Blow], hole: Hole, load: Fleet, result: Comparison) -> None:
    table = Table("killed", "nobody answered", "one terminal, at most", "whole again after", title="seconds")
    each = load.filed_at()
    for blow in blows:
        nobody = silence([at for times in each for at in times], blow)
        longest = max(silence(times, blow) for times in each)
        table.add_row(blow.struck, f"{nobody:.1f}", f"{longest:.1f}", f"{blow.whole - blow.began:.1f}")
    console.print(table)
    console.print(f"{hole.cancelled} commits cancelled without a standby, {hole.acknowledged} answers meanwhile")
    found = {name.replace("_", " "): values for name, values in vars(result).items()}
    matters = sum(map(len, each))
    console.print(f"{matters} matters: " + ", ".join(f"{len(values)} {name}" for name, values in found.items()))
    for name, values in found.items():
        for value in values:
            console.print(f"{name}: {value}")


if __name__ == "__main__":
    main()
