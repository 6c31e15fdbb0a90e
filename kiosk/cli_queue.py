"""Command line of the queue: what staff and technicians see of it and do with it, while the terminal runs or not.

Nothing personal is ever shown. Exit status: 0 done; 1 not all of it, or somebody must act; 2 wrong usage or settings; 3
the queue cannot be used now.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from kiosk.bootstrap.queue import QueuePlace
    from offline_queue.store import SqliteQueue

FAILED: Final = 1
UNAVAILABLE: Final = 3
STATES: Final = ("queued", "in_flight", "filed", "refused", "parked")
WAITING: Final = ("queued", "in_flight", "parked")
ROWS: Final = 50
"""Of a table, unless more are asked for."""
CHUNK: Final = 1 << 20
PIPE_WIDTH: Final = 160
"""Characters of a table that no terminal window limits."""


@click.group()
def queue() -> None:
    """What waits for the centre, and why; release, hold back, check, export.

    Works while the terminal runs. Every command takes --db PATH for a queue with its key in PATH.key and its identity
    in PATH.identity, instead of the one in kiosk.ini. Exit status: 0 done, 1 not all of it, 3 the queue cannot be used.
    """


def _place_options(command: Callable[..., None]) -> Callable[..., None]:
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


_json_option: Final = click.option("--json", "as_json", is_flag=True, help="JSON for programs.")
_yes_option: Final = click.option("--yes", is_flag=True, help="Do not ask.")


def _place(context: Any, db: Path | None, terminal: str) -> "QueuePlace":
    """Reads the settings only for what is not said on the command line."""
    from kiosk.bootstrap.queue import DEFAULT_TERMINAL, QueuePlace

    if db is None:
        return QueuePlace.set_in(context.in_use())
    if not terminal:
        terminal = context.in_use().terminal.id if context.file.exists() else DEFAULT_TERMINAL
    return QueuePlace.beside(db, terminal)


@contextmanager
def _opened(place: "QueuePlace") -> "Generator[SqliteQueue]":
    """Ends the program with what a technician must know when the queue cannot be used."""
    from offline_queue.contract import QueueUnavailable

    try:
        opened = place.open()
        try:
            yield opened
        finally:
            opened.close()
    except QueueUnavailable as error:
        raise _Unavailable(f"{place.file}: {error}") from None
    except OSError as error:
        if error.filename is None:  # the other end of a pipe went away, or the like: not the queue's fault
            raise
        raise _Unavailable(f"{error.filename}: {error.strerror}") from None


class _Unavailable(click.ClickException):
    exit_code = UNAVAILABLE


@contextmanager
def _existing(context: Any, db: Path | None, terminal: str) -> "Generator[SqliteQueue]":
    """For commands that have nothing to do where there is no queue, and must not make one."""
    place = _place(context, db, terminal)
    if not place.file.exists():
        raise click.ClickException(f"{place.file}: there is no queue yet; it is made when the first matter is filed")
    with _opened(place) as opened:
        yield opened


# --- look ---------------------------------------------------------------------------------------------------------


@queue.command("list")
@_place_options
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; repeatable.")
@click.option("--limit", type=click.IntRange(1), help=f"So many; default: {ROWS} in a table, all as JSON.")
@click.option("--all", "everything", is_flag=True, help="All of them in the table, what the centre has spoken on, too.")
@_json_option
@click.pass_obj
def list_(
    context: Any,
    db: Path | None,
    terminal: str,
    states: Sequence[str],
    limit: int | None,
    everything: bool,
    as_json: bool,
) -> None:
    """Show what waits, in the order in which it was filed; with --json everything, as one list.

    Times in JSON are seconds since 1970 by this machine's clock; next_try 0 means at once.
    """
    from kiosk import queue_report as report
    from offline_queue.contract import MatterState

    chosen = [MatterState(state) for state in states]
    with _existing(context, db, terminal) as opened:
        if as_json:
            _print_json_list(report.row(matter) for matter in report.pages(opened, *chosen, limit=limit))
            return
        counts = opened.counts()
        shown = chosen or ([] if everything else [MatterState(state) for state in WAITING])
        most = limit or (None if everything else ROWS)
        _print_table(report.COLUMNS, [report.cells(matter) for matter in report.pages(opened, *shown, limit=most)])
        click.echo(report.sentence(counts))
        rest = sum(counts[state] for state in shown or MatterState if state is not MatterState.DRAFT) - (most or 0)
        if most and rest > 0:
            click.echo(f"{rest} more: --all, or --limit")


def _print_json_list(rows: Iterable[dict[str, Any]]) -> None:
    """As it is read, so that a million need no memory."""
    separator = "["
    for row in rows:
        click.echo(f"{separator}{json.dumps(row, ensure_ascii=False)}", nl=False)
        separator = ",\n "
    click.echo("]" if separator != "[" else "[]")


def _print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")  # half a reference is none
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)


@queue.command()
@click.argument("name", metavar="ID|REFERENCE")
@_place_options
@_json_option
@click.pass_obj
def show(context: Any, name: str, db: Path | None, terminal: str, as_json: bool) -> None:
    """Show all there is about one matter but what is in it: of the payload only the fields' names and bytes."""
    from kiosk import queue_report as report

    with _existing(context, db, terminal) as opened:
        details = report.details(_found(opened, name))
    if as_json:
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    for key, value in details.items():
        click.echo(f"{key:14}{report.told(key, value)}".rstrip())


def _found(opened: "SqliteQueue", name: str) -> Any:
    from kiosk.queue_report import find
    from offline_queue.contract import UnknownMatter

    try:
        return find(opened, name)
    except UnknownMatter:
        raise click.ClickException(f"{name}: no matter with this id or reference is in this queue") from None


