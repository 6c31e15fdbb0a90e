"""ESC/POS status bytes and the arithmetic of the paper's columns. Pure: no I/O, no clock.

Sources: the ESC/POS command manuals of Epson, Citizen and Bixolon, which agree on everything used here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.contract import Media, State
from drivers.errors import ProtocolError, Who
from drivers.receipt_printer.contract import Paper, ReceiptPrinterStatus

# --- commands ----------------------------------------------------------------------------------------------------

STATUS_REQUESTS: Final = tuple(bytes((0x10, 0x04, n)) for n in (1, 2, 3, 4))
"""DLE EOT n: answered at once with one byte each, even in the middle of a job or while paper is out."""

FULL_STATUS_REQUEST: Final = b"\x10\x04\x14"
"""DLE EOT 20, of Custom's kiosk printers: answered at once with :data:`FULL_STATUS` and four bytes."""

FULL_STATUS: Final = b"\x10\x0f"

REPORT_WHEN_REACHED: Final = b"\x1d\x72\x01"
"""GS r 1: answered with one byte only when the printer has worked off everything sent before it."""

CLEAR_BUFFERS: Final = b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08"
"""DLE DC4 8: throw away what was received and not printed, so that it does not come out for the next citizen."""

CLEARED: Final = b"\x37\x25\x00"
"""What models that know the command answer; others keep silent."""

SET_PROCESS_ID: Final = b"\x1d(H\x06\x00\x30\x30"
"""GS ( H, function 48, and four characters: sent back behind :data:`PROCESS_ID` when all before is worked off."""

PROCESS_ID: Final = b"\x37\x22"

STATUS_BACK: Final = b"\x1da\x0e"
"""GS a: tell by yourself when you go offline or online, meet an error or feel the paper. ESC @ ends it."""

NO_STATUS_BACK: Final = b"\x1da\x00"

IDENTITY: Final = b"\x1dI"
"""GS I n: answered in turn, with a text behind :data:`IDENTITY_HEADER`."""

IDENTITY_HEADER: Final = b"\x5f"
FIRMWARE, MAKER, MODEL, SERIAL_NUMBER = 65, 66, 67, 68

# --- status ------------------------------------------------------------------------------------------------------


class Bit(StrEnum):
    """What a set bit of a status byte says."""

    OFFLINE = "offline"
    COVER_OPEN = "cover open"
    FEEDING = "feed button pressed"
    STOPPED_FOR_PAPER = "stopped for paper end"
    ERROR = "error"
    CUTTER_ERROR = "cutter error"
    UNRECOVERABLE = "unrecoverable error"
    AUTO_RECOVERABLE = "auto-recoverable error"
    JAM = "paper jam"
    PAPER_LOW = "paper near end"
    PAPER_OUT = "paper out"
    PRESENTED = "paper in the presenter"


Meanings = tuple[tuple[int, Bit], ...]
"""Masks and meanings of one byte; any set bit of a mask will do."""

MEANINGS: Final[tuple[Meanings, ...]] = (
    ((0x08, Bit.OFFLINE),),
    ((0x04, Bit.COVER_OPEN), (0x08, Bit.FEEDING), (0x20, Bit.STOPPED_FOR_PAPER), (0x40, Bit.ERROR)),
    ((0x08, Bit.CUTTER_ERROR), (0x20, Bit.UNRECOVERABLE), (0x40, Bit.AUTO_RECOVERABLE)),
    ((0x0C, Bit.PAPER_LOW), (0x60, Bit.PAPER_OUT)),
)
"""Of the answers to DLE EOT 1 to 4."""

STATUS_BACK_MEANINGS: Final[tuple[Meanings, ...]] = (
    ((0x08, Bit.OFFLINE), (0x20, Bit.COVER_OPEN), (0x40, Bit.FEEDING)),
    ((0x04, Bit.ERROR), (0x08, Bit.CUTTER_ERROR), (0x20, Bit.UNRECOVERABLE), (0x40, Bit.AUTO_RECOVERABLE)),
    ((0x03, Bit.PAPER_LOW), (0x0C, Bit.PAPER_OUT)),
    (),
)
"""Of the four bytes that a printer sends by itself after GS a."""

