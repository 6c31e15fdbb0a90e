"""Command line of one device: read, print, capture, test it, trace its wire."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from kiosk.settings import Settings

FAILED: Final = 1
LONGEST: Final = 600.0
SHORT_NAMES: Final = {"code": "code_scanner", "receipt": "receipt_printer", "document": "document_printer"}
CAPTURE_NAMES: Final = {"camera": "camera", "document": "document_camera"}


@dataclass(frozen=True)
class Way:
    """How the device is reached: as set, or at ``port`` by ``driver``, opened here."""

    settings: "Settings"
    here: bool


def _way_options(command: Callable[..., None]) -> Callable[..., None]:
    """``--port``, ``--driver``, ``--replay``, ``--json`` and ``--timeout``, which every command of one device has."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="JSON instead of text."),
        click.option(
            "--timeout",
            type=click.FloatRange(0.1, LONGEST),
            default=15.0,
            show_default=True,
            help="Seconds the device has for it.",
        ),
        click.option(
            "--replay",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Instead of a device play the far end of a saved wire trace.",
        ),
        click.option(
            "--driver", default="", help="Driver for --port or --replay; default: the one that is set or usual."
        ),
        click.option(
            "--port", help="Use the device at this port, such as /dev/ttyUSB0, instead of the configured one."
        ),
    ):
        command = option(command)
    return command


def way_to(context: Any, device: str, port: str | None, driver: str, replay: Path | None) -> Way:
    """As set or, with ``port`` or ``replay``, there. Raises what click tells the user."""
    from kiosk.bootstrap.devices import with_port

    settings: Settings = context.in_use()
    if device not in settings.devices:
        raise click.BadParameter(f"{device!r} is none of {', '.join(settings.devices)}")
    if port and replay:
        raise click.UsageError("--port and --replay cannot go together")
    there = f"replay:{replay.absolute()}" if replay else port
    if there is None:
        return Way(settings, here=False)
    try:
        return Way(with_port(settings, device, there, driver), here=True)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@contextmanager
def until(seconds: float | None) -> Generator[threading.Event]:
    """An event that is set after so many seconds; Ctrl-C ends the block quietly."""
    stop = threading.Event()
    timer = threading.Timer(seconds or 0, stop.set)
    timer.daemon = True
    if seconds:
        timer.start()
    try:
        yield stop
    except KeyboardInterrupt:
        pass
    finally:
        timer.cancel()


@click.command()
@click.argument("device")
@click.option("--show-personal", is_flag=True, help="Show name, number and contents unmasked.")
@_way_options
@click.pass_obj
def read(context: Any, device: str, show_personal: bool, as_json: bool, timeout: float, **way: Any) -> None:
    """Read with DEVICE: id_card, smart_card or code.

    Exit status 0 only on a whole read of a valid card or code.
    """
    _perform(context, "read", SHORT_NAMES.get(device, device), as_json, timeout, way, personal=show_personal)


@click.command("print")
@click.argument("device")
@click.argument("file", type=click.File("rb"))
@_way_options
@click.pass_obj
def print_(context: Any, device: str, file: Any, as_json: bool, timeout: float, **way: Any) -> None:
    """Print FILE with DEVICE: receipt (a text file) or document (a PDF file).

    In the text "# " begins a large line, "---" is a rule, "[qr] " a code. Exit status 0 only if the printer confirmed.
    """
    _perform(context, "print", SHORT_NAMES.get(device, device), as_json, timeout, way, data=file.read())


@click.command()
@click.argument("device", type=click.Choice(list(CAPTURE_NAMES)))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="PNG file for the picture.")
@_way_options
@click.pass_obj
def capture(context: Any, device: str, out: Path, as_json: bool, timeout: float, **way: Any) -> None:
    """Take one picture with DEVICE: camera, or document for a scanned page."""
    _perform(context, "capture", CAPTURE_NAMES[device], as_json, timeout, way, out=out)


@click.command()
@click.argument("device")
@_way_options
@click.pass_obj
def selftest(context: Any, device: str, as_json: bool, timeout: float, **way: Any) -> None:
    """Let DEVICE be tested: what was tried, what was seen, who must act. Exit status 0 only if all is well."""
    _perform(context, "selftest", SHORT_NAMES.get(device, device), as_json, timeout, way)


@click.command()
@click.argument("device")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="File for the trace; default: the screen.")
@click.option("--follow", is_flag=True, help="Go on until Ctrl-C or --timeout.")
@click.option("--timeout", type=click.FloatRange(0.1), help="Seconds until it ends.")
@click.option("--port", help="Trace the device at this port, opened here.")
@click.option("--driver", default="", help="Driver for --port.")
@click.pass_obj
def trace(
    context: Any, device: str, out: Path | None, follow: bool, timeout: float | None, port: str | None, driver: str
) -> None:
    """Show what goes over DEVICE's wire, without personal data; a saved trace can be played with --replay."""
    from kiosk.bus.connection import BusError
    from kiosk.devices import trace as lines_of

    name = SHORT_NAMES.get(device, device)
    way = way_to(context, name, port, driver, None)
    with until(timeout) as stop, _output(out) as tell:
        try:
            for line in lines_of(way.settings, name, stop, follow=follow or bool(timeout), here=way.here):
                tell(line)
        except BusError as error:
            raise click.ClickException(str(error)) from None


@contextmanager
def _output(out: Path | None) -> Generator[Callable[[str], None]]:
    from drivers.trace import create

    if out is None:
        yield click.echo
        return
    with create(out) as file:
        yield lambda line: print(line, file=file, flush=True)


def _perform(
    context: Any,
    verb: str,
    device: str,
    as_json: bool,
    timeout: float,
    way: dict[str, Any],
    *,
    personal: bool = False,
    data: bytes = b"",
    out: Path | None = None,
) -> None:
    from kiosk.devices import perform
    from kiosk.hardware.commands import Request, objection

    if complaint := objection(verb, device, data):
        raise click.UsageError(complaint)
    there = way_to(context, device, way["port"], way["driver"], way["replay"])
    report = perform(there.settings, verb, device, Request(timeout, personal, data), here=there.here)
    if report.picture and out:
        out.write_bytes(report.picture)
    if as_json:
        fields = {"fields": dict(report.fields), "error": report.error, "who": report.who, "sentence": report.sentence}
        click.echo(json.dumps(fields, ensure_ascii=False))
    else:
        for name, value in report.fields.items():
            if value:
                click.echo(f"{name:32}  {_printable(value)}")
        if report.error:
            click.echo(f"{report.error}: {_printable(report.sentence)} [who must act: {report.who}]", err=True)
    raise SystemExit(FAILED if report.error else 0)


def _printable(text: str) -> str:
    """What a device says must neither break the line nor steer the technician's screen."""
    return "".join(character if character.isprintable() else "?" for character in text)
