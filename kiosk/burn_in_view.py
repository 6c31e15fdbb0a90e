"""A burn-in as tables: what each device did, and what the terminal's processes used meanwhile."""

from collections.abc import Sequence
from datetime import timedelta

from rich.console import Group
from rich.table import Table
from rich.text import Text

from kiosk.burn_in import BurnIn, Tally
from kiosk.usage import Use


def tables(test: BurnIn) -> Group:
    return Group(_devices(test), *([_processes(test.uses)] if test.uses else []), _verdict(test))


def _devices(test: BurnIn) -> Table:
    table = Table("device", "what", title=f"burn-in, {timedelta(seconds=round(test.seconds))}")
    for heading in ("runs", "failed", "mean", "slowest"):
        table.add_column(heading, justify="right")
    table.add_column("line")
    table.add_column("last failure", overflow="fold")
    for each in test.tallies:
        table.add_row(*_row(each, test.lines.get(each.device, "")), style="red" if each.failures else "")
    return table


def _row(tally: Tally, line: str) -> tuple[str, ...]:
    times = (f"{tally.mean:.2f} s", f"{tally.slowest:.2f} s")
    failure = "".join(character if character.isprintable() else "?" for character in tally.last_failure)
    return (tally.device, tally.verb, str(tally.runs), str(tally.failures), *times, line, failure)


def _processes(uses: Sequence[Use]) -> Table:
    table = Table("process")
    for heading in ("CPU, share of a core", "restarts", "memory at first", "at most", "now"):
        table.add_column(heading, justify="right")
    for use in uses:
        table.add_row(use.name, f"{use.cpu:.1%}", str(use.restarts), *(f"{each:.0f} MB" for each in use.megabytes))
    return table


def _verdict(test: BurnIn) -> Text:
    if test.citizen_came:
        return Text("ended: a citizen is at the terminal", style="yellow")
    failed = [each.device for each in test.tallies if each.failures or not each.runs]
    return Text(f"failed: {', '.join(failed)}" if failed else "nothing failed", style="red" if failed else "green")