FULL_STATUS_MEANINGS: Final[tuple[Meanings, ...]] = (
    ((0x01, Bit.PAPER_OUT), (0x04, Bit.PAPER_LOW), (0x20, Bit.PRESENTED)),
    ((0x03, Bit.COVER_OPEN), (0x60, Bit.FEEDING)),
    ((0x01, Bit.AUTO_RECOVERABLE), (0x40, Bit.JAM)),
    ((0x01, Bit.CUTTER_ERROR), (0x4C, Bit.UNRECOVERABLE)),
)
"""Of the four bytes of the full status: paper, user, recoverable and unrecoverable errors (KPM and VKP manuals).
Bits that only some of them name are left out: DLE EOT 1 tells that the printer stopped, whatever the reason."""


def is_status(byte: int) -> bool:
    """Whether it can be an answer to DLE EOT: bits 1 and 4 set, 0 and 7 clear."""
    return byte & 0x93 == 0x12


def is_report(byte: int) -> bool:
    """Whether it can be the answer to GS r, or a later byte of what GS a asked for: bits 4 and 7 clear."""
    return byte & 0x90 == 0


def begins_status_back(byte: int) -> bool:
    """Whether it can be the first byte of what GS a asked for: bit 4 set, 0, 1 and 7 clear."""
    return byte & 0x93 == 0x10


def bits_of(data: Sequence[int], layout: Sequence[Meanings]) -> frozenset[Bit]:
    pairs = zip(data, layout, strict=True)
    return frozenset(bit for byte, meanings in pairs for mask, bit in meanings if byte & mask)


def bytes_of(bits: frozenset[Bit], layout: Sequence[Meanings], fixed: Iterable[int]) -> bytes:
    """What a printer with these facts says; ``fixed`` are the bits that are always set, byte by byte."""
    pairs = zip(fixed, layout, strict=True)
    return bytes(always | sum(mask for mask, bit in meanings if bit in bits) for always, meanings in pairs)


def decode(answers: Sequence[int]) -> frozenset[Bit]:
    """Facts of the answers to :data:`STATUS_REQUESTS`; raise ``ProtocolError`` if one is no status byte."""
    if len(answers) != len(MEANINGS) or not all(map(is_status, answers)):
        raise ProtocolError(f"status bytes {bytes(answers).hex(' ')}")
    return bits_of(answers, MEANINGS)


def encode(bits: frozenset[Bit]) -> bytes:
    """What a printer with these facts answers to :data:`STATUS_REQUESTS`."""
    return bytes_of(bits, MEANINGS, b"\x12" * len(MEANINGS))


@dataclass(frozen=True)
class _Row:
    bits: frozenset[Bit]
    state: State
    fault: str
    who: Who


# The first row with any bit set tells the state: an open cover also reports offline and, on many models, paper out.
_ROWS: Final = (
    _Row(frozenset({Bit.UNRECOVERABLE}), State.HARDWARE_ERROR, "receipt_printer.device_fault", Who.TECHNICIAN),
    _Row(frozenset({Bit.COVER_OPEN}), State.USER_ERROR, "receipt_printer.cover_open", Who.STAFF),
    _Row(frozenset({Bit.CUTTER_ERROR, Bit.JAM}), State.USER_ERROR, "receipt_printer.jammed", Who.STAFF),
    _Row(frozenset({Bit.PAPER_OUT, Bit.STOPPED_FOR_PAPER}), State.USER_ERROR, "receipt_printer.paper_out", Who.STAFF),
    _Row(frozenset({Bit.AUTO_RECOVERABLE}), State.BUSY, "receipt_printer.too_hot", Who.NOBODY),
    _Row(frozenset({Bit.ERROR}), State.USER_ERROR, "receipt_printer.jammed", Who.STAFF),
    _Row(frozenset({Bit.FEEDING}), State.BUSY, "receipt_printer.busy", Who.NOBODY),
    _Row(frozenset({Bit.OFFLINE}), State.OFFLINE, "receipt_printer.offline", Who.STAFF),
    _Row(frozenset({Bit.PAPER_LOW}), State.DEGRADED, "receipt_printer.paper_low", Who.STAFF),
)

