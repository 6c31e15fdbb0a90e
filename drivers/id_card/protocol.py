"""The SAM protocol of second-generation identity card readers, without I/O: bytes to events and back.

A frame is ``AA AA AA 96 69``, a 16-bit big-endian length of what follows it, the body, and one checksum byte: the
exclusive or of everything from the length to the end of the body. A request's body is command, parameter, data; a
reply's is three status bytes, of which the first two are always zero, and data. (Vendor manuals of several makers.)
"""

import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final, Generic, Literal, TypeVar

from drivers.errors import DeviceFault, DriverError, ProtocolError, Refused
from drivers.framing import ReceiveBuffer, xor_of
from drivers.id_card.contract import CardRejected, CardUnreadable, SecurityModuleFault

PREAMBLE: Final = b"\xaa\xaa\xaa\x96\x69"
_HEAD: Final = len(PREAMBLE) + 2
_CHECKSUM: Final = 1
_STATUS: Final = 3
MAX_LENGTH: Final = 2314
"""Of the largest reply known: text, photo and two fingerprints in a frame of 2321 bytes."""
_BUFFER: Final = 2 * (_HEAD + MAX_LENGTH)


class Command(Enum):
    """Command and parameter byte."""

    RESET_SAM = b"\x10\xff"
    SAM_STATUS = b"\x11\xff"
    SAM_ID = b"\x12\xff"
    FIND_CARD = b"\x20\x01"
    SELECT_CARD = b"\x20\x02"
    READ_CARD = b"\x30\x01"
    READ_NEWEST_ADDRESS = b"\x30\x03"
    READ_MANAGEMENT_NUMBER = b"\x30\x05"
    READ_CARD_WITH_FINGERPRINT = b"\x30\x10"
    SET_MAX_RF_BYTES = b"\x61\xff"


class Status(IntEnum):
    """Third status byte of a reply."""

    HOST_CHECKSUM = 0x10
    HOST_LENGTH = 0x11
    HOST_COMMAND = 0x21
    NOT_PERMITTED = 0x23
    UNRECOGNISED = 0x24
    CARD_REJECTS_SAM = 0x31
    SAM_REJECTS_CARD = 0x32
    DATA_NOT_VERIFIED = 0x33
    UNKNOWN_CARD_TYPE = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    NO_CARD = 0x80
    SELECT_FAILED = 0x81
    SUCCESS = 0x90
    EMPTY = 0x91
    CARD_FOUND = 0x9F


GOOD: Final = frozenset({Status.SUCCESS, Status.EMPTY, Status.CARD_FOUND})

# Who must act is told by the class: a damaged request is the cable's fault, a refused command the program's,
# a card that a second try may read asks the citizen, a dead security module asks the technician.
_ERRORS: Final[Mapping[int, tuple[type[DriverError], str]]] = {
    Status.HOST_CHECKSUM: (ProtocolError, "request arrived with a wrong checksum"),
    Status.HOST_LENGTH: (ProtocolError, "request arrived with a wrong length"),
    Status.HOST_COMMAND: (Refused, "command not known"),
    Status.NOT_PERMITTED: (Refused, "command not permitted now"),
    Status.UNRECOGNISED: (Refused, "unrecognised error"),
    Status.CARD_REJECTS_SAM: (CardRejected, "the card rejects the security module"),
    Status.SAM_REJECTS_CARD: (CardRejected, "the security module rejects the card"),
    Status.DATA_NOT_VERIFIED: (CardRejected, "the card's data fail verification"),
    Status.UNKNOWN_CARD_TYPE: (CardRejected, "unknown type of card"),
    Status.READ_FAILED: (CardUnreadable, "reading the card failed"),
    Status.RANDOM_FAILED: (CardUnreadable, "the card gave no random number"),
    Status.SELF_TEST_FAILED: (SecurityModuleFault, "self-test failed"),
    Status.NOT_AUTHORISED: (SecurityModuleFault, "not authorised"),
    Status.NO_CARD: (CardUnreadable, "no card found"),
    Status.SELECT_FAILED: (CardUnreadable, "the card cannot be selected"),
}


@dataclass(frozen=True, repr=False)
class Reply:
    """One whole reply. ``status`` is the number of a :class:`Status` or an undocumented one."""

    status: int
    data: bytes = b""

    def __repr__(self) -> str:
        """The data can be personal."""
        return f"<Reply {self.status:02X}, {len(self.data)} bytes>"

    @property
    def error(self) -> DriverError | None:
        """What a status that is no success means, as the error to raise."""
        if self.status in GOOD:
            return None
        kind, meaning = _ERRORS.get(self.status) or _undocumented(self.status)
        return kind(f"{meaning}, status {self.status:02X}")


def _undocumented(status: int) -> tuple[type[DriverError], str]:
    """Inferred: the two documented statuses from 60 on are faults of the module, so their neighbours will be, too."""
    return (DeviceFault if status & 0xF0 == Status.SELF_TEST_FAILED else Refused), "undocumented status"


@dataclass(frozen=True, repr=False)
class Request:
    """One whole request, as a reader sees it; ``code`` is command and parameter, known or not."""

    code: bytes
    data: bytes = b""


@dataclass(frozen=True)
class Damaged:
    """A frame that is none. The parser already looks for the next one behind its preamble."""

    reason: Literal["length", "checksum", "status"]


