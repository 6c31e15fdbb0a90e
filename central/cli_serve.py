"""``central serve``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from central.cli_shared import data_option, database_option, told

if TYPE_CHECKING:
    from central.server import Tls
    from central.settings import Settings

_MOST_WORKERS = 64
_LEVELS = ("debug", "info", "warning", "error")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8400, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, _MOST_WORKERS),
              help="processes on one socket, with PostgreSQL alone; one or two a core")  # fmt: skip
@click.option("--drain", default=0.0, show_default=True, type=click.FloatRange(0, 300), metavar="SECONDS",
              help="how long /v1/ready says no before connections are refused")  # fmt: skip
@click.option("--log-format", default="text", show_default=True, type=click.Choice(["text", "json"]))
@click.option("--log-level", default="warning", show_default=True, type=click.Choice(_LEVELS),
              help="info has a line for each request")  # fmt: skip
@click.option("--tls-certificate", type=click.Path(path_type=Path), help="PEM, with those that lead to its authority")
@click.option("--tls-key", type=click.Path(path_type=Path), help="PEM")
@click.option("--neighbours/--no-neighbours", default=True, show_default=True,
              help="on loopback: whether programs of the same user enrol without a code")  # fmt: skip
@click.option("--proxies", default="", metavar="ADDRESSES",
              help="of proxies before this centre, with commas: they are believed who asks, and over what")  # fmt: skip
@click.option("--attachments", default="", envvar="CENTRAL_ATTACHMENTS", metavar="PLACE",
              help="s3://BUCKET/PREFIX (AWS_ENDPOINT_URL and keys from the environment) or a folder;"
                   " else DATA/attachments; the same for every worker")  # fmt: skip
@click.option("--nats", default="", envvar="CENTRAL_NATS", metavar="URL",
              help="tell departments over NATS JetStream; the same for every worker")  # fmt: skip
@database_option
@data_option
def serve(
    host: str,
    port: int,
    workers: int,
    drain: float,
    log_format: str,
    log_level: str,
    tls_certificate: Path | None,
    tls_key: Path | None,
    neighbours: bool,
    proxies: str,
    attachments: str,
    nats: str,
    database: str,
    data: Path,
) -> None:
    """Serve from DATA; an empty folder is enough to start with. DATA/address says where, while it runs."""
    from central import cli_staff, server, serving
    from central.app import create_app
    from central.centre import Centre
    from central.neighbours import is_loopback
    from central.observe import logs
    from central.settings import Settings

    form: logs.Form = "json" if log_format == "json" else "text"
    tls = _tls(tls_certificate, tls_key)
    _check_workers(workers, Settings(data, database))
    try:
        listener = server.listen(host, port)
    except OSError as error:
        raise click.ClickException(f"cannot listen at {host}:{port}: {error.strerror}") from None
    is_local = is_loopback(listener.getsockname()[0])
    settings = Settings(data, database, attachments, nats=nats, neighbours=neighbours and is_local, proxies=proxies)
    job = serving.Job(settings, tls, drain, form, log_level)
    with listener:
        with told(data):
            centre = Centre.open(settings)  # now: what cannot be opened is one line, not a trace of the server
            centre.platforms.populate()
            first = centre.staff.accounts.first()
            config = server.configured(create_app(lambda: centre), tls, settings.proxies)

        def announce(address: str) -> None:
            click.echo(f"central platform ready at {address}")
            if first:
                cli_staff.show(first, data)

        logs.configure(form, log_level)
        if workers == 1:
            serving.alone(listener, job, centre, config, announce)
        else:
            centre.close()
            serving.together(listener, job, workers, config, announce)


def _check_workers(workers: int, settings: "Settings") -> None:
    if workers > 1 and settings.database.startswith("sqlite"):
        told_why = "SQLite has one writer at a time and so one worker; more need --database postgresql+psycopg://..."
        raise click.UsageError(f"--workers {workers}: {told_why}")


def _tls(certificate: Path | None, key: Path | None) -> "Tls | None":
    from central.server import Tls

    if certificate and key:
        return Tls(certificate, key)
    if certificate or key:
        raise click.UsageError("--tls-certificate and --tls-key belong together")
    return None