PAUSES: Final = frozenset({Bit.AUTO_RECOVERABLE, Bit.FEEDING})
"""What passes by itself: a hot head cools, a button is let go."""

HARMLESS: Final = frozenset({Bit.PAPER_LOW, Bit.PRESENTED})
_OF_A_PAUSE: Final = PAUSES | {Bit.OFFLINE, Bit.ERROR}
_DAMAGES: Final = frozenset({Bit.CUTTER_ERROR, Bit.UNRECOVERABLE, Bit.JAM})


def stopped(bits: frozenset[Bit]) -> bool:
    """Whether the printer takes a job but will not work it off until somebody helps."""
    return bool(bits - HARMLESS - (_OF_A_PAUSE if bits & PAUSES else frozenset()))


def paused(bits: frozenset[Bit]) -> bool:
    """Whether it will go on by itself, later."""
    return bool(bits & PAUSES) and not stopped(bits)


def damaged(bits: frozenset[Bit]) -> bool:
    """Whether even a receipt that was worked off to its end may hang torn in the cutter."""
    return bool(bits & _DAMAGES) or (Bit.ERROR in bits and Bit.AUTO_RECOVERABLE not in bits)


def status(bits: frozenset[Bit], *, presenter: bool = False) -> ReceiptPrinterStatus:
    """``presenter``: the model has one, so that no paper in it is a fact and not ignorance."""
    row = next((row for row in _ROWS if row.bits & bits), None)
    paper, cover_open = _paper(bits), Bit.COVER_OPEN in bits
    media = _media(bits) if presenter else Media.UNKNOWN
    if row is None:
        return ReceiptPrinterStatus(State.ONLINE, paper=paper, presenter=media)
    return ReceiptPrinterStatus(row.state, row.fault, row.who, ", ".join(sorted(bits)), paper, cover_open, media)


def _paper(bits: frozenset[Bit]) -> Paper:
    if bits & {Bit.CUTTER_ERROR, Bit.JAM}:
        return Paper.JAMMED
    if bits & {Bit.PAPER_OUT, Bit.STOPPED_FOR_PAPER}:
        return Paper.OUT
    return Paper.LOW if Bit.PAPER_LOW in bits else Paper.OK


def _media(bits: frozenset[Bit]) -> Media:
    if Bit.JAM in bits:
        return Media.JAMMED
    return Media.PRESENT if Bit.PRESENTED in bits else Media.ABSENT


# --- columns -----------------------------------------------------------------------------------------------------

_NEVER_FIRST: Final = frozenset("，。、；：？！）》」』】”’…,.;:?!)]}%")
"""Punctuation that must not begin a line."""

_PAIR_GAP: Final = 2


def width(text: str) -> int:
    """Columns of ``text``: the printer's Kanji mode gives every character beyond ASCII a full-width cell."""
    return sum(1 if character.isascii() else 2 for character in text)


def printable(text: str) -> str:
    """``text`` without control characters: they would be commands to the printer."""
    return "".join(character if character.isprintable() else " " for character in text)


def wrap(text: str, columns: int) -> list[str]:
    """Lines of at most ``columns``; breaks between Chinese characters, at the spaces of Latin text, else anywhere."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines += _wrap_paragraph(printable(paragraph), max(columns, 2))
    return lines


def _wrap_paragraph(text: str, columns: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, columns):
        if width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str, columns: int) -> Iterator[str]:
    """What must stay on one line: a Latin word, or a Chinese character with the punctuation behind it."""
    piece = ""
    for character in text:
        if piece and (_may_break(piece[-1], character) or width(piece + character) > columns):
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    if after in _NEVER_FIRST or after == " ":
        return False
    return before == " " or not (before.isascii() and after.isascii())


def pair(label: str, value: str, columns: int) -> list[str]:
    """Label at the left, value at the right; on lines of their own if they do not fit on one."""
    gap = columns - width(label) - width(value)
    if gap >= _PAIR_GAP and "\n" not in label + value:
        return [printable(label) + " " * gap + printable(value)]
    return wrap(label, columns) + [align_right(line, columns) for line in wrap(value, columns)]


def align_right(line: str, columns: int) -> str:
    return " " * (columns - width(line)) + line
