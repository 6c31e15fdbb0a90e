"""``central simulate``."""

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

from central.cli_shared import told


@click.command()
@click.option("--terminals", default=20_000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--minutes", default=5.0, show_default=True, type=click.FloatRange(0.05), help="of the simulated time")
@click.option("--speed", default=1.0, show_default=True, type=click.FloatRange(0.01, 1000),
              help="simulated minutes a minute")  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="the same citizens at the same times")
@click.option("--url", default="", help="of a centre that runs already; --database is then its database")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64),
              help="of the centre this starts; more than one need PostgreSQL")  # fmt: skip
@click.option("--database", default="", envvar="CENTRAL_DATABASE", metavar="URL",
              help="where the terminals become known; else a new one in a temporary folder")  # fmt: skip
def simulate(terminals: int, minutes: float, speed: float, seed: int, url: str, workers: int, database: str) -> None:
    """A province at its busiest hour: terminals report every 30 s and file over HTTP, each request signed by a key of
    its own; a quarter of them loses its line and comes back.

    Starts a centre for itself, unless --url names one, on the same machine. Prints times, sizes and both sides' use of
    the processor. Exit status 1 if anything was lost, twice, out of order or not answered.
    """
    from rich.console import Console

    from central.settings import Settings
    from central.simulate import machine, report
    from central.simulate.run import Plan
    from central.simulate.run import simulate as run
    from central.simulate.sizes import database_bytes
    from central.storage.database import Storage

    if url and not database:
        raise click.UsageError("--url needs --database, in which the terminals become known")
    console = Console(highlight=False)
    with ExitStack() as stack, told(Path()):
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simulate-")))
        database = database or Settings(data).database
        where, pid = (url, None) if url else stack.enter_context(machine.child(data, database, workers))
        storage = Storage(database)
        stack.callback(storage.close)
        with report.progress(console) as tell:
            result = run(Plan(terminals, minutes, speed, seed), storage, where, pid, tell)
        report.report(console, result, database_bytes(database))
    sys.exit(0 if result.comparison.is_well else 1)
