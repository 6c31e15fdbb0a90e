"""Command line of the queue as a whole: how it is, whether all of it is right, and its key."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kiosk.cli_queue_access import (
    FAILED,
    ask_sync,
    confirm,
    json_option,
    must_exist,
    opened,
    place_of,
    place_options,
    print_table,
    yes_option,
)

if TYPE_CHECKING:
    from kiosk.bootstrap.queue import QueuePlace
    from kiosk.queue_status import Certificate, Line, QueueStatus
    from offline_queue.store import SqliteQueue

# --- status -------------------------------------------------------------------------------------------------------


@click.command()
@place_options
@json_option
@click.pass_obj
def status(context: Any, db: Path | None, terminal: str, as_json: bool) -> None:
    """Tell how the queue is: what waits and since when, which limit is used up, what befell it, who does what.

    Exit status 1 when somebody must act.
    """
    place = must_exist(place_of(context, db, terminal))
    found = _look(place, _line(context, db))
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        _print(found)
    raise SystemExit(FAILED if found.faults() else 0)


def _look(place: "QueuePlace", line: "Line") -> "QueueStatus":
    from kiosk.queue_status import QueueStatus
    from offline_queue.contract import QueueUnavailable
    from offline_queue.faults import KeyLost, WrongKey

    now = time.time()
    about: dict[str, Any] = {"certificate": _certificate(place), "line": line}
    try:
        with closing(place.open()) as queue:
            about |= {
                "counts": queue.counts(),
                "room": queue.room(now=now),
                "epoch": queue.file.epoch(),
                "incidents": queue.file.incidents(),
            }
    except QueueUnavailable as error:
        fault = "queue.wrong_key" if isinstance(error, WrongKey | KeyLost) else "queue.unavailable"
        about |= {"error": str(error), "fault": fault}
    return QueueStatus(place.terminal, str(place.file), place.quota, now, **about)


def _certificate(place: "QueuePlace") -> "Certificate | None":
    from kiosk.queue_status import Certificate
    from offline_queue.contract import QueueUnavailable
    from offline_queue.crypto_errors import CryptoError

    if not place.identity.exists():
        return None
    try:
        credentials = place.credentials().load()
    except (CryptoError, QueueUnavailable, OSError):  # the sync process says what is wrong with it
        return None
    return Certificate(credentials.grant.time, credentials.grant.not_after) if credentials else None


def _line(context: Any, db: Path | None) -> "Line":
    from kiosk.queue_status import Line

    if db is not None:
        return Line()
    from kiosk.bus.messages import SyncStatus, SyncStatusRequest

    match ask_sync(context, db, SyncStatusRequest()):
        case SyncStatus(online=online, last_contact=contact, error=error, skew=skew, lost=lost):
            return Line(running=True, online=online, last_contact=contact, error=error, skew=skew, lost=lost)
        case _:
            return Line()


def _print(found: "QueueStatus") -> None:
    from kiosk.diagnostics.faults import advice, faults
    from kiosk.queue_report import fullness, sentence

    for name, text in _lines(found):
        click.echo(f"{name:15}{text}")
    if found.counts:
        click.echo(f"{'matters':15}{sentence(found.counts)}")
    if found.room:
        quotas = fullness(found.room, found.quota, now=found.now)
        print_table(("limit", "now", "allowed", ""), [(*each, "USED UP" if full else "") for *each, full in quotas])
    for fault_id in found.faults():
        fault = faults()[fault_id]
        told = advice(fault, "en")
        click.echo(f"\n{fault_id}: for {fault.who}\n  staff: {told.staff}\n  technician: {told.technician}")


def _lines(found: "QueueStatus") -> Iterator[tuple[str, str]]:
    from kiosk.queue_report import clock

    yield "terminal", found.terminal
    yield "queue", f"{found.file}, epoch {found.epoch}" if found.epoch else found.file
    if found.error:
        yield "cannot be used", found.error
    for each in found.incidents:
        saved = f": {each.saved} saved, {each.lost} lost, the old file is {each.file}" if each.file else ""
        yield "incident", f"{clock(each.noticed)} {each.kind}, since then epoch {each.epoch}{saved}"
    if found.certificate:
        days = (found.certificate.not_after - found.now) / 86400
        yield "certificate", f"{days:.0f} days left, until {clock(found.certificate.not_after)}"
    else:
        yield "certificate", "none: not enrolled"
    yield "centre", _centre(found.line)
    if found.line.skew is not None:
        yield "clock", f"{abs(found.line.skew):.1f} s {'ahead of' if found.line.skew >= 0 else 'behind'} the centre's"
    if found.line.lost:
        yield "lost there", f"{found.line.lost} matters, being handed in again"


def _centre(line: "Line") -> str:
    from kiosk.queue_report import clock

    if not line.running:
        return "nobody asks: the terminal does not run"
    contact = f", last contact {clock(line.last_contact)}" if line.last_contact else ""
    state = {True: "online", False: "offline", None: "not tried yet"}[line.online]
    return f"{state}{contact}{': ' if line.error else ''}{line.error}"


# --- verify -------------------------------------------------------------------------------------------------------


@click.command()
@place_options
@json_option
@click.pass_obj
def verify(context: Any, db: Path | None, terminal: str, as_json: bool) -> None:
    """Look through the whole queue and change nothing: key, pages, digests and their chain, attachments.

    Exit status 1 when anything is wrong.
    """
    place = must_exist(place_of(context, db, terminal))
    with opened(place) as queue:
        found = queue.verify()
        lost = list(_lost_attachments(queue)) if found.good else []
    good = found.good and not lost
    if as_json:
        fields = vars(found) | {"incidents": [vars(each) for each in found.incidents]}
        click.echo(json.dumps({"good": good, **fields, "lost_attachments": lost}, ensure_ascii=False))
    else:
        wrong = [*found.problems, *(f"matter {each} does not fit its digest" for each in found.broken)]
        wrong += [f"an attachment of {reference} is missing or damaged" for reference in lost]
        click.echo("\n".join(wrong) or f"{found.matters} matters, epoch {found.epoch}: all right")
    raise SystemExit(0 if good else FAILED)


def _lost_attachments(queue: "SqliteQueue") -> Iterator[str]:
    """References of matters that still need them."""
    from kiosk.queue_report import pages
    from offline_queue import hashing
    from offline_queue.contract import WAITING, UnknownMatter

    for matter in pages(queue, *WAITING):
        for file in matter.envelope.attachments:
            try:
                whole = hashing.digest(queue.attachments.read(file.digest), matter.envelope.suite) == file.digest
            except UnknownMatter:
                whole = False
            if not whole:
                yield matter.envelope.reference


# --- key ----------------------------------------------------------------------------------------------------------


@click.command()
@place_options
@yes_option
@click.pass_obj
def rekey(context: Any, db: Path | None, terminal: str, yes: bool) -> None:
    """Give the queue a new key and destroy the old one with the old file. The terminal goes on meanwhile.

    Broken off at any moment, one of the two keys fits. A key whose place was changed ([queue] key) moves there, and
    with it that of the terminal's identity.
    """
    place = must_exist(place_of(context, db, terminal))
    with opened(place) as queue:
        confirm("Give the queue a new key? A copy of the old key then opens old backups only.", yes=yes)
        count, started = sum(queue.counts().values()), time.monotonic()
        click.echo(f"writing {count} matters under the new key ...", err=True)
        queue.file.rekey()
        place.identity_keys().settle()
        click.echo(f"done in {time.monotonic() - started:.1f} s")
