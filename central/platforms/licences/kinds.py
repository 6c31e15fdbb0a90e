"""The sorts of licences the reference store has, and which of them follow from what is on file."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from central.province.records import Dossier, Firm, Household

_FILE: Final = Path(__file__).with_name("kinds.toml")
_ELDER: Final = 60
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    title: Texts
    issuer: Texts


@dataclass(frozen=True, repr=False)
class Entry:
    """A licence that is on file. ``serial`` tells it from others of the same kind and holder."""

    kind: str
    serial: str
    since: date
    until: date | None
    fields: Mapping[str, str]


@cache
def kinds() -> Mapping[str, Kind]:
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {code: Kind(fields["title"], fields["issuer"]) for code, fields in read.items()}


def of_person(found: Dossier) -> Iterator[Entry]:
    yield from _of_everybody(found)
    yield from _of_family(found)
    yield from _of_roads(found)
    yield from _of_property_and_school(found)


def of_firm(firm: Firm) -> Iterator[Entry]:
    head = {"name": firm.name, "credit_code": firm.code, "address": firm.address}
    more = {"representative": firm.representative, "kind": firm.kind, "scope": firm.scope}
    yield Entry("business_licence", "1", firm.founded_on, None, head | more)
    if firm.food_permit_until:
        since = firm.food_permit_until.replace(year=firm.food_permit_until.year - 5, day=1)
        yield Entry("food_permit", "1", since, firm.food_permit_until, head)
    for tax in firm.taxes:
        fields = head | {"tax": tax.kind, "year": str(tax.year), "amount": f"{tax.amount / 100:.2f}"}
        yield Entry("tax_receipt", str(tax.year), date(tax.year + 1, 6, 30), None, fields)


def _of_everybody(found: Dossier) -> Iterator[Entry]:
    person = found.person
    own = {"name": person.name, "number": person.number}
    born = {"birth": person.birth.isoformat(), "address": person.address}
    end = person.card_until
    since = end.replace(year=end.year - 20, day=1) if end else date(2010, 1, 1)
    yield Entry("resident_card", "1", since, end, own | born)
    yield Entry("social_security_card", "1", date(2018, 1, 1), None, own)
    yield Entry("household_register", found.household.number, date(2015, 1, 1), None, own | _members(found.household))


def _members(household: Household) -> dict[str, str]:
    names = "、".join(member.name for member in household.members)
    return {"household": household.number, "address": household.address, "members": names}


def _of_family(found: Dossier) -> Iterator[Entry]:
    person, marriage = found.person, found.marriage
    own = {"name": person.name, "number": person.number}
    if marriage:
        fields = own | {"spouse": marriage.spouse, "certificate": marriage.certificate}
        yield Entry("marriage_certificate", marriage.certificate, marriage.registered_on, None, fields)
    parents = [member.name for member in found.household.members if member.relation == "parent"]
    if parents and not found.spells:
        fields = own | {"birth": person.birth.isoformat(), "parents": "、".join(parents)}
        yield Entry("birth_certificate", "1", person.birth, None, fields)
    if found.disability:
        ill = {"kind": found.disability.kind, "level": str(found.disability.level)}
        yield Entry("disability_certificate", "1", date(2016, 1, 1), found.disability.valid_until, own | ill)
    if found.pension:
        since = date(person.birth.year + _ELDER, 12, 31)
        yield Entry("elder_card", "1", since, None, own)


def _of_roads(found: Dossier) -> Iterator[Entry]:
    own = {"name": found.person.name, "number": found.person.number}
    if driver := found.driver:
        since = max(driver.first_issued_on, date(driver.valid_until.year - 10, 1, 1))
        yield Entry("driving_licence", "1", since, driver.valid_until, own | {"classes": driver.classes})
    for car in found.vehicles:
        fields = {"owner": found.person.name, "plate": car.plate, "model": car.model}
        yield Entry("vehicle_licence", car.plate, car.registered_on, car.inspected_until, fields)


def _of_property_and_school(found: Dossier) -> Iterator[Entry]:
    own = {"name": found.person.name, "number": found.person.number}
    for one in found.properties:
        fields = own | {"certificate": one.number, "address": one.address, "area": f"{one.square_metres} m²"}
        yield Entry("property_certificate", one.number, one.acquired_on, None, fields)
    if permit := found.permit:
        fields = own | {"permit": permit.number, "address": permit.address}
        yield Entry("residence_permit", permit.number, permit.issued_on, permit.endorsed_until, fields)
    if degree := found.degree:
        fields = own | {"school": degree.school, "major": degree.major}
        yield Entry("degree", "1", degree.graduated_on, None, fields)
