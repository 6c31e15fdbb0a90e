"""Synthetic social-insurance records: derived from the person's number, the same every time, true of nobody."""

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Self

Texts = dict[str, str]

ISSUER: Final[Texts] = {
    "zh-Hans": "广东省社会保险基金管理局（演示数据）",
    "zh-Hant": "廣東省社會保險基金管理局（演示數據）",
    "en": "Guangdong Social Insurance Fund Administration (demonstration data)",
}
INSURANCES: Final[tuple[Texts, ...]] = (
    {"zh-Hans": "基本养老保险", "zh-Hant": "基本養老保險", "en": "Pension"},
    {"zh-Hans": "基本医疗保险", "zh-Hant": "基本醫療保險", "en": "Medical"},
    {"zh-Hans": "失业保险", "zh-Hant": "失業保險", "en": "Unemployment"},
    {"zh-Hans": "工伤保险", "zh-Hant": "工傷保險", "en": "Work injury"},
)
EMPLOYERS: Final = (
    "广州示例科技有限公司",
    "佛山市样本家具制造有限公司",
    "深圳演示物流股份有限公司",
    "东莞市范例电子厂",
    "惠州虚构餐饮管理有限公司",
)
PERIODS: Final = ("last_12_months", "last_3_years", "this_year", "all")
PURPOSES: Final = ("housing", "school", "household", "loan", "other")


@dataclass(frozen=True, order=True)
class Month:
    """Counted from the year 0: a plain number to calculate with."""

    number: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year * 12 + day.month - 1)

    def __sub__(self, months: int) -> "Month":
        return Month(self.number - months)

    def __str__(self) -> str:
        return f"{self.number // 12:04d}-{self.number % 12 + 1:02d}"


@dataclass(frozen=True)
class Spell:
    """One job: first and last month, both paid."""

    employer: str
    first: Month
    last: Month


def spells(person_number: str, today: date) -> list[Spell]:
    """The jobs of a person, oldest first; the last one goes on."""
    chance = random.Random(hashlib.sha256(person_number.encode()).digest())  # noqa: S311 - no secret, repeatable
    employers = chance.sample(EMPLOYERS, chance.randint(1, 3))
    last = Month.of(today)
    found: list[Spell] = []
    for employer in employers:
        first = last - chance.randint(9, 40)
        found.append(Spell(employer, first, last))
        last = first - chance.randint(1, 3)
    return found[::-1]


def clip(jobs: Iterable[Spell], start: Month) -> list[Spell]:
    return [Spell(job.employer, max(job.first, start), job.last) for job in jobs if job.last >= start]


def start_of(period: str, today: date) -> Month:
    this_month = Month.of(today)
    starts = {
        "last_12_months": this_month - 11,
        "last_3_years": this_month - 35,
        "this_year": Month(today.year * 12),
        "all": Month(0),
    }
    return starts[period]


def certificate(person_number: str, period: str, number: str, code: str, today: date) -> dict[str, Any]:
    """What the terminal prints. ``period`` is one of :data:`PERIODS`."""
    jobs = clip(spells(person_number, today), start_of(period, today))
    return {
        "number": number,
        "verification_code": code,
        "issued_on": today.isoformat(),
        "periods": [_line(insurance, job) for insurance in INSURANCES for job in jobs],
        "issuer": ISSUER,
    }


def _line(insurance: Texts, job: Spell) -> dict[str, Any]:
    return {
        "insurance": insurance,
        "from": str(job.first),
        "to": str(job.last),
        "months": job.last.number - job.first.number + 1,
        "employer": job.employer,
    }
