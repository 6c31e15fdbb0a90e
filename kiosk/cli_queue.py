"""Command line of the queue: what staff and technicians see of it and do with it, while the terminal runs or not.

Nothing personal is ever shown. Exit status: 0 done; 1 not all of it, or somebody must act; 2 wrong usage or settings; 3
the queue cannot be used now; 4 the centre cannot be reached or does not take this terminal.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk.cli_queue_access import (
    FAILED,
    Unavailable,
    ask_sync,
    confirm,
    existing,
    is_there,
    json_option,
    opened,
    place_of,
    place_options,
    print_table,
    yes_option,
)
from kiosk.cli_queue_sync import enrol, sync
from kiosk.cli_queue_upkeep import rekey, status, verify

if TYPE_CHECKING:
    from offline_queue.store import SqliteQueue

STATES: Final = ("queued", "in_flight", "filed", "refused", "parked")
WAITING: Final = ("queued", "in_flight", "parked")
ROWS: Final = 50
"""Of a table, unless more are asked for."""
CHUNK: Final = 1 << 20


@click.group()
def queue() -> None:
    """What waits for the centre, and why; release, hold back, check, export.

    Works while the terminal runs. Every command takes --db PATH for a queue with its key in PATH.key and its identity
    in PATH.identity, instead of the one in kiosk.ini.

    Exit status: 0 done, 1 not all of it, or somebody must act, 2 wrong usage or settings, 3 the queue cannot be used
    now, 4 the centre cannot be reached or does not take this terminal.
    """


# --- look ---------------------------------------------------------------------------------------------------------


@queue.command("list")
@place_options
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only these; repeatable.")
@click.option("--limit", type=click.IntRange(1), help=f"So many; default: {ROWS} in a table, all as JSON.")
@click.option("--all", "everything", is_flag=True, help="All of them in the table, what the centre has spoken on, too.")
@json_option
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
    place = place_of(context, db, terminal)
    if not is_there(place, say_so=True):
        click.echo("[]" if as_json else "nothing waits")
        return
    with opened(place) as found:
        if as_json:
            _print_json_list(report.row(matter) for matter in report.pages(found, *chosen, limit=limit))
            return
        counts = found.counts()
        shown = chosen or ([] if everything else [MatterState(state) for state in WAITING])
        most = limit or (None if everything else ROWS)
        print_table(report.COLUMNS, [report.cells(matter) for matter in report.pages(found, *shown, limit=most)])
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


@queue.command()
@click.argument("name", metavar="ID|REFERENCE")
@place_options
@json_option
@click.pass_obj
def show(context: Any, name: str, db: Path | None, terminal: str, as_json: bool) -> None:
    """Show all there is about one matter but what is in it: of the payload only the fields' names and bytes."""
    from kiosk import queue_report as report

    with existing(context, db, terminal) as found:
        details = report.details(_found(found, name))
    if as_json:
        click.echo(json.dumps(details, ensure_ascii=False))
        return
    for key, value in details.items():
        click.echo(f"{key:14}{report.told(key, value)}".rstrip())


def _found(queue: "SqliteQueue", name: str) -> Any:
    from kiosk.queue_report import find
    from offline_queue.contract import UnknownMatter

    try:
        return find(queue, name)
    except UnknownMatter:
        raise click.ClickException(f"{name}: no matter with this id or reference is in this queue") from None


# --- act ----------------------------------------------------------------------------------------------------------


@queue.command()
@click.argument("names", nargs=-1, metavar="[ID|REFERENCE]...")
@click.option("--parked", is_flag=True, help="All that are parked.")
@place_options
@yes_option
@click.pass_obj
def retry(context: Any, names: Sequence[str], parked: bool, db: Path | None, terminal: str, yes: bool) -> None:
    """Release what is parked, or waits for its time: it is sent at once."""
    from kiosk.queue_report import pages
    from offline_queue.contract import MatterState

    if bool(names) == parked:
        raise click.UsageError("either ids or references, or --parked")
    with existing(context, db, terminal) as found:
        matters = [_found(found, name) for name in names] or list(pages(found, MatterState.PARKED))
        if not matters:
            click.echo("nothing is parked")
            return
        confirm(f"Release {_several(matters)}?", yes=yes)
        failed = _each(matters, lambda matter: found.release(matter.envelope.id), "released")
    _nudge(context, db)
    raise SystemExit(FAILED if failed else 0)


@queue.command()
@click.argument("name", metavar="ID|REFERENCE")
@click.option("--reason", required=True, help="Why: it is shown to whoever looks. Nothing personal.")
@place_options
@yes_option
@click.pass_obj
def park(context: Any, name: str, reason: str, db: Path | None, terminal: str, yes: bool) -> None:
    """Hold a matter back, and those of its case that come after it, until somebody releases it."""
    with existing(context, db, terminal) as found:
        matter = _found(found, name)
        confirm(f"Hold {_several([matter])} back?", yes=yes)
        failed = _each([matter], lambda matter: found.park(matter.envelope.id, error=reason), "parked")
    raise SystemExit(FAILED if failed else 0)


def _several(matters: Sequence[Any]) -> str:
    return matters[0].envelope.reference if len(matters) == 1 else f"{len(matters)} matters"


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
    """The sync process finds out by itself, too, a little later."""
    if db is None:
        from kiosk.bus.messages import Nudge

        ask_sync(context, db, Nudge())


@queue.command()
@click.argument("file", type=click.File("w", encoding="utf-8", atomic=True))
@place_options
@click.pass_obj
def export(context: Any, file: Any, db: Path | None, terminal: str) -> None:
    """Write the audit trail to FILE (- for standard output): a JSON object a line and a matter.

    Ids, references, digests, states and times; nothing personal.
    """
    from kiosk.queue_report import audit

    with existing(context, db, terminal) as found:
        count = 0
        for count, line in enumerate(audit(found), 1):  # noqa: B007 - told below
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    click.echo(f"{count} matters", err=True)


# --- put ----------------------------------------------------------------------------------------------------------


@queue.command()
@click.argument("text", required=False, metavar="[PAYLOAD]")
@click.option("--stream", is_flag=True, help="One payload a line from standard input, each answered as it comes.")
@click.option(
    "--item", default="trial", show_default=True, help="Code of the service; a trial is filed whatever it is."
)
@click.option("--item-version", type=click.IntRange(1), default=1, show_default=True, help="Of the catalogue.")
@click.option("--case-field", default="", help="Payload field that names the case: matters of a case keep their order.")
@place_options
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
    with opened(place_of(context, db, terminal)) as found:
        into = Stream(found, kind, time.time, _tell_ids, _tell_bad)
        try:
            into.run(_chunks() if stream else [_one(text)])
        except NoRoom as error:
            raise Unavailable(f"line {error.line} and what follows was not taken: {error}") from None
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


for _command in (status, verify, rekey, sync, enrol):
    queue.add_command(_command)
