"""The person a session is about, reduced to what services need; taken from a checked card."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date

from drivers.id_card.contract import CardType, IdCard

NAME_TAIL = 1
NUMBER_HEAD, NUMBER_TAIL = 3, 2


@dataclass(frozen=True, repr=False)
class Person:
    card_type: CardType
    name: str
    number: str
    birth: str
    """ISO date, empty when the card states none."""

    def __repr__(self) -> str:
        return "<Person>"

    def as_payload(self) -> Mapping[str, str]:
        return asdict(self)


def from_card(card: IdCard) -> Person:
    birth = card.birth.isoformat() if card.birth else ""
    return Person(card.type, card.name or card.latin_name, card.number, birth)


def age(birth: date, today: date) -> int:
    """Full years; somebody born on 29 February has the birthday on 1 March of other years."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def mask_name(name: str) -> str:
    """``证件样本`` -> ``***本``; a Latin name keeps the first letter of its first word."""
    if not name:
        return ""
    if name.isascii():
        return name[0] + "*" * (len(name) - 1)
    return "*" * (len(name) - NAME_TAIL) + name[-NAME_TAIL:]


def mask_number(number: str) -> str:
    """``11010519491231002X`` -> ``110*************2X``: neither birth date nor sequence shows."""
    hidden = len(number) - NUMBER_HEAD - NUMBER_TAIL
    if hidden <= 0:
        return "*" * len(number)
    return number[:NUMBER_HEAD] + "*" * hidden + number[-NUMBER_TAIL:]
