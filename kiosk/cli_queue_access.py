"""What the commands of the queue share: which queue it is, how it is opened, and how they end."""

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from kiosk.bootstrap.queue import QueuePlace, Tell
    from kiosk.bus.messages import AnyMessage, Message
    from offline_queue.store import SqliteQueue

FAILED: Final = 1
UNAVAILABLE: Final = 3
NO_CENTRE: Final = 4
PIPE_WIDTH: Final = 160
"""Characters of a table that no terminal window limits."""


class Unavailable(click.ClickException):
    exit_code = UNAVAILABLE


def place_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--terminal", default="", help="Number of the terminal; default: the one in kiosk.ini."),
        click.option(
            "--db",
            type=click.Path(dir_okay=False, path_type=Path),
            help="The queue in this file, with all that belongs to it beside it.",
        ),
    ):
        command = option(command)
    return command


json_option: Final = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
yes_option: Final = click.option("--yes", is_flag=True, help="Do not ask.")


def place_of(context: Any, db: Path | None, terminal: str) -> "QueuePlace":
    """Reads the settings only for what is not said on the command line."""
    from kiosk.bootstrap.queue import DEFAULT_TERMINAL, QueuePlace

    if db is None:
        return QueuePlace.set_in(context.in_use())
    if not terminal:
        terminal = context.in_use().terminal.id if context.file.exists() else DEFAULT_TERMINAL
    return QueuePlace.beside(db, terminal)


@contextmanager
def opened(place: "QueuePlace", telling: "Tell | None" = None) -> "Generator[SqliteQueue]":
    """Ends the program with what a technician must know when the queue cannot be used. ``telling`` is called with
    outcomes once they are durable."""
    from offline_queue.contract import QueueUnavailable

    try:
        queue = place.open(telling)
        try:
            yield queue
        finally:
            queue.close()
    except QueueUnavailable as error:
        raise Unavailable(f"{place.file}: {error}") from None
    except OSError as error:
        if error.filename is None:  # the other end of a pipe went away, or the like: not the queue's fault
            raise
        raise Unavailable(f"{error.filename}: {error.strerror}") from None


@contextmanager
def existing(context: Any, db: Path | None, terminal: str) -> "Generator[SqliteQueue]":
    """For commands that have nothing to do where there is no queue, and must not make one."""
    place = must_exist(place_of(context, db, terminal))
    with opened(place) as queue:
        yield queue


def must_exist(place: "QueuePlace") -> "QueuePlace":
    if not is_there(place):
        raise click.ClickException(_no_queue(place))
    return place


def is_there(place: "QueuePlace", *, say_so: bool = False) -> bool:
    """One that was there and is gone counts: the queue itself must deal with that."""
    from offline_queue.generations import remembered

    there = place.file.exists() or remembered(place.file) is not None
    if say_so and not there:
        click.echo(_no_queue(place), err=True)
    return there


def _no_queue(place: "QueuePlace") -> str:
    return f"{place.file}: there is no queue yet; it is made when the first matter is filed"


def confirm(question: str, *, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True, err=True)


def ask_sync(context: Any, db: Path | None, message: "Message") -> "AnyMessage | None":
    """What the terminal's sync process answers; nothing when it does not run, or the queue is another."""
    if db is not None:
        return None
    from kiosk.bus.connection import BusError, request

    with suppress(BusError):
        return request(context.in_use().terminal.run_dir / "sync.sock", message)
    return None


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")  # half a reference is none
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)
