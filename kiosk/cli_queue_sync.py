"""Command line of the way to the centre: send what waits, enrol."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from kiosk.cli_queue_access import (
    FAILED,
    NO_CENTRE,
    ask_sync,
    is_there,
    opened,
    place_of,
    place_options,
)

if TYPE_CHECKING:
    from kiosk.bootstrap.queue import QueuePlace
    from kiosk.bootstrap.sending import Way
    from offline_queue.contract import Outcome
    from offline_queue.store import SqliteQueue

PAUSE: Final = 2.0
"""Seconds between two runs."""
PATIENCE: Final = 30.0
"""Seconds for the running terminal to send another matter."""


class NoCentre(click.ClickException):
    exit_code = NO_CENTRE


def _centre_options(command: Callable[..., None]) -> Callable[..., None]:
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    for option in (
        click.option("--ca-file", type=file, help="Who signs the centre's certificate, instead of the system's."),
        click.option("--central", "url", default="", metavar="URL", help="The centre; default: the one in kiosk.ini."),
    ):
        command = option(command)
    return command


def _way(context: Any, url: str, ca_file: Path | None) -> "Way":
    from kiosk.bootstrap.sending import Way

    if url:
        if not url.startswith(("https://", "http://")):
            raise click.BadParameter("an address begins with https:// or http://", param_hint="--central")
        return Way(url, ca_file)
    from kiosk.bootstrap import centre

    settings = context.in_use()
    try:
        return Way(centre.url(settings), ca_file or settings.central.ca_file, settings.central.timeout_seconds)
    except centre.NotReady:
        raise NoCentre("the embedded centre runs with the terminal only: start it, or give --central") from None


# --- sync ---------------------------------------------------------------------------------------------------------


@click.command()
@_centre_options
@click.option("--once", is_flag=True, help="One run over what is due; else until nothing waits any more.")
@click.option("--code", default="", help="One-time code, when this terminal is not enrolled yet.")
@place_options
@click.pass_obj
def sync(context: Any, url: str, ca_file: Path | None, once: bool, code: str, db: Path | None, terminal: str) -> None:
    """Send what waits and print a line for each answer: id, outcome, and the centre's number or the rule.

    Outcomes are filed, refused, queued (again later) and parked. A terminal that runs sends by itself: it is asked to
    do it now, and what comes of it is printed. A terminal that is not enrolled enrols first, without a code when the
    centre is on this machine and the same user's. Exit status: 0 nothing waits any more, 1 something does, 3 the queue
    cannot be used, 4 the centre cannot be reached or does not take this terminal.
    """
    from offline_queue.sole_sender import AnotherSends, sole_sender

    place = place_of(context, db, terminal)
    if not is_there(place, say_so=True):
        return
    with opened(place, telling=_tell) as queue:
        try:
            with sole_sender(place.file):
                failure = _send(place, queue, _way(context, url, ca_file), code, once=once)
        except AnotherSends:
            failure = _follow(context, db, queue)
        if failure:
            raise NoCentre(failure)
        raise SystemExit(FAILED if _waiting(queue) else 0)


def _send(place: "QueuePlace", queue: "SqliteQueue", way: "Way", code: str, *, once: bool) -> str:
    """Why the centre could not be asked; empty when it could."""
    from kiosk.bootstrap.sending import connected, send

    with _in_plain_words(), connected(place, way, lambda: code) as centre:
        while True:
            report = send(queue, centre, now=time.time())
            if once or not _sendable(queue):
                return f"{report.link.kind}: {report.link.detail}" if report.link else ""
            time.sleep(PAUSE)


@contextmanager
def _in_plain_words() -> Generator[None]:
    import ssl

    import httpx

    from offline_queue.crypto_errors import CryptoError
    from offline_queue.enrolment import EnrolmentRefused
    from offline_queue.transport import TransportFailed

    try:
        yield
    except ssl.SSLError:
        raise click.BadParameter("holds no certificates", param_hint="--ca-file") from None
    except httpx.InvalidURL as error:
        raise click.BadParameter(str(error), param_hint="--central") from None
    except (EnrolmentRefused, TransportFailed, CryptoError) as error:
        raise NoCentre(str(error)) from None


def _tell(outcomes: "Sequence[Outcome]") -> None:
    for outcome in outcomes:
        more = outcome.answer.number or outcome.answer.rule or outcome.error
        click.echo(f"{outcome.id} {outcome.state} {more}".rstrip())


def _waiting(queue: "SqliteQueue") -> int:
    from offline_queue.contract import WAITING

    counts = queue.counts()
    return sum(counts[state] for state in WAITING)


def _sendable(queue: "SqliteQueue") -> int:
    """Those that wait for no person."""
    from offline_queue.contract import MatterState

    counts = queue.counts()
    return counts[MatterState.QUEUED] + counts[MatterState.IN_FLIGHT]


# --- another process sends ------------------------------------------------------------------------------------------


def _follow(context: Any, db: Path | None, queue: "SqliteQueue") -> str:
    """Have the sync process do it, and print what comes of it. Why it could not; empty when it could."""
    from kiosk.bus.messages import Nudge, Ok, SyncStatus, SyncStatusRequest
    from kiosk.queue_report import pages
    from offline_queue.contract import WAITING

    ids = [matter.envelope.id for matter in pages(queue, *WAITING)]
    if not isinstance(ask_sync(context, db, Nudge()), Ok):
        raise click.ClickException("another program sends from this queue: wait until it has ended")
    click.echo("the terminal runs and sends by itself: asked to do it now", err=True)
    left, until = _sendable(queue), time.monotonic() + PATIENCE
    while left and time.monotonic() < until:
        time.sleep(0.2)
        if (now_left := _sendable(queue)) < left:
            left, until = now_left, time.monotonic() + PATIENCE
        status = ask_sync(context, db, SyncStatusRequest())
        if isinstance(status, SyncStatus) and status.online is False:
            break
    else:
        status = None
    _tell_of(queue, ids)
    return status.error if left and isinstance(status, SyncStatus) else ""


def _tell_of(queue: "SqliteQueue", ids: Sequence[str]) -> None:
    for matter_id in ids:
        matter = queue.get(matter_id)
        more = matter.answer.number or matter.answer.rule or matter.error
        click.echo(f"{matter_id} {matter.state} {more}".rstrip())


# --- enrol --------------------------------------------------------------------------------------------------------


@click.command()
@_centre_options
@click.option("--code", prompt="One-time code of the centre", help="Asked for when not given.")
@place_options
@click.pass_obj
def enrol(context: Any, url: str, ca_file: Path | None, code: str, db: Path | None, terminal: str) -> None:
    """Enrol this terminal at the centre with a one-time code: a new key, a new certificate, a new epoch.

    For the first time, after its certificate has ended or was revoked, and after the machine was exchanged.
    """
    from kiosk.bootstrap.sending import connected
    from offline_queue.enrolment import enrol as ask

    place = place_of(context, db, terminal)
    way = _way(context, url, ca_file)
    with opened(place) as queue, _in_plain_words(), connected(place, way, lambda: code) as centre:
        grant = ask(place.credentials(), centre.client, code).grant
        queue.file.begin_epoch(grant.epoch)
    until = time.strftime("%Y-%m-%d", time.localtime(grant.not_after))
    click.echo(f"{grant.terminal} is enrolled, epoch {grant.epoch}, until {until}")
