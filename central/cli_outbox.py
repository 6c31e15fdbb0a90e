"""Commands about what is to be told to the departments."""

import json
import time
from pathlib import Path

import click

from central.cli_shared import data_option, database_option, opened


@click.group()
def outbox() -> None:
    """What is to be told to the departments."""


@outbox.command()
@database_option
@data_option
def status(database: str, data: Path) -> None:
    """As JSON: how many transactions wait for the broker, since when the oldest does, which worker passes on."""
    with opened(database, data) as storage, storage.reading() as transaction:
        depth = transaction.outbox.depth()
    waiting = None if depth.oldest_at is None else max(0.0, round(time.time() - depth.oldest_at, 1))
    click.echo(json.dumps({"waiting": depth.letters, "oldest_seconds": waiting, "worker": depth.holder}))
