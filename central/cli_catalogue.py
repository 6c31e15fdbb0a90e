"""central catalogue: items from a file to an edition.

Who may use the database may use these commands: --by says who does it, for the review and for the audit.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from central.cli_shared import data_option, database_option, opened
from central.editions.vocabulary import Language

if TYPE_CHECKING:
    from central.editions.flaws import Flaw
    from central.staff.roles import Employee

_by = click.option("--by", required=True, metavar="NAME", help="who does it, by the name she signs in with")
_note = click.option("--note", default="", help="why, for those who review it and for the audit")
_files = click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE|FOLDER..."
)


@click.group()
def catalogue() -> None:
    """What is offered: check items, propose, review, publish, roll back."""


@catalogue.command()
@_files
def check(paths: tuple[Path, ...]) -> None:
    """Tell all that is wrong with item files, and texts that seem untranslated. Needs no centre."""
    from central.editions.check import check_file
    from central.editions.translations import untranslated

    wrong = False
    for file in _item_files(paths):
        checked = check_file(file.read_bytes(), str(file))
        for flaw in checked.flaws:
            click.echo(str(flaw), err=True)
        for doubt in untranslated(checked.item) if checked.item else ():
            click.echo(f"{file}: {doubt} (a doubt, no error)", err=True)
        if checked.item:
            click.echo(f"{file}: good")
        wrong = wrong or bool(checked.flaws)
    if wrong:
        raise SystemExit(1)


@catalogue.command()
@_files
@_by
@_note
@database_option
@data_option
def propose(paths: tuple[Path, ...], by: str, note: str, database: str, data: Path) -> None:
    """Propose items for the next edition; those that are in force like this are passed over."""
    from central.editions.check import BadItem, check_file
    from central.editions.errors import NoChange
    from central.editions.press import Press

    files = list(_item_files(paths))
    checked = [check_file(file.read_bytes(), str(file)) for file in files]
    if flaws := [flaw for one in checked for flaw in one.flaws]:
        raise click.ClickException(_listed(flaws))
    with opened(database, data) as storage, _refused():
        press = Press(storage)
        for file, item in zip(files, (one.require() for one in checked), strict=True):
            try:
                click.echo(f"#{press.propose(_employee(by), item.as_data(), note)} {item.code}")
            except NoChange:
                click.echo(f"{file}: in force like this", err=True)
            except BadItem as error:
                raise click.ClickException(_listed(error.flaws)) from None


@catalogue.command()
@click.argument("number", type=int)
@click.option("--reject", is_flag=True, help="it shall not be published; say why with --note")
@_by
@_note
@database_option
@data_option
def review(number: int, *, reject: bool, by: str, note: str, database: str, data: Path) -> None:
    """Approve the proposal NUMBER, by another than its author."""
    from central.editions.press import Press

    with opened(database, data) as storage, _refused():
        Press(storage).review(_employee(by), number, approve=not reject, remark=note)


@catalogue.command()
@click.argument("old", type=int, required=False)
@click.argument("new", type=int, required=False)
@database_option
@data_option
def diff(old: int | None, new: int | None, database: str, data: Path) -> None:
    """Tell what changed from edition OLD to NEW or to the newest; without either, what publishing would change."""
    from central.editions import archive
    from central.editions.differences import between
    from central.editions.press import Press

    with opened(database, data) as storage, _refused(), storage.reading() as transaction:
        editions = transaction.editions
        if old is None:
            coming = Press(storage).next(transaction)
            before, after = coming.now, coming.then
        else:
            before, after = archive.load(editions, old), archive.load(editions, new or editions.newest())
    for difference in between(before, after):
        click.echo(str(difference))


@catalogue.command()
@_by
@_note
@database_option
@data_option
def publish(by: str, note: str, database: str, data: Path) -> None:
    """Make the next edition of all that is approved, and print its number."""
    from central.editions.press import Press

    with opened(database, data) as storage, _refused():
        click.echo(Press(storage).publish(_employee(by), note))


@catalogue.command()
@click.argument("number", type=int)
@click.option("--above", default=0, type=click.IntRange(0, 2**31 - 2), metavar="NUMBER",
              help="after a restore: the highest edition that terminals have, which take no lower one")  # fmt: skip
@_by
@_note
@database_option
@data_option
def rollback(number: int, *, above: int, by: str, note: str, database: str, data: Path) -> None:
    """Publish the content of edition NUMBER once more, and print the number it has now."""
    from central.editions.press import Press

    with opened(database, data) as storage, _refused():
        click.echo(Press(storage).roll_back(_employee(by), number, note, above))


@catalogue.command(name="list")
@database_option
@data_option
def list_(database: str, data: Path) -> None:
    """List the items in force, what is proposed, and the editions."""
    from central.editions import archive

    with opened(database, data) as storage, storage.reading() as transaction:
        newest = archive.newest(transaction.editions)
        proposals = transaction.editions.proposals("proposed", "approved")
        editions = transaction.editions.editions()
    for item in newest.items:
        click.echo(f"item {item.code} version {item.version}: {item.title['en']}")
    for one in proposals:
        click.echo(f"#{one.id} {one.state} {one.kind} {one.item} by {one.author} {one.note}".rstrip())
    for row in editions:
        made = datetime.fromtimestamp(row.made_at, UTC).isoformat(timespec="seconds")
        click.echo(f"edition {row.number} {row.kind} {made} {row.made_by} {row.note}".rstrip())


@catalogue.command()
@click.argument("code", metavar="ITEM")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.pdf")
@click.option("--language", default="zh-Hans", show_default=True, type=click.Choice(get_args(Language)))
@click.option("--address", default="", metavar="URL", help="of this guide on the web, for its QR code")
@database_option
@data_option
def guide(code: str, output: Path, language: Language, address: str, database: str, data: Path) -> None:
    """Write the guide to ITEM as A4 PDF."""
    from central.editions import archive
    from central.editions.errors import UnknownItem
    from central.editions.printed import pdf

    with opened(database, data) as storage, _refused():
        with storage.reading() as transaction:
            newest = archive.newest(transaction.editions)
        item = newest.by_code.get(code)
        if item is None:
            raise UnknownItem
        today = datetime.fromtimestamp(time.time()).astimezone().date()
        output.write_bytes(pdf(item, language, edition=newest.number, day=today, address=address))


def _item_files(paths: tuple[Path, ...]) -> Generator[Path]:
    from central.editions.bundle import HEAD

    for path in paths:
        if path.is_dir():
            yield from (file for file in sorted(path.glob("*.toml")) if file.name != HEAD)
        else:
            yield path


def _employee(name: str) -> "Employee":
    from central.staff.roles import Employee

    return Employee(name, name, frozenset())


def _listed(flaws: "list[Flaw] | tuple[Flaw, ...]") -> str:
    return "\n".join(map(str, flaws))


@contextmanager
def _refused() -> Generator[None]:
    from central.editions.errors import EditionError

    try:
        yield
    except EditionError as error:
        more = f" ({error})" if str(error) else ""
        raise click.ClickException(f"{type(error).__doc__}{more}") from None
