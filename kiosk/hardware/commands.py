"""What a technician can have a device do: the same functions in the process that owns the device and in the command
line, which opens it itself when nobody does."""
# ruff: noqa: PLC0415 - a picture is encoded where there is one: no OpenCV in the window

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from drivers.code_scanner.contract import CodeScanner
from drivers.contract import Cancel, Outcome, PrintResult
from drivers.document_printer.contract import DocumentPrinter
from drivers.errors import DriverError, Who
from drivers.id_card.contract import IdCardReader
from drivers.receipt_printer.contract import ReceiptPrinter
from drivers.registry import Driver
from drivers.selftest import Check, status_only
from drivers.smart_card.contract import SmartCardReader
from kiosk.hardware.slip import receipt_of
from kiosk.identity.cards import CardProblem
from kiosk.identity.person import mask_name, mask_number
from kiosk.identity.report import HIDDEN
from kiosk.identity.report import report as card_fields
from kiosk.text.catalogue import texts

if TYPE_CHECKING:
    from drivers.camera.contract import Camera, Image
    from drivers.document_camera.contract import DocumentCamera


@dataclass(frozen=True, repr=False)
class Request:
    """``data`` is what is to be printed; ``personal`` shows personal fields unmasked."""

    timeout: float
    personal: bool = False
    data: bytes = b""


@dataclass(frozen=True, repr=False)
class Report:
    """``fields`` in the order in which they are told; ``picture`` is a PNG."""

    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str = ""
    who: Who = Who.NOBODY
    sentence: str = ""
    picture: bytes = b""


Command = Callable[[Any, Request, Cancel], Report]


def perform(verb: str, driver: Driver, device: Any, request: Request, cancel: Cancel) -> Report:
    """Never raises for what a device does. Raises ``KeyError`` for a verb this class of device does not have."""
    try:
        if verb == SELFTEST:
            return _checked(driver.selftest(device, cancel))
        if verb == STATUS:
            return _checked(status_only(device, cancel))
        return COMMANDS[verb, driver.kind](device, request, cancel)
    except DriverError as error:
        return failed(error)


def failed(error: DriverError) -> Report:
    return Report(error=error.code, who=error.who, sentence=str(error))


# --- read -------------------------------------------------------------------------------------------------------------


def _read_id_card(reader: IdCardReader, request: Request, cancel: Cancel) -> Report:
    """A whole read; with an error when the card may not be used all the same."""
    fields = card_fields(reader.read(timeout=request.timeout, cancel=cancel), personal=request.personal)
    problem = fields["problem"]
    if not problem:
        return Report(fields)
    who = Who.CITIZEN if problem in _HOLDERS_MATTER else Who.STAFF
    return Report(fields, problem, who, texts("en")(f"cards.{problem}"))


_HOLDERS_MATTER: Final = frozenset({CardProblem.EXPIRED, CardProblem.NOT_YET_VALID})
"""Another card of the holder helps; about anything else the staff must look at this one."""


def _read_smart_card(reader: SmartCardReader, request: Request, cancel: Cancel) -> Report:
    card = reader.read(timeout=request.timeout, cancel=cancel)
    return Report(
        {
            "region_code": card.region_code,
            "name": card.name if request.personal else mask_name(card.name),
            "social_security_number": _number(card.social_security_number, request),
            "card_number": _number(card.card_number, request),
            "issuer": card.issuer,
            "standard": card.standard,
            "issued": str(card.issued or ""),
            "valid_until": str(card.valid_until or ""),
        }
    )


def _read_code(scanner: CodeScanner, request: Request, cancel: Cancel) -> Report:
    code = scanner.scan(timeout=request.timeout, cancel=cancel)
    text = code.text if request.personal else HIDDEN
    return Report({"symbology": code.symbology, "characters": str(len(code.text)), "text": text})


def _number(number: str, request: Request) -> str:
    return number if request.personal else mask_number(number)


# --- print ------------------------------------------------------------------------------------------------------------


def _print_receipt(printer: ReceiptPrinter, request: Request, cancel: Cancel) -> Report:
    return _printed(printer.print(str(uuid4()), receipt_of(request.data), timeout=request.timeout, cancel=cancel))


def _print_document(printer: DocumentPrinter, request: Request, cancel: Cancel) -> Report:
    result = printer.print(str(uuid4()), request.data, "test page", timeout=request.timeout, cancel=cancel)
    return _printed(result)


def _printed(result: PrintResult) -> Report:
    fields = {"outcome": result.outcome.value}
    if result.outcome is Outcome.PRINTED:
        return Report(fields)
    return Report(fields, result.fault or result.outcome.value, result.who, result.detail)


# --- capture ----------------------------------------------------------------------------------------------------------


def _capture_picture(camera: "Camera", request: Request, cancel: Cancel) -> Report:
    from drivers.camera.capture import capture

    frame = capture(camera, timeout=request.timeout, cancel=cancel)
    return _picture(frame.image, {})


def _capture_page(camera: "DocumentCamera", request: Request, cancel: Cancel) -> Report:
    """A page with warnings is shown, too: what is wrong with it is seen best on it."""
    page = camera.scan(timeout=request.timeout, cancel=cancel)
    warnings = ", ".join(page.warnings)
    report = _picture(page.image, {"paper": page.paper, "dpi": str(page.dpi), "warnings": warnings})
    return report if page.good else replace(report, error=page.warnings[0], who=Who.CITIZEN, sentence=warnings)


def _picture(image: "Image", facts: Mapping[str, str]) -> Report:
    rows, columns = image.shape[:2]
    return Report({"size": f"{columns} x {rows}", **facts}, picture=_png(image))


def _png(image: "Image") -> bytes:
    import cv2

    return cv2.imencode(".png", image)[1].tobytes()


# --- selftest, status -------------------------------------------------------------------------------------------------

SELFTEST: Final = "selftest"
STATUS: Final = "status"
OF_EVERY_CLASS: Final = frozenset({SELFTEST, STATUS})


def _checked(found: Iterable[Check]) -> Report:
    checks = list(found)
    fields = {check.name: f"{'ok' if check.ok else 'FAILED'} {check.evidence}".strip() for check in checks}
    broken = [check for check in checks if not check.ok]
    if not broken:
        return Report(fields)
    return Report(fields, "selftest_failed", broken[0].who, ", ".join(check.name for check in broken))


COMMANDS: Final[Mapping[tuple[str, str], Command]] = {
    ("read", "id_card"): _read_id_card,
    ("read", "smart_card"): _read_smart_card,
    ("read", "code_scanner"): _read_code,
    ("print", "receipt_printer"): _print_receipt,
    ("print", "document_printer"): _print_document,
    ("capture", "camera"): _capture_picture,
    ("capture", "document_camera"): _capture_page,
}
"""Verb and device class -> what is done. Every class has those of :data:`OF_EVERY_CLASS` besides."""


def objection(verb: str, device: str, data: bytes) -> str:
    """Why this cannot be done at all, in the words of who asked for it; empty if it can."""
    able = sorted(name for each, name in COMMANDS if each == verb)
    if verb not in OF_EVERY_CLASS and device not in able:
        return f"{device} cannot {verb}; {', '.join(able)} can"
    if (verb, device) == ("print", "document_printer") and not data.startswith(b"%PDF-"):
        return "this is no PDF file"
    if (verb, device) == ("print", "receipt_printer"):
        try:
            receipt_of(data)
        except ValueError as error:
            return f"this is no text for a receipt: {error}"
    return ""
