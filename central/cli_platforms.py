"""Commands around the support platforms and the synthetic province."""

import json
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.cli_shared import data_option, database_option, opened, told
from central.province.numbers import MOST_PERSONS

if TYPE_CHECKING:
    from central.platforms.faults import Faults
    from central.province.register import Register
    from central.storage.database import Storage

_NAMES = ("identity", "licences", "sharing", "payments", "help", "maps", "credit", "phones")


@click.command()
@click.option("--persons", default=300, show_default=True, type=click.IntRange(1, MOST_PERSONS), help="in all")
@click.option("--seed", default="guangdong", show_default=True, help="the same seed makes the same people")
@click.option("--anew", is_flag=True, help="throw away the province that is there")
@database_option
@data_option
def province(persons: int, seed: str, *, anew: bool, database: str, data: Path) -> None:
    """Make the synthetic province in DATA, or make it larger.

    Whoever it has stays. What was broken off goes on where it stopped. The centre may be running.
    """
    from central.province import building

    with _register(database, data) as (storage, register):
        if anew:
            building.clear(storage)
        building.begin(storage, register, seed)
        with _bar(persons) as tell:
            try:
                building.grow(storage, register, persons, seed, tell)
            except building.ProvinceError as error:
                raise click.ClickException(error.__doc__ or "") from None


@click.group()
def platforms() -> None:
    """Support platforms of the centre in DATA."""


@platforms.command()
@click.argument("name", type=click.Choice(_NAMES))
@click.argument("what", metavar="slow=SECONDS|down|wrong")
@click.option(
    "--for", "minutes", type=click.FloatRange(0, min_open=True), metavar="MINUTES", help="then it is well again"
)
@data_option
def fault(name: str, what: str, minutes: float | None, data: Path) -> None:
    """Let the reference platform NAME be slow, down or answer wrongly, from now on."""
    from central.platforms.faults import BadFault, parse

    try:
        chosen = parse(what, time.time() + minutes * 60 if minutes else None)
    except BadFault as error:
        raise click.BadParameter(error.__doc__ or "", param_hint="fault") from None
    with told(data):
        _faults(data).set(name, chosen)


@platforms.command()
@click.argument("name", type=click.Choice(_NAMES))
@data_option
def clear(name: str, data: Path) -> None:
    """Let the reference platform NAME be well again."""
    with told(data):
        _faults(data).clear(name)


@platforms.command()
@data_option
def show(data: Path) -> None:
    """List the platforms: which connector serves each, and the faults that are set."""
    from central.platforms import settings
    from central.platforms.errors import BadSettings

    try:
        chosen = settings.load(data)
    except BadSettings as error:
        raise click.ClickException(str(error)) from None
    faults = _faults(data).all()
    for name, choice in chosen.choices.items():
        set_ = f"  fault: {faults[name].written}" if name in faults else ""
        click.echo(f"{name:10} {choice.use:12} {choice.limits.seconds:g} s{set_}")


@platforms.command()
@click.argument("number")
@database_option
@data_option
def code(number: str, database: str, data: Path) -> None:
    """Print the one-time code that the phone of the synthetic person NUMBER would show; good for a minute."""
    import segno

    from central.platforms.errors import NotFound
    from central.platforms.opening import Ground
    from central.settings import Secrets

    with opened(database, data) as storage:
        ground = Ground.lay(data, storage, Secrets.load_or_create(data).storage_key, time.time)
        try:
            text = ground.identity().issue(number)
        except NotFound:
            raise click.ClickException("nobody of the province has this number") from None
    segno.make(text, error="l").terminal(compact=True)
    click.echo(text)


@platforms.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@database_option
@data_option
def reconcile(day: datetime, database: str, data: Path) -> None:
    """Put the payment platform's file of DAY beside the centre's ledger; print how they differ, as JSON.

    What the ledger had not heard of yet it takes over first. Exits with 1 when a difference stays.
    """
    from central.platforms.opening import Platforms
    from central.problems import Problem
    from central.settings import Secrets

    with opened(database, data) as storage:
        all_ = Platforms.open(data, storage, Secrets.load_or_create(data).storage_key, time.time)
        try:
            found = all_.payments.reconcile(day.date())
        except Problem as error:
            raise click.ClickException(error.detail) from None
        finally:
            all_.closing()
    click.echo(json.dumps({"day": day.date().isoformat(), **asdict(found)}))
    if not found.none:
        raise click.exceptions.Exit(1)


def _faults(data: Path) -> "Faults":
    from central.platforms.faults import Faults

    return Faults(data, time.time)


@contextmanager
def _register(database: str, data: Path) -> Generator[tuple["Storage", "Register"]]:
    """Of a centre that may never have been started."""
    from central.province.register import Register
    from central.settings import Secrets, Settings
    from central.storage.database import Storage

    with told(data):
        secrets = Secrets.load_or_create(data)
        storage = Storage(Settings(data, database).database)
        try:
            yield storage, Register(storage, secrets.storage_key)
        finally:
            storage.close()


@contextmanager
def _bar(total: int) -> Generator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("persons"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("persons", total=total)
        yield lambda done: progress.update(task, completed=min(done, total))
