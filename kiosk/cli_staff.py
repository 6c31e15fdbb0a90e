"""Command line of the staff of this terminal."""

from typing import Any

import click


@click.group()
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
def add(context: Any, staff_id: str, name: str, role: Any, pin: str) -> None:
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
