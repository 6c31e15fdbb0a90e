"""A card as labelled texts for the command line: masked unless the reader of it has the right to see it."""

from datetime import date

from drivers.id_card.contract import IdCard
from kiosk.identity import cards
from kiosk.identity.person import mask_name, mask_number

HIDDEN = "***"


def report(card: IdCard, *, personal: bool) -> dict[str, str]:
    """Field name -> text. Photo and fingerprint are never in it, only their lengths."""

    def shown(value: str) -> str:
        return value if personal or not value else HIDDEN

    return {
        "type": card.type.value,
        "name": card.name if personal else mask_name(card.name),
        "latin_name": card.latin_name if personal else mask_name(card.latin_name),
        "number": card.number if personal else mask_number(card.number),
        "sex": shown(card.sex.value),
        "birth": shown(_day(card.birth)),
        "ethnicity": shown(card.ethnicity),
        "nationality": card.nationality,
        "address": shown(card.address),
        "newest_address": shown(card.newest_address),
        "issuer": card.issuer,
        "valid_from": _day(card.valid_from),
        "valid_until": "long-term" if card.long_term else _day(card.valid_until),
        "pass_number": shown(card.pass_number),
        "issue_count": card.issue_count,
        "photo_bytes": str(len(card.photo)),
        "fingerprint_bytes": str(len(card.fingerprint)),
        "problem": cards.check(card, date.today()),  # noqa: DTZ011  the calendar day of this place is meant
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
