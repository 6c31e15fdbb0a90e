"""The dialogue with a social security card: which command comes next, and what the answers say. Pure.

Facts from independent public implementations; tags 07, 08 and 09 stand in most of them, the others in one or two.
No PIN is ever sent.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from drivers.errors import ProtocolError
from drivers.smart_card.apdu import (
    END_OF_FILE,
    NO_RECORD,
    OK,
    PIN_NEEDED,
    Command,
    Response,
    get_response,
    read_record,
    select_application,
    select_file,
)
from drivers.smart_card.contract import CardUnreadable, NotSocialSecurityCard, PinRequired, SmartCard

APPLICATION: Final = "sx1.sh.社会保障".encode("gbk")
EF05: Final = b"\xef\x05"
EF06: Final = b"\xef\x06"


class ReadStyle(StrEnum):
    """How a record is named in READ RECORD; regions differ."""

    AUTO = "auto"
    TAG = "tag"
    RECORD = "record"


@dataclass(frozen=True)
class Field:
    """``number`` counts the records of ``file`` from 1; ``size`` is the value's, in bytes."""

    name: str
    file: bytes
    tag: int
    number: int
    size: int
    needed: bool = False


FIELDS: Final = (
    Field("card_id", EF05, 0x01, 1, 16),
    Field("standard", EF05, 0x03, 3, 4),
    Field("issuer", EF05, 0x04, 4, 12),
    Field("issued", EF05, 0x05, 5, 4),
    Field("valid_until", EF05, 0x06, 6, 4),
    Field("card_number", EF05, 0x07, 7, 9, needed=True),
    Field("social_security_number", EF06, 0x08, 1, 18, needed=True),
    Field("name", EF06, 0x09, 2, 30, needed=True),
)

_SELECT_P1: Final = (0x00, 0x02)
"""Either "any file with this identifier" or "file below the application"; cards know one or both."""
_TELLING: Final = {PIN_NEEDED: 0, NO_RECORD: 1}
"""Of two refusals the one that says why; the other only says that the style was wrong."""
_MOST_FETCHES: Final = 8
"""GET RESPONSE in a row; a record comes in one."""

Dialogue = Generator[Command, Response, SmartCard]
"""Yields the next command, is sent its response, returns the card. Raises what the card turned out to be."""

_Answer = Generator[Command, Response, Response]


def read_card(style: ReadStyle = ReadStyle.AUTO) -> Dialogue:
    """Raises ``NotSocialSecurityCard``, ``PinRequired``, ``CardUnreadable`` or ``ProtocolError``."""
    yield from select_social_security()
    values: dict[str, bytes] = {}
    for file in (EF05, EF06):
        yield from _select(file)
        reading = _Reading(style, values)
        for each in FIELDS:
            if each.file == file:
                yield from reading.read(each)
    return _card(values)


def select_social_security() -> Generator[Command, Response, None]:
    """Raises ``NotSocialSecurityCard`` where the application is not on the card."""
    answer = yield from _ask(select_application(APPLICATION))
    if answer.status != OK:
        raise NotSocialSecurityCard(f"{answer.status:04X}")


def _select(file: bytes) -> Generator[Command, Response, None]:
    status = 0
    for p1 in _SELECT_P1:
        status = (yield from _ask(select_file(file, p1))).status
        if status == OK:
            return
        _check_pin(status, file.hex())
    raise CardUnreadable(f"{file.hex()}: {status:04X}")


def _check_pin(status: int, where: str) -> None:
    if status == PIN_NEEDED:
        raise PinRequired(where)


@dataclass
class _Reading:
    """Of one file into ``values``; with ``AUTO`` the first record decides which style the card knows.

    For each file anew: in EF05 tags and numbers are the same, and a card may take one for the other there.
    """

    style: ReadStyle
    values: dict[str, bytes]

    def read(self, each: Field) -> Generator[Command, Response, None]:
        answer = yield from self._ask(each)
        _check_pin(answer.status, each.name)
        if answer.status in (OK, END_OF_FILE):
            self.values[each.name] = _value(answer.data, each)
        elif each.needed or answer.status != NO_RECORD:
            raise CardUnreadable(f"{each.name}: {answer.status:04X}")

    def _ask(self, each: Field) -> _Answer:
        if self.style is not ReadStyle.AUTO:
            return (yield from _ask(_command(each, self.style)))
        refusals: list[Response] = []
        for style in (ReadStyle.TAG, ReadStyle.RECORD):
            answer = yield from _ask(_command(each, style))
            if _holds(answer, each):
                self.style = style
                return answer
            refusals.append(answer)
        return min(refusals, key=lambda answer: _TELLING.get(answer.status, len(_TELLING)))


def _command(each: Field, style: ReadStyle) -> Command:
    p1, p2 = (each.tag, 0x00) if style is ReadStyle.TAG else (each.number, 0x04)
    return read_record(p1, p2, each.size + 2)


def _holds(answer: Response, each: Field) -> bool:
    return answer.status in (OK, END_OF_FILE) and answer.data[:1] == bytes((each.tag,))


def _ask(command: Command) -> _Answer:
    """With the two corrections that T=0 asks for: the right length, and fetching what waits."""
    answer = yield command
    if answer.right_length:
        answer = yield command.expecting(answer.right_length)
    data = answer.data
    for _ in range(_MOST_FETCHES):
        if not answer.more:
            return Response(data, answer.status)
        answer = yield get_response(answer.more)
        data += answer.data
    raise ProtocolError("the card never stops answering")


def _value(record: bytes, each: Field) -> bytes:
    """Of ``tag length value``; a card may fill up the record behind it."""
    if len(record) < 2 or record[0] != each.tag or len(record) - 2 < record[1]:
        raise CardUnreadable(f"{each.name}: no record of it")
    return record[2 : 2 + record[1]]


def _card(values: dict[str, bytes]) -> SmartCard:
    return SmartCard(
        card_number=_needed(values, "card_number"),
        social_security_number=_needed(values, "social_security_number"),
        name=_needed(values, "name"),
        card_id=values.get("card_id", b"").hex(),
        issuer=values.get("issuer", b"").hex().upper(),
        standard=_text(values, "standard"),
        issued=_date(values.get("issued", b"")),
        valid_until=_date(values.get("valid_until", b"")),
    )


def _needed(values: dict[str, bytes], name: str) -> str:
    if text := _text(values, name):
        return text
    raise CardUnreadable(f"{name}: empty")


def _text(values: dict[str, bytes], name: str) -> str:
    """GB18030, which holds GBK: newer cards write rare names in it."""
    try:
        return values.get(name, b"").rstrip(b"\xff").decode("gb18030").replace("\0", " ").strip()
    except UnicodeDecodeError:
        raise CardUnreadable(f"{name}: no GBK text") from None


def _date(value: bytes) -> date | None:
    """Four bytes of binary coded decimal, YYYYMMDD."""
    digits = value.hex()
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
