"""What is on file about person ``i``: it depends on the seed and ``i`` alone, however many persons there are."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from central.province import numbers, words
from central.province.chance import Chance
from central.province.firms import employer_of
from central.province.households import AS_OF, SIZE, Family, family
from central.province.marks import marks
from central.province.records import (
    Bill,
    Degree,
    Disability,
    Dossier,
    Driver,
    Exam,
    ExamKind,
    Fine,
    Fund,
    Marriage,
    Medical,
    Pension,
    Permit,
    Person,
    Progress,
    Property,
    Spell,
    Vehicle,
)

_MEDICAL_FEE: Final = 43000
_YEAR: Final = timedelta(days=365)


def dossiers(seed: str, block: int) -> tuple[Dossier, ...]:
    """Of the four persons of a household."""
    home = family(seed, block)
    return tuple(dossier(seed, home, block * SIZE + place, place) for place in range(SIZE))


def dossier(seed: str, home: Family, index: int, place: int) -> Dossier:
    """Of person ``index``, who has that ``place`` in the family."""
    chance = Chance(seed, "person", index)
    person, role = home.persons[place], home.roles[place]
    person = replace(person, card_lost=chance.happens(0.005))
    found = Dossier(person, home.seen_by(place), marks=marks(chance, grown=role != "child"))
    found = replace(found, medical=_medical(chance, person, employee=role in ("head", "partner")))
    if role == "child":
        return _with_school(chance, found, index)
    found = replace(found, marriage=_marriage(person, home.spouse_of(place), home.number))
    if role == "elder":
        return _with_old_age(chance, found, index)
    return _with_work(chance, found, seed, index)


def _with_school(chance: Chance, found: Dossier, index: int) -> Dossier:
    bills = [_medical_bill(index)] if chance.happens(0.5) else []
    years = AS_OF.year - found.person.birth.year
    exams: tuple[Exam, ...] = ()
    if years >= 18:
        exams = (_exam(chance, "gaokao", AS_OF.year, index),)
    elif years >= 16:
        exams = (_exam(chance, "senior_high", AS_OF.year, index),)
    return replace(found, bills=tuple(bills), exams=exams)


def _with_old_age(chance: Chance, found: Dossier, index: int) -> Dossier:
    retired = found.person.birth.year + 60
    confirmed = chance.day(AS_OF - timedelta(days=430), AS_OF)
    pension = Pension(f"{retired}-01", chance.whole(1500, 6800) * 100, confirmed)
    disability = None
    if chance.happens(0.12):
        until = chance.day(AS_OF, AS_OF + 10 * _YEAR)
        disability = Disability(
            f"{found.person.number}{chance.whole(1, 4)}", chance.pick(words.DISABILITIES), chance.whole(1, 4), until
        )
    bills = (_medical_bill(index),) if chance.happens(0.4) else ()
    return replace(found, pension=pension, disability=disability, bills=bills, properties=_properties(chance, found))


def _with_work(chance: Chance, found: Dossier, seed: str, index: int) -> Dossier:
    spells = _spells(chance, seed, index)
    found = replace(
        found, spells=spells, fund=_fund(chance, spells[-1], index), driver=_driver(chance, found.person),
        degree=_degree(chance, found.person), properties=_properties(chance, found), permit=_permit(chance, found),
        progress=_progress(chance, index),
    )  # fmt: skip
    return _with_cars(chance, found, index)


def _with_cars(chance: Chance, found: Dossier, index: int) -> Dossier:
    if not found.driver:
        return found
    cars = tuple(_vehicle(chance, index, which) for which in range(chance.whole(0, 2)))
    fines = [_fine(chance, car, index, which) for which, car in enumerate(cars) if chance.happens(0.5)]
    bills = found.bills + tuple(bill for _, bill in fines)
    return replace(found, vehicles=cars, fines=tuple(fine for fine, _ in fines), bills=bills)


def _spells(chance: Chance, seed: str, index: int) -> tuple[Spell, ...]:
    """The oldest first; the last one goes on."""
    month, found = AS_OF.year * 12 + AS_OF.month - 1, list[Spell]()
    last = ""
    for job in range(chance.whole(1, 3)):
        first = month - chance.whole(9, 40)
        firm = employer_of(seed, index, job)
        found.append(Spell(firm.name, firm.code, _month(first), last, chance.whole(2500, 18000) * 100))
        month = first - chance.whole(1, 3)
        last = _month(month)
    return tuple(reversed(found))


def _month(number: int) -> str:
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _fund(chance: Chance, job: Spell, index: int) -> Fund:
    monthly = job.wage * chance.whole(5, 12) // 50
    balance = monthly * chance.whole(6, 90)
    return Fund(f"{numbers.DIVISION}{index:012d}", job.employer, job.first, monthly, balance, "paying")


def _medical(chance: Chance, person: Person, *, employee: bool) -> Medical:
    if employee:
        return Medical("employee", person.region, chance.whole(0, 900000), "")
    return Medical("resident", person.region, 0, f"{AS_OF.year - (0 if chance.happens(0.5) else 1)}-12")


def _medical_bill(index: int) -> Bill:
    title = f"{AS_OF.year + 1} 年度城乡居民基本医疗保险费（演示）"
    due = date(AS_OF.year + 1, 2, 28)
    number = numbers.payment_number(index, 9)
    return Bill(number, "resident_medical", title, "税务部门（演示）", _MEDICAL_FEE, due)


def _driver(chance: Chance, person: Person) -> Driver | None:
    if not chance.happens(0.6):
        return None
    first = chance.day(date(person.birth.year + 19, 1, 1), AS_OF - _YEAR)
    points = 0 if chance.happens(0.7) else chance.pick((1, 3, 6, 9))
    return Driver(chance.pick(("C1", "C1", "C2", "C1D", "B2")), first, chance.day(AS_OF, AS_OF + 9 * _YEAR), points)


def _vehicle(chance: Chance, index: int, which: int) -> Vehicle:
    registered = chance.day(AS_OF - 12 * _YEAR, AS_OF)
    until = chance.day(AS_OF - timedelta(days=30), AS_OF + 2 * _YEAR)
    return Vehicle(numbers.plate(index, which), chance.pick(words.MODELS), registered, until)


def _fine(chance: Chance, car: Vehicle, index: int, which: int) -> tuple[Fine, Bill]:
    offence, points, cents = chance.pick(words.OFFENCES)
    day = chance.day(AS_OF - timedelta(days=200), AS_OF)
    at = datetime.combine(day, time(chance.whole(6, 22), chance.whole(0, 59)))
    number = numbers.payment_number(index, which)
    place = f"{chance.pick(words.STREETS)}路口"
    bill = Bill(
        number, "traffic_fine", f"交通违法罚款：{offence}（演示）", "公安交通管理部门（演示）", cents, day + _YEAR
    )
    return Fine(car.plate, at, place, offence, points, number), bill


def _properties(chance: Chance, found: Dossier) -> tuple[Property, ...]:
    if not chance.happens(0.4):
        return ()
    acquired = chance.day(AS_OF - 20 * _YEAR, AS_OF)
    number = f"粤（{acquired.year}）演示不动产权第{numbers.DIVISION}{chance.whole(0, 999999):06d}号"
    metres = chance.whole(380, 1800) / 10
    return (Property(number, found.person.address, metres, acquired, chance.pick((100, 50)), chance.happens(0.5)),)


def _permit(chance: Chance, found: Dossier) -> Permit | None:
    if not chance.happens(0.3):
        return None
    person = found.person
    until = chance.day(AS_OF - timedelta(days=20), AS_OF + _YEAR)
    return Permit(f"{numbers.DIVISION}{person.number[-10:]}", person.region, person.address, until - _YEAR, until)


def _marriage(person: Person, spouse: Person | None, household: str) -> Marriage | None:
    if spouse is None:
        return None
    # drawn by the household, so that both say the same
    day = Chance(household, "marriage").day(date(max(person.birth, spouse.birth).year + 22, 1, 1), AS_OF)
    return Marriage(f"J{numbers.DIVISION}00-{day.year}-{household[-6:]}", spouse.name, spouse.number, day)


def _exam(chance: Chance, kind: ExamKind, year: int, index: int) -> Exam:
    scores = {subject: chance.whole(35, 100) for subject in words.SUBJECTS}
    admitted = chance.pick(words.SCHOOLS) if kind == "gaokao" and chance.happens(0.7) else ""
    number = f"{numbers.DIVISION}{year % 100:02d}{index:08d}"
    return Exam(kind, year, number, "示例中学考点", scores, admitted)


def _degree(chance: Chance, person: Person) -> Degree | None:
    if not chance.happens(0.5):
        return None
    graduated = date(person.birth.year + 22, 6, 30)
    return Degree(chance.pick(words.SCHOOLS), chance.pick(words.MAJORS), graduated, "人才服务中心（演示）")


def _progress(chance: Chance, index: int) -> tuple[Progress, ...]:
    kinds = ("identity_card", "property_registration", "exit_entry")
    return tuple(
        Progress(kind, f"{numbers.DIVISION}{index:08d}{at}", chance.pick(("accepted", "examining", "making", "ready")),
                 chance.day(AS_OF - timedelta(days=40), AS_OF))
        for at, kind in enumerate(kinds) if chance.happens(0.15)
    )  # fmt: skip
