"""Synthetic cards for the simulated reader. None belongs to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from drivers.smart_card.protocol import APPLICATION, EF05, EF06, FIELDS, ReadStyle

_ATR: Final = bytes.fromhex("3B6D000080318065B0 0000000083009000")
_OTHER_APPLICATION: Final = bytes.fromhex("A000000333010101")


@dataclass(frozen=True)
class Specimen:
    """What a chip holds and how it behaves. ``records`` are by file and tag; a record's value is raw."""

    records: Mapping[tuple[bytes, int], bytes]
    application: bytes = APPLICATION
    atr: bytes = _ATR
    style: ReadStyle = ReadStyle.TAG
    select_p1: int = 0x00
    fetches: bool = False
    """Answers SELECT with 61xx, as a T=0 card does."""
    needs_pin: frozenset[bytes] = field(default_factory=frozenset[bytes])
    """Files that are closed without the PIN."""
    broken: frozenset[int] = field(default_factory=frozenset[int])
    """Tags of records whose bytes are damaged."""


def _records(**values: str) -> dict[tuple[bytes, int], bytes]:
    return {(each.file, each.tag): _raw(values[each.name], each.size, each.name) for each in FIELDS}


_DIGITS: Final = frozenset({"card_id", "issuer", "issued", "valid_until"})


def _raw(value: str, size: int, name: str) -> bytes:
    if name in _DIGITS:
        return bytes.fromhex(value)
    return value.encode("gb18030").ljust(size, b"\0")


_FIRST: Final = _records(
    card_id="440100D15600000500ABCDEF01234567",
    standard="2.00",
    issuer="915600000244010044010000",
    issued="20200101",
    valid_until="20400101",
    card_number="A00000017",
    social_security_number="11010519491231002X",
    name="证件样本",
)
_SECOND: Final = _records(
    card_id="440600D15600000500ABCDEF89ABCDEF",
    standard="3.00",
    issuer="915600000244060044060000",
    issued="20190301",
    valid_until="20390301",
    card_number="B00000025",
    social_security_number="440606198506150014",
    name="样本乙",
)

SPECIMENS: Final[Mapping[str, Specimen]] = {
    "person": Specimen(_FIRST),
    "other": Specimen(_SECOND, style=ReadStyle.RECORD, select_p1=0x02, fetches=True),
    "expired": Specimen({**_FIRST, (EF05, 0x06): bytes.fromhex("20250101"), (EF06, 0x09): _raw("样本丙", 30, "name")}),
    "pin": Specimen(_SECOND, needs_pin=frozenset({EF06})),
    "bank": Specimen({}, application=_OTHER_APPLICATION),
    "broken": Specimen(_FIRST, broken=frozenset({0x09})),
}
"""The holder of ``person`` and of ``other`` has an identity card in the simulated reader for those, too."""
