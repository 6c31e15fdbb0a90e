"""What a soak does, one life of a terminal each; what is struck, how and when is left to chance."""

import random
from collections.abc import Callable
from functools import partial
from typing import Final

from soak.world import Recorder, World
from tests.faults import day
from tests.faults.centre import CentreProcess
from tests.faults.disk import Disk, Mercy, empty
from tests.faults.filing import Comparison
from tests.faults.journal import read_journal
from tests.faults.power import Power
from tests.faults.terminal import open_queue

TERMINAL_STEPS: Final = 450
CENTRE_STEPS: Final = 120
DAY_STEPS: Final = 750
"""A little more than there are: a strike that comes too late is none."""
STRIKES: Final = 3
"""At most, in the life of one terminal."""


def strike_terminal(world: World, chance: random.Random, *, centre: CentreProcess, cut: bool) -> None:
    terminal = world.new_terminal(centre)
    for _ in range(chance.randint(1, STRIKES)):
        recorder = Recorder.begin(terminal.folder, world.folder / "journal") if cut else None
        at = chance.randint(1, TERMINAL_STEPS)
        done = terminal.run(Power(terminal.folder, recorder.journal if recorder else None, at=at))
        if done.killed:
            world.kills["terminal, power cut" if cut else "terminal, SIGKILL"] += 1
            if recorder:
                recorder.cut(mercies(chance), chance)
    terminal.finish()


def strike_centre(world: World, chance: random.Random, *, centre: CentreProcess, cut: bool, kind: str) -> None:
    terminal = world.new_terminal(centre)
    for _ in range(chance.randint(1, STRIKES)):
        centre.kill()
        recorder = Recorder.begin(centre.data, world.folder / "journal") if cut else None
        journal = recorder.journal if recorder else None
        struck = Power(centre.data, journal, at=chance.randint(1, CENTRE_STEPS))
        if centre.start(Power(centre.data, journal), when_ready=struck):
            terminal.run()
        if not centre.alive():
            world.kills[f"centre on {kind}, {'power cut' if cut else 'SIGKILL'}"] += 1
            if recorder:
                recorder.cut(mercies(chance), chance)
        else:
            break
    centre.start()
    terminal.finish()


def strike_day(world: World, chance: random.Random) -> None:
    """Drafts, effects, new keys and compaction too; looked at right after the power cut."""
    folder, left, journal = (world.folder / name for name in ("day", "left", "journal"))
    empty(folder)
    journal.unlink(missing_ok=True)
    disk = Disk(folder)
    struck = Power(folder, journal, at=chance.randint(1, DAY_STEPS))
    if not world.workers.run(day.live, folder, power=struck, output=world.folder / "said").killed:
        return
    world.kills["terminal's day, power cut"] += 1
    disk.play(read_journal(journal))
    disk.leave(empty(left), *mercies(chance), chance)
    with open_queue(left) as queue:
        if day.found(queue) not in day.possible(disk.said):
            world.days += Comparison(lost=(f"day at {struck.at}",))


def mercies(chance: random.Random) -> tuple[Mercy, Mercy]:
    return chance.choice(list(Mercy)), chance.choice(list(Mercy))


Episode = Callable[[World, random.Random], None]


def episodes(world: World) -> list[Episode]:
    """One of them is as likely as another."""
    sqlite = world.centres["SQLite"]
    found: list[Episode] = [
        partial(strike_terminal, centre=sqlite, cut=False),
        partial(strike_terminal, centre=sqlite, cut=True),
        partial(strike_centre, centre=sqlite, cut=False, kind="SQLite"),
        partial(strike_centre, centre=sqlite, cut=True, kind="SQLite"),
        strike_day,
    ]
    if postgres := world.centres.get("PostgreSQL"):
        found += [
            partial(strike_terminal, centre=postgres, cut=True),
            partial(strike_centre, centre=postgres, cut=False, kind="PostgreSQL"),
        ]
    return found
