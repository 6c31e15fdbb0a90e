"""Command line of the centre."""

import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central import cli_catalogue, cli_outbox, cli_platforms, cli_serve, cli_simulate, cli_staff
from central.cli_shared import data_option, database_option, opened, told

if TYPE_CHECKING:
    from central.storage.terminals import TerminalKey


@click.group()
def main() -> None:
    """Reference central platform."""


main.add_command(cli_serve.serve)
main.add_command(cli_simulate.simulate)
main.add_command(cli_platforms.province)
main.add_command(cli_platforms.platforms)
main.add_command(cli_catalogue.catalogue)
main.add_command(cli_staff.staff)
main.add_command(cli_staff.audit)
main.add_command(cli_outbox.outbox)


@main.command()
@click.argument("terminal")
@click.option("--valid-hours", default=24.0, show_default=True, type=click.FloatRange(0, 24 * 365, min_open=True))
@database_option
@data_option
def enrol(terminal: str, valid_hours: float, database: str, data: Path) -> None:
    """Print a one-time code with which TERMINAL can enrol its key. The centre may be running."""
    from central.enrolment import TERMINAL_NAME, code_for

    if not re.match(TERMINAL_NAME, terminal):
        raise click.BadParameter("2 to 16 capital letters and digits", param_hint="TERMINAL")
    with opened(database, data) as storage:
        click.echo(code_for(storage, terminal, expires_at=time.time() + valid_hours * 3600))


@main.command()
@click.argument("key_id")
@click.option("--unknown", is_flag=True, help="also a key that is not listed, as after a restore")
@database_option
@data_option
def revoke(key_id: str, *, unknown: bool, database: str, data: Path) -> None:
    """Take no more requests signed with this key, from now on and for ever.

    It is noted in the database and in DATA/revoked, which still counts when the database is restored from a backup.
    """
    from central.revocations import Revocations

    with opened(database, data) as storage, told(data):
        with storage.reading() as transaction:
            if not unknown and transaction.terminals.key(key_id) is None:
                raise click.ClickException("no such key: central terminals lists them")
        Revocations(data).add(key_id)
        with storage.transaction() as transaction:
            transaction.terminals.revoke(key_id, now=time.time())


@main.command()
@database_option
@data_option
def terminals(database: str, data: Path) -> None:
    """List every terminal, one JSON object a line: keys, last contact, clock, what is settled, notices."""
    with opened(database, data) as storage, storage.reading() as transaction:
        for terminal in transaction.terminals.all():
            keys = transaction.terminals.keys(terminal.name)
            epoch = max((key.epoch for key in keys), default=terminal.epoch)
            shown = {
                "terminal": terminal.name,
                "epoch": epoch,
                "settled": transaction.terminals.settled(terminal.name, epoch),
                "last_seen": _time(terminal.last_seen),
                "clock_offset": terminal.clock_offset,
                "keys": [_key(key) for key in keys],
                "notices": Counter(one.kind for one in transaction.receipts.notices(terminal.name)),
            }
            click.echo(json.dumps(shown))


@main.command()
@database_option
@data_option
def records(database: str, data: Path) -> None:
    """List every matter, one JSON object a line, without personal data. The centre may be running."""
    names = ("id", "terminal", "epoch", "seq", "reference", "item", "state", "number")
    with opened(database, data) as storage, storage.reading() as transaction:
        for matter in transaction.matters.all():
            click.echo(json.dumps({name: getattr(matter, name) for name in names}))


@main.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--database-only", is_flag=True, help="to the file TARGET; attachments and keys are then yours to save")
@database_option
@data_option
def backup(target: Path, *, database_only: bool, database: str, data: Path) -> None:
    """Copy database, keys and attachments to the new folder TARGET while the centre works.

    Attachments are second names of the same files where TARGET is on the same disk: copy the folder to another machine.
    Whoever has it can read every matter, so lock it away. central restore brings it back.

    With PostgreSQL, back the database up with its own tools first, then copy the folder DATA. Attachments in an object
    store are not part of it: keep its versions as long as the backups.
    """
    from central.backup import back_up

    with opened(database, data) as storage, told(target.parent):
        if database_only:
            storage.backup(target)
        else:
            back_up(storage, data, target, _progress)


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@data_option
def restore(folder: Path, data: Path) -> None:
    """Bring back what central backup put into FOLDER to DATA, which must be empty. The backup stays as it is.

    Terminals come back by themselves: those enrolled since the backup with their old keys, and all of them with the
    matters that it does not have. Revoke again what was revoked since, and close the accounts of staff closed since.
    """
    from central.backup import restore as bring_back

    with told(data):
        bring_back(folder, data, _progress)


def _progress(line: str) -> None:
    click.echo(line, err=True)


def _key(key: "TerminalKey") -> dict[str, str | int | None]:
    return {
        "key_id": key.key_id,
        "epoch": key.epoch,
        "suite": key.suite,
        "not_after": _time(key.not_after),
        "revoked": _time(key.revoked_at),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
