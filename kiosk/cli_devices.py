"""Command line of the devices: what a technician does with all of them, with or without a running terminal."""

import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk import cli_device
from kiosk.cli_device import FAILED, LONGEST, until, way_to

if TYPE_CHECKING:
    from rich.console import Console

PIPE_WIDTH: Final = 160
"""Characters of a table that no terminal window limits."""
DAYS: Final = 24 * 60.0
SHOW_SECONDS: Final = 1.0


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_context
def devices(context: click.Context, as_json: bool) -> None:
    """Show every device: port, state, who must act. Exit status 1 when one does not work."""
    if context.invoked_subcommand:
        return
    from kiosk.devices import statuses, works

    rows = statuses(context.obj.in_use())
    if as_json:
        click.echo(json.dumps([row.model_dump(exclude={"type"}) for row in rows], ensure_ascii=False))
    else:
        _print_table(
            ["device", "port", "state", "who must act", "fault", "what it says", "line"],
            [(r.name, r.port, r.state, r.who, r.fault, _says(r), _line(r)) for r in rows],
        )
    raise SystemExit(0 if all(map(works, rows)) else FAILED)


def _line(row: Any) -> str:
    """How steady the line is: what is to blame, and how much of 100 it disturbs."""
    return f"{row.suspect} {row.score}" if row.score else "steady"


def _says(row: Any) -> str:
    substates = ", ".join(f"{name} {word}" for name, word in row.substates.items() if word)
    return "; ".join(filter(None, (row.model, substates, row.detail, row.advice)))


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")  # half a fault's name is none
    for row in rows:
        table.add_row(*map(str, row))
    _console().print(table)


def _console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)


@devices.command()
@click.argument("device", required=False)
@click.option("--port", help="Watch DEVICE at this port, opened here.")
@click.option("--driver", default="", help="Driver for --port.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object a line.")
@click.option("--timeout", type=click.FloatRange(0.1), help="Seconds until it ends; default: until Ctrl-C.")
@click.pass_obj
def watch(
    context: Any, device: str | None, port: str | None, driver: str, as_json: bool, timeout: float | None
) -> None:
    """Tell the state of every device, and then whatever changes, as it happens; with --port that of one DEVICE."""
    from kiosk.devices import Watcher

    if bool(device) != bool(port):
        raise click.UsageError("DEVICE and --port go together")
    settings = way_to(context, device, port, driver, None).settings if device else context.in_use()
    with until(timeout) as stop, Watcher(settings, device or "") as watcher:
        stop.wait(0.5)
        for row in watcher.rows():
            _tell(as_json, row.model_dump(exclude={"type"}), f"{row.name:18}{row.state:16}{row.fault}")
        while not stop.wait(0.3):
            for event in watcher.news():
                clock = time.strftime("%H:%M:%S", time.localtime(event.at))
                line = f"{clock}  {event.device:18}{event.what:10}{event.text}"
                _tell(as_json, event.model_dump(exclude={"type"}), line)


def _tell(as_json: bool, fields: dict[str, Any], line: str) -> None:
    click.echo(json.dumps(fields, ensure_ascii=False) if as_json else line.rstrip())


@devices.command()
@click.option("--host", "hosts", multiple=True, metavar="HOST[:PORT]", help="A machine in the network to ask, too.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of text.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, LONGEST), default=30.0, show_default=True, help="Seconds for all of it."
)
@click.pass_obj
def probe(context: Any, hosts: tuple[str, ...], as_json: bool, timeout: float) -> None:
    """Look what is plugged in, ask each port in every protocol, and propose the lines of kiosk.ini.

    Only queries that change nothing are sent. Devices that no driver knows are listed, too.
    """
    from kiosk.probe import search

    found = search(context.in_use(), hosts, timeout, lambda text: click.echo(text, err=True))
    if as_json:
        click.echo(json.dumps(found.as_dicts(), ensure_ascii=False))
    else:
        click.echo("\n".join(found.lines()))


# --- burn-in ----------------------------------------------------------------------------------------------------------


@devices.command("burn-in")
@click.argument("names", nargs=-1, metavar="[DEVICE]...")
@click.option("--minutes", type=click.FloatRange(0.01, 30 * DAYS), default=60.0, show_default=True, help="How long.")
@click.option("--paper", is_flag=True, help="Let the printers print, three pieces a minute; else they are only asked.")
@click.option("--json", "as_json", is_flag=True, help="A JSON object at the end instead of tables.")
@click.pass_obj
def burn_in_(context: Any, names: tuple[str, ...], minutes: float, paper: bool, as_json: bool) -> None:
    """Let all devices, or those named, do their self-tests again and again, and count what fails.

    Ends after the time, with Ctrl-C, or when a citizen comes. Exit status 1 when anything failed. Scanner, signature
    pad, power supply and, without --paper, the receipt printer are only asked how they are: their tests need a person,
    empty the battery or use up paper.
    """
    from rich.console import Console
    from rich.live import Live

    from kiosk.burn_in import AT_ONCE, SECONDS_EACH, burn_in, devices_of
    from kiosk.burn_in_view import tables

    settings = context.in_use()
    there = list(devices_of(settings))
    if unknown := [name for name in names if name not in there]:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(there)}")
    test = burn_in(settings, names or there, paper=paper)
    with until(minutes * 60) as stop, Live(console=Console(stderr=True), auto_refresh=False, transient=True) as live:
        test.start()
        while not (stop.wait(SHOW_SECONDS) or test.over.is_set()):
            test.look()
            live.update(tables(test), refresh=True)
    test.end(SECONDS_EACH if stop.is_set() else AT_ONCE)
    if as_json:
        click.echo(json.dumps(test.as_dict(), ensure_ascii=False))
    else:
        _console().print(tables(test))
    raise SystemExit(0 if test.passed else FAILED)


for _command in (cli_device.read, cli_device.print_, cli_device.capture, cli_device.selftest, cli_device.trace):
    devices.add_command(_command)
