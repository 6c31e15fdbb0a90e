"""The 256-byte text block of an identity card (UTF-16LE, padded with spaces) and what its four layouts mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from drivers.errors import ProtocolError
from drivers.id_card.contract import CardType, IdCard, Sex
from drivers.id_card.ethnicities import ETHNICITIES

SIZE: Final = 256
_TYPE_AT: Final = 248
_PADDING: Final = " \0"
_LONG_TERM: Final = "长期"


@dataclass(frozen=True)
class Field:
    """``offset`` and ``length`` are bytes; a name that starts with ``_`` means nothing to this program."""

    name: str
    offset: int
    length: int


_RESIDENT: Final = (
    Field("name", 0, 30),
    Field("sex", 30, 2),
    Field("ethnicity", 32, 4),
    Field("birth", 36, 16),
    Field("address", 52, 70),
    Field("number", 122, 36),
    Field("issuer", 158, 30),
    Field("valid_from", 188, 16),
    Field("valid_until", 204, 16),
    Field("_reserved", 220, 36),
)
_PERMIT: Final = (
    Field("name", 0, 30),
    Field("sex", 30, 2),
    Field("_reserved_1", 32, 4),
    Field("birth", 36, 16),
    Field("address", 52, 70),
    Field("number", 122, 36),
    Field("issuer", 158, 30),
    Field("valid_from", 188, 16),
    Field("valid_until", 204, 16),
    Field("pass_number", 220, 18),
    Field("issue_count", 238, 4),
    Field("_reserved_2", 242, 6),
    Field("_type", _TYPE_AT, 2),
    Field("_reserved_3", 250, 6),
)
_FOREIGNER_2017: Final = (
    Field("latin_name", 0, 120),
    Field("sex", 120, 2),
    Field("number", 122, 30),
    Field("nationality", 152, 6),
    Field("name", 158, 30),
    Field("valid_from", 188, 16),
    Field("valid_until", 204, 16),
    Field("birth", 220, 16),
    Field("_version", 236, 4),
    Field("issuer", 240, 8),
    Field("_type", _TYPE_AT, 2),
    Field("_reserved", 250, 6),
)
_FOREIGNER_2023: Final = (
    Field("name", 0, 30),
    Field("sex", 30, 2),
    Field("issue_count", 32, 4),
    Field("birth", 36, 16),
    Field("latin_name", 52, 70),
    Field("number", 122, 36),
    Field("_reserved", 158, 30),
    Field("valid_from", 188, 16),
    Field("valid_until", 204, 16),
    Field("latin_name_rest", 220, 22),
    Field("nationality", 242, 6),
    Field("_type", _TYPE_AT, 2),
    Field("old_number_link", 250, 6),
)
LAYOUTS: Final[Mapping[CardType, tuple[Field, ...]]] = {
    CardType.RESIDENT: _RESIDENT,
    CardType.HMT_PERMIT: _PERMIT,
    CardType.FOREIGNER_2017: _FOREIGNER_2017,
    CardType.FOREIGNER_2023: _FOREIGNER_2023,
}
_LETTERS: Final = {kind.value: kind for kind in LAYOUTS if kind is not CardType.RESIDENT}


def decode(text: bytes, photo: bytes = b"", fingerprint: bytes = b"") -> IdCard:
    """Raise ``ProtocolError`` unless ``text`` has 256 bytes; its contents are taken as they are."""
    if len(text) != SIZE:
        raise ProtocolError("text block of a wrong length")
    kind = _LETTERS.get(_text(text, Field("_type", _TYPE_AT, 2)), CardType.RESIDENT)
    raw = {field.name: _text(text, field) for field in LAYOUTS[kind]}
    # A Latin name of over 35 letters is cut at a fixed place, perhaps at a space: join first, strip then.
    raw["latin_name"] = raw.get("latin_name", "") + raw.get("latin_name_rest", "")
    return _card(kind, {name: value.rstrip(_PADDING) for name, value in raw.items()}, photo, fingerprint)


def encode(kind: CardType, values: Mapping[str, str]) -> bytes:
    """The text block of a card with these fields, the others blank. Raises ``ValueError`` when one is too long."""
    values = values if kind is CardType.RESIDENT else {**values, "_type": kind.value}
    return b"".join(_padded(values.get(field.name, ""), field) for field in LAYOUTS[kind])


def _text(block: bytes, field: Field) -> str:
    # A rare character that Unicode does not know must not make the whole card unreadable: it shows as U+FFFD.
    return block[field.offset : field.offset + field.length].decode("utf-16-le", "replace")


def _padded(value: str, field: Field) -> bytes:
    encoded = value.encode("utf-16-le")
    if len(encoded) > field.length:
        raise ValueError(f"{field.name}: over {field.length // 2} characters")
    return encoded + " ".encode("utf-16-le") * ((field.length - len(encoded)) // 2)


def _card(kind: CardType, values: Mapping[str, str], photo: bytes, fingerprint: bytes) -> IdCard:
    ethnicity = values.get("ethnicity", "")
    return IdCard(
        type=kind,
        name=values["name"],
        number=values["number"],
        sex=_sex(values["sex"]),
        birth=_date(values["birth"]),
        valid_from=_date(values["valid_from"]),
        valid_until=_date(values["valid_until"]),
        long_term=values["valid_until"] == _LONG_TERM,
        address=values.get("address", ""),
        issuer=values.get("issuer", ""),
        ethnicity=ETHNICITIES.get(ethnicity, ethnicity),
        nationality=values.get("nationality", ""),
        latin_name=values["latin_name"],
        pass_number=values.get("pass_number", ""),
        issue_count=values.get("issue_count", ""),
        old_number=_old_number(values),
        photo=photo,
        fingerprint=fingerprint,
    )


def _sex(value: str) -> Sex:
    return Sex(value) if value in tuple(Sex) else Sex.UNKNOWN


def _date(value: str) -> date | None:
    if len(value) != len("YYYYMMDD") or not (value.isascii() and value.isdigit()):
        return None
    try:
        return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a date on a card has no time zone
    except ValueError:
        return None


_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LINK_DIGITS, _NUMBER_DIGITS, _NATIONALITY_LETTERS = 3, 18, 3


def _old_number(values: Mapping[str, str]) -> str:
    link = values.get("old_number_link", "")
    parts = (values.get("nationality", ""), values["number"], link)
    if tuple(map(len, parts)) != (_NATIONALITY_LETTERS, _NUMBER_DIGITS, _LINK_DIGITS):
        return ""
    return old_number(*parts)


def old_number(nationality: str, number: str, link: str) -> str:
    """The number on the holder's 2017 card, from nationality, number and link field of the 2023 card.

    Weights of the check digit: 7, 3, 1 repeating, letters count from A = 10 (vendor manual). Empty when a part holds
    other characters.
    """
    body = nationality + number[1:3] + link[:2] + number[8:14] + link[2:]
    if not set(body) <= set(_ALPHABET):
        return ""
    total = sum(_ALPHABET.index(character) * (7, 3, 1)[at % 3] for at, character in enumerate(body))
    return f"{body}{total % 10}"