class NeedMore(Enum):
    NEED_MORE = "need more"


NEED_MORE: Final = NeedMore.NEED_MORE

E = TypeVar("E", Reply, Request)


def encode(command: Command, data: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    return encode_request(Request(command.value, data))


def encode_request(request: Request) -> bytes:
    """Any request, also of a command that is not known here."""
    return _frame(request.code + request.data)


def encode_reply(status: int, data: bytes = b"") -> bytes:
    """A reply as a reader sends it."""
    return _frame(bytes([0, 0, status]) + data)


def _frame(body: bytes) -> bytes:
    checked = struct.pack(">H", len(body) + _CHECKSUM) + body
    return PREAMBLE + checked + bytes([xor_of(checked)])


class Parser(ABC, Generic[E]):
    """Feed it bytes in any portions, then ask for events until it needs more. Never raises, never keeps over 5 kB."""

    _least: int

    def __init__(self) -> None:
        self._buffer = ReceiveBuffer(_BUFFER)

    @property
    def skipped(self) -> int:
        """Bytes so far that belonged to no frame."""
        return self._buffer.skipped

    @property
    def pending(self) -> int:
        """Bytes received and not yet understood."""
        return len(self._buffer)

    def receive_data(self, data: bytes) -> None:
        self._buffer.append(data)

    def next_event(self) -> E | Damaged | NeedMore:
        if not self._buffer.skip_until(PREAMBLE) or (head := self._buffer.peek(len(PREAMBLE), _HEAD)) is None:
            return NEED_MORE
        (length,) = struct.unpack(">H", head)
        if not self._least + _CHECKSUM <= length <= MAX_LENGTH:
            return self._damaged("length")
        if (rest := self._buffer.peek(_HEAD, _HEAD + length)) is None:
            return NEED_MORE
        if xor_of(head + rest):  # the checksum included, a whole frame gives zero
            return self._damaged("checksum")
        return self._event(length, rest[:-_CHECKSUM])

    def _event(self, length: int, body: bytes) -> E | Damaged:
        event = self._decode(body)
        if event is None:
            return self._damaged("status")
        self._buffer.take(_HEAD + length)
        return event

    def _damaged(self, reason: Literal["length", "checksum", "status"]) -> Damaged:
        # Only the preamble is given up: if bytes were lost, the next good frame may lie within this one's length.
        self._buffer.skip(len(PREAMBLE))
        return Damaged(reason)

    @abstractmethod
    def _decode(self, body: bytes) -> E | None:
        """``None`` when the body is none of this direction."""


class ReplyParser(Parser[Reply]):
    """What the terminal receives."""

    _least = _STATUS

    def _decode(self, body: bytes) -> Reply | None:
        return Reply(body[2], body[_STATUS:]) if body[:2] == b"\0\0" else None


class RequestParser(Parser[Request]):
    """What a reader receives."""

    _least = 2

    def _decode(self, body: bytes) -> Request | None:
        return Request(body[:2], body[2:])


# --- the data of successful replies ----------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class CardData:
    """Text block, photo and fingerprints of one card, all still undecoded."""

    text: bytes
    photo: bytes
    fingerprint: bytes = b""


def decode_card(data: bytes, *, fingerprint: bool = False) -> CardData:
    """Split the data of ``READ_CARD`` or, with ``fingerprint``, of ``READ_CARD_WITH_FINGERPRINT``.

    16-bit big-endian lengths come first, then the parts in the same order. Raises ``ProtocolError``.
    """
    count = 3 if fingerprint else 2
    if len(data) < 2 * count:
        raise ProtocolError("card data without lengths")
    lengths: tuple[int, ...] = struct.unpack_from(f">{count}H", data)
    if 2 * count + sum(lengths) != len(data):
        raise ProtocolError("card data of another length than announced")
    return CardData(*struct.unpack_from("".join(f"{length}s" for length in lengths), data, 2 * count))


def encode_card(card: CardData, *, fingerprint: bool = False) -> bytes:
    """The data of a successful read; the inverse of :func:`decode_card`."""
    parts = (card.text, card.photo, card.fingerprint)[: 3 if fingerprint else 2]
    return b"".join(struct.pack(">H", len(part)) for part in parts) + b"".join(parts)


_SAM_ID: Final = struct.Struct("<HHIII")
SAM_ID_BYTES: Final = _SAM_ID.size


def decode_sam_id(data: bytes, *, digits: int = 10) -> str:
    """The printed number of the security module, as in ``05.01-20240101-0001234567-0987654321``.

    Makers print only the low byte of the first two numbers; some pad the last two to 9 ``digits``. Raises
    ``ProtocolError``.
    """
    if len(data) != SAM_ID_BYTES:
        raise ProtocolError("security module number of a wrong length")
    first, second, third, fourth, fifth = _SAM_ID.unpack(data)
    return f"{first & 0xFF:02}.{second & 0xFF:02}-{third:08}-{fourth:0{digits}}-{fifth:0{digits}}"


ADDRESS_BYTES: Final = 70


def decode_address(data: bytes) -> str:
    """The newest address of ``READ_NEWEST_ADDRESS``: 35 UTF-16 characters, padded. Raises ``ProtocolError``."""
    if len(data) != ADDRESS_BYTES:
        raise ProtocolError("newest address of a wrong length")
    return data.decode("utf-16-le", "replace").rstrip(" \0")
