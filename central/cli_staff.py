"""Commands for staff accounts and the audit, on the centre's own machine."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.cli_shared import data_option, database_option, opened, told

if TYPE_CHECKING:
    from central.settings import Secrets
    from central.staff.accounts import Invitation
    from central.staff.audit import Verdict
    from central.staff.audit_export import Export
    from central.staff.roles import Employee
    from central.staff.service import Staff

ROLES = ("authority", "clerk", "operator", "auditor", "administrator")


@click.group()
def staff() -> None:
    """Accounts of the people who work with the console."""


@staff.command()
@click.argument("name")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="more than one: say it again"
)
@click.option("--department", default="", help="needed by clerks")
@click.option("--called", default="", help="as people call her; else NAME")
@database_option
@data_option
def add(name: str, roles: tuple[str, ...], department: str, called: str, database: str, data: Path) -> None:
    """Make an account NAME; print the one-time link to set it up, and the second factor as a QR code."""
    from central.staff.roles import Role

    with _staff(database, data) as made:
        held = [Role(role) for role in roles]
        show(made.accounts.add(_shell(), name, called or name, held, department or None), data)


@staff.command()
@click.argument("name")
@database_option
@data_option
def link(name: str, database: str, data: Path) -> None:
    """A new link for NAME, who has lost password or phone. What there was no longer counts."""
    with _staff(database, data) as made:
        show(made.accounts.invite(_shell(), name), data)


@staff.command()
@click.argument("name")
@database_option
@data_option
def close(name: str, database: str, data: Path) -> None:
    """NAME signs in no more, and is signed out everywhere."""
    with _staff(database, data) as made:
        made.accounts.close(_shell(), name)


@staff.command("list")
@database_option
@data_option
def list_(database: str, data: Path) -> None:
    """Every account, one a line: name, state, roles, department."""
    with _staff(database, data) as made:
        for account in made.accounts.list():
            who = account.employee
            state = "closed" if not account.is_open else "open" if account.password else "waits for set-up"
            click.echo("\t".join((who.id, state, ",".join(sorted(who.roles)), who.department or "-")))


@click.group()
def audit() -> None:
    """Who did what in the console."""


@audit.command()
@click.option("--against", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="an export of before")
@database_option
@data_option
def verify(against: Path | None, database: str, data: Path) -> None:
    """Look whether every row is there and unchanged; exit status 1 when one is not."""
    from central.staff import audit as chain
    from central.staff import audit_export

    with opened(database, data) as storage, told(data):
        _judge(chain.verified(storage))
        if against is not None:
            _judge(audit_export.compare(storage, _export(against, data)))


@audit.command()
@click.argument("target", type=click.Path(path_type=Path))
@database_option
@data_option
def export(target: Path, database: str, data: Path) -> None:
    """Write all of it to the new file TARGET, signed by the centre. It shows what was changed since."""
    from central.staff import audit_export

    with opened(database, data) as storage, told(target), target.open("xb") as file:
        for line in audit_export.write(storage, _secrets(data).signing_key, time.time()):
            file.write(line)


def show(invitation: "Invitation", data: Path) -> None:
    """On the terminal of whoever may see it, once."""
    from central.staff import second_factor

    address = (data / "address").read_text().strip() if (data / "address").exists() else "ADDRESS-OF-THE-CENTRE"
    until = datetime.fromtimestamp(invitation.until).astimezone().strftime("%Y-%m-%d %H:%M")
    click.echo(f"account {invitation.account}: set it up at this address, once and until {until}")
    click.echo(f"  {address}/console/set-up/{invitation.token}")
    if sys.stdout.isatty():  # a log keeps for ever what it is told, and this stays good; the page shows it as well
        click.echo(f"second factor, if the page's QR code cannot be used: {invitation.secret}")
        click.echo(second_factor.qr_terminal(second_factor.uri(invitation.secret, invitation.account)))


@contextmanager
def _staff(database: str, data: Path) -> Generator["Staff"]:
    from central.staff.errors import StaffError
    from central.staff.service import Staff

    with opened(database, data) as storage, told(data):
        try:
            yield Staff.build(storage, _secrets(data).storage_key, time.time)
        except StaffError as error:
            raise click.ClickException(str(error)) from None


def _shell() -> "Employee":
    """Whoever has the machine: the audit cannot know more."""
    from central.staff.audit import SHELL

    return SHELL


def _secrets(data: Path) -> "Secrets":
    from central.settings import Secrets

    return Secrets.load_or_create(data)


def _export(file: Path, data: Path) -> "Export":
    from central.staff import audit_export

    try:
        with file.open("rb") as lines:
            return audit_export.read(lines, _secrets(data).signing_key.public_key())
    except audit_export.BadExport as error:
        raise click.ClickException(error.__doc__ or "") from None


def _judge(verdict: "Verdict") -> None:
    if verdict.broken_at is not None:
        raise click.ClickException(
            f"row {verdict.broken_at} was changed or is missing; {verdict.rows} before it are whole"
        )
    click.echo(f"{verdict.rows} rows, all of them whole")
