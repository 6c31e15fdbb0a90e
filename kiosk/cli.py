"""Command line of the terminal."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from kiosk import config
from kiosk.config import ConfigError
from kiosk.settings import Settings

FAILED = 1
BAD_CONFIG = 2
PIPE_WIDTH = 160
"""Characters of a table that no terminal window limits."""


@dataclass(frozen=True)
class Context:
    """Which settings the command works with."""

    file: Path
    overrides: tuple[str, ...]

    def settings(self) -> Settings:
        """Ends the program with all errors of the file when it is wrong."""
        try:
            return config.load(self.file, self.overrides)
        except ConfigError as error:
            click.echo(error, err=True)
            raise SystemExit(BAD_CONFIG) from None

    def problems(self) -> Sequence[config.Problem]:
        """All errors of file and overrides; if there are none, what is doubtful in the file."""
        try:
            config.load(self.file, self.overrides)
        except ConfigError as error:
            return error.problems
        return config.check(self.file)

    def command(self) -> list[str]:
        """How this program is started again with the same settings."""
        options = [part for override in self.overrides for part in ("--set", override)]
        return [sys.executable, "-m", "kiosk", "--config", str(self.file), *options]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    default=Path("kiosk.ini"),
    envvar="KIOSK_CONFIG",
    show_default=True,
    help="The terminal's settings.",
)
@click.option(
    "--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Overrides one setting; repeatable."
)
@click.pass_context
def main(context: click.Context, file: Path, overrides: tuple[str, ...]) -> None:
    """Self-service terminal for government services."""
    context.obj = Context(file.resolve(), overrides)


# --- processes ------------------------------------------------------------------------------------------------------


@main.command()
@click.pass_obj
def run(context: Context) -> None:
    """Start the terminal: supervisor with window, vision and sync (and, simulated, the hardware and the centre)."""
    from kiosk.bootstrap.processes import make_folders, run_supervisor

    settings = context.settings()
    try:
        make_folders(settings)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    raise SystemExit(run_supervisor(settings, context.command()))


@main.command()
@click.pass_context
def start(context: click.Context) -> None:
    """Start on the display there is; without one play the journey on a virtual display and show what came out."""
    if os.environ.get("DISPLAY") or context.obj.settings().window.display:
        context.invoke(run)
    else:
        context.invoke(demo, out=Path("out/demo"), offline=False)


@main.command(hidden=True)
@click.pass_obj
def ui(context: Context) -> None:
    """One process of the terminal: window, journey, devices."""
    from kiosk.bootstrap.window import run_ui

    run_ui(context.settings())


@main.command(hidden=True)
@click.pass_obj
def vision(context: Context) -> None:
    """One process of the terminal: camera and face."""
    from kiosk.bootstrap.processes import run_vision

    run_vision(context.settings())


@main.command(hidden=True)
@click.pass_obj
def sync(context: Context) -> None:
    """One process of the terminal: from the queue to the centre."""
    from kiosk.bootstrap.processes import run_sync

    run_sync(context.settings())


@main.command(hidden=True)
@click.pass_obj
def sim(context: Context) -> None:
    """The simulated cabinet: every simulated device in one process."""
    from kiosk.bootstrap.processes import run_sim

    run_sim(context.settings())


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for what comes out."
)
@click.option("--offline", is_flag=True, help="The centre is down during the journey and comes back later.")
@click.option("--landscape", is_flag=True, help="1920x1080 instead of 1080x1920.")
@click.pass_obj
def demo(context: Context, out: Path, offline: bool, landscape: bool = False) -> None:
    """Play the whole journey with real pointer events and verify everything that came out of it.

    Writes OUT/steps/*.png, receipt.png, certificate.pdf, central.json and journey.json; exit status 0 only if every
    one of them was opened and found right.
    """
    from kiosk.demo.play import play

    context.settings()  # what is wrong with them is told here, not in the log of the terminal that does not start
    raise SystemExit(0 if play(out, context.file, context.overrides, offline=offline, landscape=landscape) else FAILED)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the pictures.")
@click.option("--only", default="", help="Only pictures whose name contains this, such as zh-Hans-elder/ or output.")
@click.pass_obj
def gallery(context: Context, out: Path, only: str) -> None:
    """Draw every screen of every service in each language, mode and orientation, and look it over.

    Writes OUT/index.html and the pictures; exit status 1 when a text is cut, a page scrolls or a target is too small.
    """
    from kiosk.demo.display import VirtualDisplay
    from screens.gallery import make

    with VirtualDisplay(1920, 1920) as display:
        found = make(out, display.name, context.settings().terminal.cache_dir / "fonts", only)
    for name, problems in found.items():
        for problem in problems:
            click.echo(f"{name}: {problem}")
    click.echo(f"{len(found)} pictures: {out / 'index.html'}")
    raise SystemExit(FAILED if any(found.values()) else 0)


# --- devices --------------------------------------------------------------------------------------------------------


@main.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list instead of a table.")
@click.pass_context
def devices(context: click.Context, as_json: bool) -> None:
    """Show every device: port, state, who must act. Exit status 1 when one does not work."""
    if context.invoked_subcommand:
        return
    from kiosk.devices import statuses

    rows = statuses(context.obj.settings())
    if as_json:
        click.echo(json.dumps([row.model_dump(exclude={"type"}) for row in rows], ensure_ascii=False))
    else:
        _print_table(
            ["device", "port", "state", "who must act", "fault", "detail"],
            [(row.name, row.port, row.state, row.who, row.fault, row.detail) for row in rows],
        )
    raise SystemExit(FAILED if any(row.state not in ("online", "busy", "degraded") for row in rows) else 0)


@devices.command()
@click.argument("device", type=click.Choice(["id_card"]))
@click.option("--port", help="Open this port instead of the configured one, such as /dev/ttyUSB0.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of lines.")
@click.option("--show-personal", is_flag=True, help="Show name, number and address unmasked.")
@click.option(
    "--timeout", type=click.FloatRange(0.1, 600), default=15.0, show_default=True, help="Seconds to wait for a card."
)
@click.pass_obj
def read(context: Context, device: str, port: str | None, as_json: bool, show_personal: bool, timeout: float) -> None:
    """Read one card over the real driver. Exit status 0 only on a whole read of a valid card."""
    from kiosk.devices import read_card

    report = read_card(context.settings(), device, port, timeout=timeout, personal=show_personal)
    if as_json:
        click.echo(json.dumps(report.model_dump(exclude={"type"}), ensure_ascii=False))
    else:
        for name, value in report.fields.items():
            if value:
                click.echo(f"{name:18}{_printable(value)}")
        if report.error:
            click.echo(f"{report.error}: {_printable(report.sentence)} [who must act: {report.who}]", err=True)
    raise SystemExit(FAILED if report.error else 0)


def _printable(text: str) -> str:
    """What a card says must neither break the line nor steer the technician's screen."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")  # half a fault's name is none
    for row in rows:
        table.add_row(*map(str, row))
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


# --- settings and staff -----------------------------------------------------------------------------------------------


@main.group("config")
def config_group() -> None:
    """The terminal's settings."""


@config_group.command()
@click.pass_obj
def check(context: Context) -> None:
    """Report everything that is wrong with the settings file, with line and remedy. Exit status 0 if nothing is."""
    problems = context.problems()
    for problem in problems:
        click.echo(problem)
    errors = [problem for problem in problems if problem.level == "error"]
    if not errors:
        click.echo(f"{context.file.name}: {'usable' if problems else 'all right'}")
    raise SystemExit(BAD_CONFIG if errors else 0)


@main.group()
def staff() -> None:
    """Who may confirm a citizen at this terminal."""


@staff.command()
@click.argument("staff_id")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["staff", "technician", "administrator"]),
    default="staff",
    show_default=True,
    help="Of somebody new.",
)
@click.option("--pin", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given.")
@click.pass_obj
def add(context: Context, staff_id: str, name: str, role: Any, pin: str) -> None:
    """Add a member of the staff, or give one a new PIN."""
    from kiosk.staff.pin import PinRefused, StaffFile, StaffFileError

    path = context.settings().staff.pin_file
    try:
        book = StaffFile.load(path) if path.exists() else StaffFile(path)
        if any(entry.id == staff_id for entry in book.entries):
            book.change_pin(staff_id, pin)
        else:
            book.add(staff_id, name, role, pin)
    except (PinRefused, StaffFileError) as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{path}: {error.strerror}") from None
    click.echo(f"{staff_id} may now confirm citizens")
