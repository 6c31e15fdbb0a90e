"""IPP messages as bytes (RFC 8010). Pure.

pyipp writes them. It is not used to read them: its parser takes lengths as signed numbers, and a negative one sends it
round in circles for ever.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

from pyipp.enums import IppTag
from pyipp.serializer import construct_attribute

from drivers.errors import ProtocolError

Value = int | bool | str
Attributes = Mapping[str, Sequence[Value]]
T = TypeVar("T", int, str, bool)

_HEADER: Final = struct.Struct(">bbhi")
"""Version (two numbers), operation or status, request id."""
_VERSION: Final = (2, 0)
_LENGTH: Final = 2
_LONGEST_WORD: Final = 255
"""A keyword is no longer (RFC 8011 5.1.4)."""
_MOST_WORDS: Final = 64
_FIRST_VALUE_TAG: Final = 0x10
_NUMBERS: Final = frozenset({IppTag.INTEGER, IppTag.ENUM})
_WITH_LANGUAGE: Final = frozenset({IppTag.TEXT_LANG, IppTag.NAME_LANG})
_TAGS: Final = {
    "printer-make-and-model": IppTag.TEXT,
    "printer-device-id": IppTag.TEXT,
    "printer-firmware-string-version": IppTag.TEXT,
    "printer-is-accepting-jobs": IppTag.BOOLEAN,
    "marker-names": IppTag.NAME,
    "marker-levels": IppTag.INTEGER,
}
"""Of attributes that pyipp does not know; without one it leaves an attribute out."""
_TEXTS: Final = frozenset(range(IppTag.TEXT, IppTag.MIME_TYPE + 1)) | {IppTag.STRING}


@dataclass(frozen=True)
class Message:
    """``code`` is the operation of a request and the status of an answer; ``data`` the document behind it."""

    code: int
    request_id: int
    operation: Attributes = field(default_factory=dict[str, Sequence[Value]])
    jobs: tuple[Attributes, ...] = ()
    printers: tuple[Attributes, ...] = ()
    data: bytes = field(default=b"", repr=False)


class _Item(NamedTuple):
    """One value where it stands; ``group`` counts the groups from 1, ``kind`` is the group's tag."""

    group: int
    kind: int
    tag: int
    name: str
    start: int
    end: int


def encode(
    code: int,
    request_id: int,
    operation: Mapping[str, Any],
    *,
    job: Mapping[str, Any] | None = None,
    printer: Mapping[str, Any] | None = None,
) -> bytes:
    """A request or an answer, which have one shape. Several ``job`` groups are not needed."""
    first = {"attributes-charset": "utf-8", "attributes-natural-language": "en", **operation}
    groups = ((IppTag.OPERATION, first), (IppTag.JOB, job), (IppTag.PRINTER, printer))
    body = b"".join(bytes([tag]) + _attributes(group) for tag, group in groups if group is not None)
    return _HEADER.pack(*_VERSION, code, request_id) + body + bytes([IppTag.END])


def _attributes(group: Mapping[str, Any]) -> bytes:
    return b"".join(construct_attribute(name, value, _TAGS.get(name)) for name, value in group.items())


def decode(message: bytes) -> Message:
    """Raises ``ProtocolError``."""
    if len(message) < _HEADER.size:
        raise ProtocolError("no IPP message")
    _, _, code, request_id = _HEADER.unpack_from(message)
    groups: dict[tuple[int, int], dict[str, list[Value]]] = {}
    at = _HEADER.size
    for item in _items(message):
        at = item.end
        group = groups.setdefault((item.group, item.kind), {})
        value = _value(item.tag, message[item.start : item.end])
        if value is not None:
            group.setdefault(item.name, []).append(value)

    def of(kind: int) -> tuple[Attributes, ...]:
        return tuple(group for (_, each), group in groups.items() if each == kind)

    first: Attributes = groups.get((1, IppTag.OPERATION), {})
    data = message[message.index(IppTag.END, at) + 1 :]
    return Message(code, request_id, first, of(IppTag.JOB), of(IppTag.PRINTER), data)


def one(attributes: Attributes, name: str, kind: type[T]) -> T | None:
    """The first value, if there is one of this kind."""
    value = next(iter(attributes.get(name, ())), None)
    return value if isinstance(value, kind) else None


def words(attributes: Attributes, name: str) -> tuple[str, ...]:
    """The texts among the values, as many and as long as anybody reads."""
    values = attributes.get(name, ())[:_MOST_WORDS]
    return tuple(value[:_LONGEST_WORD] for value in values if isinstance(value, str))


def redacted(message: bytes, kept: frozenset[str]) -> bytes:
    """The same message with the values of all attributes but the ``kept`` ones blotted out; of what is no message,
    nothing is left."""
    out = bytearray(message)
    try:
        for item in _items(message):
            if item.name not in kept:
                out[item.start : item.end] = b"*" * (item.end - item.start)
        end = decode(message)
    except ProtocolError:
        return bytes(len(message))
    out[len(out) - len(end.data) :] = bytes(len(end.data))
    return bytes(out)


def _items(message: bytes) -> Iterator[_Item]:
    at, group, kind, name = _HEADER.size, 0, 0, ""
    while True:
        if at >= len(message):
            raise ProtocolError("IPP message without an end")
        tag, at = message[at], at + 1
        if tag == IppTag.END:
            return
        if tag < _FIRST_VALUE_TAG:
            group, kind = group + 1, tag
            continue
        label, at = _span(message, at)
        start_end, at = _span(message, at)
        name = message[slice(*label)].decode("ascii", "replace") or name
        yield _Item(group, kind, tag, name, *start_end)


def _span(message: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Where the field of two bytes' length before it begins and ends."""
    start = at + _LENGTH
    end = start + int.from_bytes(message[at:start], "big")
    if end > len(message):
        raise ProtocolError("IPP attribute longer than the message")
    return (start, end), end


def _value(tag: int, raw: bytes) -> Value | None:
    """``None`` for kinds that say nothing here: no-value, collections, ranges, dates."""
    if tag in _NUMBERS:
        return int.from_bytes(raw, "big", signed=True)
    if tag == IppTag.BOOLEAN:
        return raw != b"\0"
    if tag in _WITH_LANGUAGE:
        _, at = _span(raw, 0)
        (start, end), _ = _span(raw, at)
        return raw[start:end].decode("utf-8", "replace")
    return raw.decode("utf-8", "replace") if tag in _TEXTS else None
