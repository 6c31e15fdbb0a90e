"""Command line of the centre."""

import asyncio
import json
import logging
from pathlib import Path

import click


@click.group()
def main() -> None:
    """Reference central platform."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8400, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one")
@click.option("--data", default=Path("var/central"), show_default=True, type=click.Path(path_type=Path))
def serve(host: str, port: int, data: Path) -> None:
    """Serve from DATA; an empty folder is enough to start with. DATA/address says where, while it runs."""
    from central import server
    from central.settings import BadSecret, Secrets

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        Secrets.load_or_create(data)
    except (OSError, BadSecret) as error:
        raise click.ClickException(f"cannot keep data in {data}: {error}") from None
    try:
        listener = server.listen(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen at {host}:{port}: {error.strerror}") from None
    asyncio.run(server.serve(listener, data, lambda address: click.echo(f"central platform ready at {address}")))


@main.command()
@click.option("--data", default=Path("var/central"), show_default=True, type=click.Path(path_type=Path))
def records(data: Path) -> None:
    """List every matter, one JSON object a line, without personal data. The centre may be running."""
    from central.settings import Settings
    from central.storage import Storage

    database = Settings(data).database
    if not database.exists():
        raise click.ClickException(f"no centre has kept its data in {data}")
    storage = Storage(database)
    with storage.transaction() as transaction:
        for matter in transaction.matters():
            shown = {
                name: getattr(matter, name) for name in ("terminal", "seq", "reference", "item", "state", "number")
            }
            click.echo(json.dumps(shown))
    storage.close()
