"""What a soak works on: a centre on each kind of database, terminals that come and go, and the count of it all."""

import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import filing
from tests.faults.centre import CentreProcess
from tests.faults.disk import Disk, Mercy, empty
from tests.faults.filing import Comparison, View, compare, view
from tests.faults.journal import read_journal
from tests.faults.power import Done, Power, Workers

PATIENCE = 5
"""Runs a terminal needs at most once nothing strikes any more."""


@dataclass
class World:
    workers: Workers
    folder: Path
    centres: dict[str, CentreProcess]
    """By kind of database."""
    kills: "Counter[str]" = field(default_factory=Counter[str])
    """By what was struck and how."""
    result: Comparison = field(default_factory=Comparison)
    days: Comparison = field(default_factory=Comparison)
    """What was wrong with days that were cut by themselves, without a centre."""
    _views: dict[str, dict[str, View]] = field(default_factory=dict[str, dict[str, View]])
    """By centre and terminal: not compared yet."""
    _terminals: int = 0

    def new_terminal(self, centre: CentreProcess) -> "Terminal":
        self._terminals += 1
        name = f"T{self._terminals:06d}"
        return Terminal(self, centre, name, empty(self.folder / name))

    def finished(self, terminal: "Terminal") -> None:
        """All has been sent that will be. Its folder goes."""
        kind = next(kind for kind, centre in self.centres.items() if centre is terminal.centre)
        self._views.setdefault(kind, {})[terminal.name] = view(terminal.folder, terminal.name, terminal.said)
        shutil.rmtree(terminal.folder)

    def compare(self) -> None:
        """All terminals of all centres, the earliest too: nothing may go later either."""
        self.result = self.days
        for kind, views in self._views.items():
            records = self.centres[kind].records()
            for name, seen in views.items():
                self.result += compare(seen, records.get(name, ()))


@dataclass
class Terminal:
    world: World
    centre: CentreProcess
    name: str
    folder: Path
    said: list[str] = field(default_factory=list[str])

    def run(self, power: Power | None = None) -> Done:
        output = self.world.folder / "said"
        struck = power or Power(self.folder)
        done = self.world.workers.run(
            filing.file_all, self.folder, self.name, self.centre.url, power=struck, output=output
        )
        assert done.killed or not done.status, f"{self.name} ended with status {done.status}"
        self.said += done.said
        return done

    def finish(self) -> None:
        """Until nothing waits."""
        for _ in range(PATIENCE):
            if not self.centre.alive():
                self.centre.start()
            self.run()
            if not view(self.folder, self.name, self.said).waiting:
                break
        self.world.finished(self)


@dataclass(frozen=True)
class Recorder:
    """Writes down what is done to a folder, to leave there what its disk would hold after a power cut."""

    folder: Path
    journal: Path
    disk: Disk

    @classmethod
    def begin(cls, folder: Path, journal: Path) -> "Recorder":
        journal.unlink(missing_ok=True)
        return cls(folder, journal, Disk(folder))

    def cut(self, mercies: tuple[Mercy, Mercy], chance: random.Random) -> None:
        """``mercies``: one for contents, one for names."""
        self.disk.play(read_journal(self.journal))
        left = empty(self.folder.with_name(f"{self.folder.name}.left"))
        self.disk.leave(left, *mercies, chance)
        shutil.rmtree(self.folder)
        left.rename(self.folder)
