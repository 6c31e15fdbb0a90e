"""What the offices of the synthetic province have on file. Amounts in cents, months as ``YYYY-MM``, open ends empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Relation = Literal["self", "spouse", "child", "parent", "grandparent", "grandchild", "sibling"]
ExamKind = Literal["gaokao", "senior_high"]
Hours = tuple[tuple[int, int], ...]
"""Opening times of Monday to Sunday, in minutes since midnight in China; equal ones: closed."""


@dataclass(frozen=True, repr=False)
class Person:
    number: str
    name: str
    sex: Literal[1, 2]
    """As in GB/T 2261.1: 1 male, 2 female."""
    birth: date
    region: str
    """Division code of where the person lives."""
    address: str
    phone: str
    bank_card: str
    card_until: date | None = None
    """End of the identity card; ``None``: for life."""
    card_lost: bool = False


@dataclass(frozen=True, repr=False)
class Member:
    relation: Relation
    name: str
    number: str


@dataclass(frozen=True, repr=False)
class Household:
    """户口簿: who is registered together."""

    number: str
    address: str
    members: tuple[Member, ...]
    """Seen from the person whose dossier it is in; that person first."""


@dataclass(frozen=True, repr=False)
class Spell:
    """One job for which social insurance was paid: pension, unemployment, work injury."""

    employer: str
    credit_code: str
    first: str
    last: str
    wage: int
    """A month."""


@dataclass(frozen=True, repr=False)
class Pension:
    since: str
    monthly: int
    confirmed_on: date
    """When the person last proved to be alive; good for twelve months."""


@dataclass(frozen=True, repr=False)
class Fund:
    """住房公积金."""

    account: str
    employer: str
    since: str
    monthly: int
    balance: int
    status: Literal["paying", "sealed", "drawn"]


@dataclass(frozen=True, repr=False)
class Medical:
    """基本医疗保险."""

    kind: Literal["employee", "resident"]
    region: str
    balance: int
    paid_until: str


@dataclass(frozen=True, repr=False)
class Permit:
    """居住证, of somebody registered in another place."""

    number: str
    region: str
    address: str
    issued_on: date
    endorsed_until: date


@dataclass(frozen=True, repr=False)
class Property:
    """不动产."""

    number: str
    address: str
    square_metres: float
    acquired_on: date
    share: int
    """Per cent."""
    mortgaged: bool


@dataclass(frozen=True, repr=False)
class Vehicle:
    plate: str
    model: str
    registered_on: date
    inspected_until: date


@dataclass(frozen=True, repr=False)
class Fine:
    """交通违法."""

    plate: str
    at: datetime
    place: str
    offence: str
    points: int
    payment_number: str


@dataclass(frozen=True, repr=False)
class Driver:
    """驾驶证."""

    classes: str
    first_issued_on: date
    valid_until: date
    points: int


@dataclass(frozen=True, repr=False)
class Marriage:
    certificate: str
    spouse: str
    spouse_number: str
    registered_on: date


@dataclass(frozen=True, repr=False)
class Exam:
    """高考 and the like."""

    kind: ExamKind
    year: int
    number: str
    place: str
    scores: Mapping[str, int]
    admitted_to: str


@dataclass(frozen=True, repr=False)
class Degree:
    school: str
    major: str
    graduated_on: date
    archive: str
    """Where the file of the graduate lies."""


@dataclass(frozen=True, repr=False)
class Mark:
    """A good or a bad entry of public credit."""

    good: bool
    text: str
    source: str
    on: date


@dataclass(frozen=True, repr=False)
class Bill:
    """非税缴款: what is owed under a payment number."""

    number: str
    kind: Literal["traffic_fine", "resident_medical", "exam_fee", "court_fee", "sewage_fee"]
    title: str
    payee: str
    amount: int
    due_on: date


@dataclass(frozen=True, repr=False)
class Progress:
    """A matter that is under way at an office."""

    kind: Literal["identity_card", "property_registration", "exit_entry"]
    number: str
    step: Literal["accepted", "examining", "making", "ready"]
    since: date


@dataclass(frozen=True, repr=False)
class Disability:
    number: str
    kind: str
    level: int
    valid_until: date


@dataclass(frozen=True, repr=False)
class Dossier:
    """All that is on file about one person."""

    person: Person
    household: Household
    spells: tuple[Spell, ...] = ()
    pension: Pension | None = None
    fund: Fund | None = None
    medical: Medical | None = None
    permit: Permit | None = None
    properties: tuple[Property, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    fines: tuple[Fine, ...] = ()
    driver: Driver | None = None
    marriage: Marriage | None = None
    exams: tuple[Exam, ...] = ()
    degree: Degree | None = None
    disability: Disability | None = None
    marks: tuple[Mark, ...] = ()
    bills: tuple[Bill, ...] = ()
    progress: tuple[Progress, ...] = ()

    def __repr__(self) -> str:
        return "<Dossier>"

    @property
    def keys(self) -> Mapping[str, str]:
        """By what else than the person's number this is found: value -> kind."""
        found = {bill.number: "bill" for bill in self.bills}
        found |= {vehicle.plate: "plate" for vehicle in self.vehicles}
        return found | {exam.number: "exam" for exam in self.exams}


@dataclass(frozen=True, repr=False)
class Tax:
    year: int
    kind: str
    amount: int


@dataclass(frozen=True, repr=False)
class Firm:
    """企业法人."""

    code: str
    """Unified social credit code."""
    name: str
    kind: str
    scope: str
    region: str
    address: str
    capital: int
    founded_on: date
    representative: str
    representative_number: str
    taxes: tuple[Tax, ...] = ()
    food_permit_until: date | None = None
    marks: tuple[Mark, ...] = ()
    standing: Literal["open", "closed"] = "open"

    def __repr__(self) -> str:
        return "<Firm>"


@dataclass(frozen=True)
class Place:
    """A hall or a terminal: public."""

    code: str
    kind: Literal["hall", "terminal"]
    title: Mapping[str, str]
    region: str
    address: str
    latitude: float
    longitude: float
    hours: Hours
    devices: tuple[str, ...] = ()
    """Classes of devices of a terminal."""
    hall: str = ""
    """Code of the hall a terminal stands in."""
