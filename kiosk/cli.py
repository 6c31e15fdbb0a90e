"""Command line of the terminal."""

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kiosk.cli_devices import devices
from kiosk.cli_queue import queue
from kiosk.cli_staff import staff

if TYPE_CHECKING:  # each command imports only what it needs: those of the queue start at once
    from kiosk.config import Problem
    from kiosk.last_good import Chosen
    from kiosk.settings import Settings

FAILED = 1
BAD_CONFIG = 2


@dataclass(frozen=True)
class Context:
    """Which settings the command works with."""

    file: Path
    overrides: tuple[str, ...]

    def settings(self) -> "Settings":
        """Ends the program with all errors of the file when it is wrong."""
        from kiosk import config

        try:
            return config.load(self.file, self.overrides)
        except config.ConfigError as error:
            click.echo(error, err=True)
            raise SystemExit(BAD_CONFIG) from None

    def chosen(self) -> "Chosen":
        """What the terminal runs with, or would: the last settings that worked when the file is wrong, said so."""
        from kiosk import last_good
        from kiosk.config import ConfigError

        try:
            return last_good.choose(self.file, self.overrides)
        except ConfigError as error:
            click.echo(error, err=True)
            raise SystemExit(BAD_CONFIG) from None

    def running(self) -> str:
        """The settings file of the terminal that runs; empty when none does, or nobody knows where to ask."""
        from kiosk import last_good
        from kiosk.config import ConfigError

        try:
            chosen = last_good.choose(self.file, self.overrides)
        except ConfigError:
            return ""
        return last_good.file_in_use(chosen.settings.terminal.run_dir)

    def in_use(self) -> "Settings":
        """The same for commands about a terminal that may be running; warns when it does not run with the file."""
        from kiosk import last_good

        chosen = self.chosen()
        running = last_good.file_in_use(chosen.settings.terminal.run_dir)
        if running and running != str(self.file):
            click.echo(f"warning: the terminal runs with {running}; kiosk config check says what is wrong", err=True)
        elif chosen.problems:
            click.echo(f"warning: {self.file.name} is wrong; this is about {chosen.file}", err=True)
        return chosen.settings

    def problems(self) -> "Sequence[Problem]":
        """All errors of file and overrides; if there are none, what is doubtful in the file."""
        from kiosk import config

        try:
            config.load(self.file, self.overrides)
        except config.ConfigError as error:
            return error.problems
        return config.check(self.file)

    def command(self, file: Path) -> list[str]:
        """How this program is started again with ``file`` and the same overrides."""
        options = [part for override in self.overrides for part in ("--set", override)]
        return [sys.executable, "-m", "kiosk", "--config", str(file), *options]

    def keep(self, chosen: "Chosen") -> Callable[[], None]:
        """What keeps the settings as they are now, to be called when they have proved good. Raises ``OSError``."""
        from kiosk import last_good

        if chosen.problems or self.overrides:  # what works is then not what the file says
            return lambda: None
        return last_good.Keeper(self.file).keep


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
    """Start the terminal: supervisor with window, vision and sync (and, simulated, the hardware and the centre).

    When the settings file is wrong, the last settings that worked are used, and the log says what is wrong.
    """
    from kiosk.bootstrap.processes import make_folders, run_supervisor

    chosen = context.chosen()
    try:
        keep = context.keep(chosen)
        make_folders(chosen.settings)
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None
    raise SystemExit(run_supervisor(chosen, context.command(chosen.file), keep))


@main.command()
@click.pass_context
def start(context: click.Context) -> None:
    """Start on the display there is; without one play the journey on a virtual display and show what came out."""
    if os.environ.get("DISPLAY") or context.obj.chosen().settings.window.display:
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

    run_sync(context.settings(), context.file, context.overrides)


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
@click.option(
    "--scenario",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TOML file that says what goes wrong, and when; examples are in scenarios/.",
)
@click.pass_obj
def demo(context: Context, out: Path, offline: bool, landscape: bool = False, scenario: Path | None = None) -> None:
    """Play the whole journey with real pointer events and verify everything that came out of it.

    Writes OUT/steps/*.png, receipt.png, certificate.pdf, central.json and journey.json; exit status 0 only if every
    one of them was opened and found right.
    """
    from kiosk.demo.play import How, play
    from kiosk.demo.scenario import Scenario, ScenarioError, load

    context.settings()  # what is wrong with them is told here, not in the log of the terminal that does not start
    try:
        how = How(offline, landscape, load(scenario) if scenario else Scenario())
    except ScenarioError as error:
        raise click.ClickException(str(error)) from None
    raise SystemExit(0 if play(out, context.file, context.overrides, how) else FAILED)


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


# --- settings ---------------------------------------------------------------------------------------------------------


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
    if running := context.running():
        click.echo(f"the terminal that runs uses {running}")
    raise SystemExit(BAD_CONFIG if errors else 0)


@config_group.command()
@click.argument("section", nargs=-1)
def defaults(section: tuple[str, ...]) -> None:
    """Print every key with its meaning and default, of all sections or of those named: to begin or complete a file."""
    from kiosk.config_template import template
    from kiosk.settings import SECTIONS

    if unknown := [name for name in section if name not in SECTIONS]:
        raise click.BadParameter(f"there is no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    click.echo(template({name: SECTIONS[name] for name in section or SECTIONS}), nl=False)


main.add_command(devices)
main.add_command(queue)
main.add_command(staff)
