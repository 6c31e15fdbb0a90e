"""The text protocol of Network UPS Tools: bytes <-> replies, and what a UPS's variables mean. Pure.

Sources: RFC 9271 (commands, errors, quoting, ``ups.status`` flags) and the NUT documentation's list of variables.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.contract import Capabilities, State
from drivers.errors import ProtocolError, Who
from drivers.power.contract import Battery, PowerStatus, Supply

PORT: Final = 3493
QUICK_TEST: Final = "test.battery.start.quick"
TEST_RESULT: Final = "ups.test.result"
_LONGEST_LINE: Final = 4096
_LONGEST_REPLY: Final = 64 * 1024
_WORD: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^\s"]+)')
_ESCAPED: Final = re.compile(r"\\(.)")
_NAME: Final = re.compile(r"[\w.:-]+", re.ASCII)

Variables = Mapping[str, str]


# --- bytes -----------------------------------------------------------------------------------------------------------


def command(*parts: str) -> bytes:
    """One line. Raises ``ProtocolError`` for what would make two of it."""
    if not all(part.isprintable() for part in parts):
        raise ProtocolError("control characters in a name")
    return (" ".join(_quoted(part) for part in parts) + "\n").encode()


def _quoted(part: str) -> str:
    return part if _NAME.fullmatch(part) else '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'


def split(line: str) -> tuple[str, ...]:
    """The words of a line, without quotes and escapes. What follows a stray quote is lost."""
    return tuple(_ESCAPED.sub(r"\1", quoted) or plain for quoted, plain in _WORD.findall(line))


@dataclass(frozen=True)
class Reply:
    """``error`` is the code behind ``ERR``; ``rows`` are the words of each line of a list, or of the one line."""

    rows: tuple[tuple[str, ...], ...] = ()
    error: str = ""
    is_list: bool = False


class ReplyParser:
    """The reply to one command: a line, or a list between ``BEGIN LIST`` and ``END LIST``."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._rows: list[tuple[str, ...]] = []
        self._list: tuple[str, ...] = ()
        self._size = 0

    @property
    def pending(self) -> int:
        """Bytes of a reply that has begun."""
        return self._size

    def receive_data(self, data: bytes) -> None:
        self._data += data
        self._size += len(data)

    def next_reply(self) -> Reply | None:
        """``None``: more data is needed. Raises ``ProtocolError`` for what is no such reply, or has no end."""
        while (end := self._data.find(b"\n")) >= 0:
            line = bytes(self._data[:end])
            del self._data[: end + 1]
            if reply := self._line(_text(line)):
                return reply
        if len(self._data) > _LONGEST_LINE or self._size > _LONGEST_REPLY:
            raise ProtocolError("a reply without an end")
        return None

    def _line(self, line: str) -> Reply | None:
        row = split(line)
        if self._list:
            return self._within(row)
        match row:
            case ("ERR", code, *_):
                return Reply(error=code)
            case ("BEGIN", "LIST", *subject):
                self._list = tuple(subject)
                return None
            case _:
                return Reply((row,))

    def _within(self, row: tuple[str, ...]) -> Reply | None:
        if row == ("END", "LIST", *self._list):
            return Reply(tuple(self._rows), is_list=True)
        if row[:1] != self._list[:1]:
            raise ProtocolError("a line that is not of its list")
        self._rows.append(row)
        return None


def _text(line: bytes) -> str:
    """Models are named in whatever their makers used; nobody but a technician reads them. Raises ``ProtocolError``."""
    text = line.decode("utf-8", "replace").rstrip("\r")
    if "\0" in text:
        raise ProtocolError("zero bytes in a line of text")
    return text


def variables(reply: Reply) -> Variables:
    """Of a ``LIST VAR``. Raises ``ProtocolError``."""
    found: dict[str, str] = {}
    for row in reply.rows:
        match row:
            case ("VAR", _, name, value):
                found[name] = value
            case _:
                raise ProtocolError("no list of variables")
    return found


# --- meaning ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Meaning:
    cause: str
    state: State
    who: Who