# --- act ----------------------------------------------------------------------------------------------------------


@queue.command()
@click.argument("names", nargs=-1, metavar="[ID|REFERENCE]...")
@click.option("--parked", is_flag=True, help="All that are parked.")
@_place_options
@_yes_option
@click.pass_obj
def retry(context: Any, names: Sequence[str], parked: bool, db: Path | None, terminal: str, yes: bool) -> None:
    """Release what is parked, or waits for its time: it is sent at once."""
    from kiosk.queue_report import pages
    from offline_queue.contract import MatterState

    if bool(names) == parked:
        raise click.UsageError("either ids or references, or --parked")
    with _existing(context, db, terminal) as opened:
        matters = [_found(opened, name) for name in names] or list(pages(opened, MatterState.PARKED))
        if not matters:
            click.echo("nothing is parked")
            return
        _confirm(yes, f"Release {_several(matters)}?")
        failed = _each(matters, lambda matter: opened.release(matter.envelope.id), "released")
    _nudge(context, db)
    raise SystemExit(FAILED if failed else 0)


@queue.command()
@click.argument("name", metavar="ID|REFERENCE")
@click.option("--reason", required=True, help="Why: it is shown to whoever looks. Nothing personal.")
@_place_options
@_yes_option
@click.pass_obj
def park(context: Any, name: str, reason: str, db: Path | None, terminal: str, yes: bool) -> None:
    """Hold a matter back, and those of its case that come after it, until somebody releases it."""
    with _existing(context, db, terminal) as opened:
        matter = _found(opened, name)
        _confirm(yes, f"Hold {_several([matter])} back?")
        failed = _each([matter], lambda matter: opened.park(matter.envelope.id, error=reason), "parked")
    raise SystemExit(FAILED if failed else 0)


def _several(matters: Sequence[Any]) -> str:
    return matters[0].envelope.reference if len(matters) == 1 else f"{len(matters)} matters"


def _confirm(yes: bool, question: str) -> None:
    if not yes:
        click.confirm(question, abort=True, err=True)


def _each(matters: Iterable[Any], act: Callable[[Any], None], done: str) -> int:
    """How many could not be done: they moved on meanwhile."""
    from offline_queue.contract import IllegalMove

    failed = 0
    for matter in matters:
        try:
            act(matter)
            click.echo(f"{matter.envelope.reference} {done}")
        except IllegalMove:
            failed += 1
            click.echo(f"{matter.envelope.reference} not {done}: it is {matter.state} or moved on", err=True)
    return failed


def _nudge(context: Any, db: Path | None) -> None:
    """The sync process, if it runs; it finds out by itself otherwise."""
    if db is not None:
        return
    from contextlib import suppress

    from kiosk.bus.connection import BusError, request
    from kiosk.bus.messages import Nudge

    with suppress(BusError):
        request(context.in_use().terminal.run_dir / "sync.sock", Nudge())


@queue.command()
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True))
@_place_options
@click.pass_obj
def export(context: Any, file: Any, db: Path | None, terminal: str) -> None:
    """Write the audit trail to FILE (- for standard output): a JSON object a line and a matter.

    Ids, references, digests, states and times; nothing personal.
    """
    from kiosk.queue_report import audit

    with _existing(context, db, terminal) as opened:
        count = 0
        for count, line in enumerate(audit(opened), 1):  # noqa: B007 - told below
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    click.echo(f"{count} matters", err=True)


# --- put ----------------------------------------------------------------------------------------------------------


@queue.command()
@click.argument("text", required=False, metavar="[PAYLOAD]")
@click.option("--stream", is_flag=True, help="One payload a line from standard input, each answered as it comes.")
@click.option("--item", default="social-insurance-proof", show_default=True, help="Code of the service.")
@click.option("--item-version", type=click.IntRange(1), default=1, show_default=True, help="Of the catalogue.")
@click.option("--case-field", default="", help="Payload field that names the case: matters of a case keep their order.")
@_place_options
@click.pass_obj
def put(
    context: Any,
    text: str | None,
    stream: bool,
    item: str,
    item_version: int,
    case_field: str,
    db: Path | None,
    terminal: str,
) -> None:
    """Put a payload, a JSON object, into the queue and print its id, once it is durable.

    PAYLOAD comes from standard input when it is not given. With --stream each line is one; lines that have arrived
    together share one write to the disk. A line that is none is told on standard error with its number, the others go
    on, and the exit status is 1. An id that was printed is safe, whatever happens; one that was not may be in the queue
    or not. The case stands outside the payload: nothing personal.
    """
    from kiosk.queue_stream import Kind, NoRoom, Stream

    if stream and text is not None:
        raise click.UsageError("PAYLOAD and --stream do not go together")
    kind = Kind(item, item_version, case_field)
    with _opened(_place(context, db, terminal)) as opened:
        into = Stream(opened, kind, time.time, _tell_ids, _tell_bad)
        try:
            into.run(_chunks() if stream else [_one(text)])
        except NoRoom as error:
            raise _Unavailable(f"line {error.line} and what follows was not taken: {error}") from None
    raise SystemExit(FAILED if into.bad else 0)


def _one(text: str | None) -> bytes:
    """A payload that has several lines becomes one."""
    data = sys.stdin.buffer.read() if text is None else text.encode()
    return b" ".join(data.splitlines())


def _chunks() -> Iterator[bytes]:
    """What is there, without waiting for more."""
    while data := os.read(sys.stdin.fileno(), CHUNK):
        yield data


def _tell_ids(ids: Sequence[str]) -> None:
    sys.stdout.write("".join(f"{each}\n" for each in ids))
    sys.stdout.flush()


def _tell_bad(number: int, reason: str) -> None:
    click.echo(f"line {number} {reason}", err=True)