_CAUSES: Final[tuple[tuple[frozenset[str], _Meaning], ...]] = tuple(
    (frozenset(flags.split()), _Meaning(cause, state, who))
    for flags, cause, state, who in (
        ("OFF", "off", State.HARDWARE_ERROR, Who.TECHNICIAN),
        ("FSD", "shutting_down", State.DEGRADED, Who.STAFF),
        ("OB LB", "battery_low", State.DEGRADED, Who.STAFF),
        ("OVER", "overload", State.DEGRADED, Who.STAFF),
        ("RB", "replace_battery", State.DEGRADED, Who.TECHNICIAN),
        ("CAL", "testing", State.BUSY, Who.NOBODY),
        ("TEST", "testing", State.BUSY, Who.NOBODY),
        ("OB", "on_battery", State.DEGRADED, Who.STAFF),
        ("BYPASS", "bypass", State.DEGRADED, Who.TECHNICIAN),
        ("ALARM", "alarm", State.DEGRADED, Who.TECHNICIAN),
        ("LB", "recharging", State.DEGRADED, Who.NOBODY),
    )
)
"""All of these flags together -> what it is; the worst first. OL, HB, CHRG, DISCHRG, TRIM and BOOST are no trouble."""
_SUPPLIES: Final = {"OFF": Supply.OFF, "OB": Supply.BATTERY, "BYPASS": Supply.BYPASS, "OL": Supply.MAINS}


def status(told: Variables) -> PowerStatus:
    """Raises ``ProtocolError`` when there is no ``ups.status``."""
    flags = set(told.get("ups.status", "").split())
    if not flags:
        raise ProtocolError("no ups.status")
    if "WAIT" in flags:  # the driver has started and not heard the device yet
        return PowerStatus(State.STARTING)
    if "OB" in flags and _below_limit(told):
        flags.add("LB")  # not every device raises the flag itself
    meaning = next((meaning for needed, meaning in _CAUSES if needed <= flags), _Meaning("", State.ONLINE, Who.NOBODY))
    return PowerStatus(
        meaning.state,
        f"power.{meaning.cause}" if meaning.cause else "",
        meaning.who,
        detail=_detail(told) if meaning.cause else "",
        supply=next((supply for flag, supply in _SUPPLIES.items() if flag in flags), Supply.UNKNOWN),
        battery=Battery.REPLACE if "RB" in flags else Battery.LOW if "LB" in flags else Battery.OK,
        charge=_number(told, "battery.charge"),
        runtime=_number(told, "battery.runtime", 60),
        load=_number(told, "ups.load", 10),
    )


def capabilities(told: Variables) -> Capabilities:
    def first(*names: str) -> str:
        return next((value.strip() for name in names if (value := told.get(name, "")).strip()), "")

    maker, model = first("device.mfr", "ups.mfr"), first("device.model", "ups.model")
    return Capabilities(f"{maker} {model}".strip(), first("device.serial", "ups.serial"), first("ups.firmware"))


def test_result(told: Variables) -> bool | None:
    """Whether ``ups.test.result`` says that the battery passed; drivers word it freely."""
    text = told.get(TEST_RESULT, "").lower()
    if any(word in text for word in ("fail", "bad", "error", "warning", "abort")):
        return False
    return True if any(word in text for word in ("pass", "ok", "done", "success")) else None


def is_testing(told: Variables) -> bool:
    return "progress" in told.get(TEST_RESULT, "").lower() or bool(
        {"CAL", "TEST"} & set(told.get("ups.status", "").split())
    )


def _below_limit(told: Variables) -> bool:
    pairs = (("battery.charge", "battery.charge.low"), ("battery.runtime", "battery.runtime.low"))
    found = ((_number(told, value), _number(told, limit)) for value, limit in pairs)
    return any(value is not None and limit is not None and value <= limit for value, limit in found)


def _detail(told: Variables) -> str:
    return ", ".join(filter(None, (told.get("ups.status", ""), told.get("ups.alarm", ""))))


def _number(told: Variables, name: str, step: int = 1) -> int | None:
    """Rounded to ``step``."""
    try:
        return step * round(float(told[name]) / step)
    except (KeyError, ValueError, OverflowError):
        return None


# --- the trace -------------------------------------------------------------------------------------------------------


class NutRedactor:
    """Nothing here is about a person; the password of the service is nobody's business either."""

    _SECRET: Final = re.compile(rb"(?<=PASSWORD )[^\r\n]+")

    def sent(self, data: bytes) -> bytes:
        return self._SECRET.sub(lambda found: b"*" * len(found[0]), data)

    def received(self, data: bytes) -> bytes:
        return data
