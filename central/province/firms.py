"""Firms: firm ``j`` depends on the seed and ``j`` alone. There is one for every :data:`PERSONS` persons."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from central.province import numbers, words
from central.province.chance import Chance
from central.province.households import AS_OF, SIZE, family
from central.province.marks import marks
from central.province.records import Firm, Tax
from central.province.regions import homes, regions, written

PERSONS: Final = 20
_HOUSEHOLDS: Final = PERSONS // SIZE


@dataclass(frozen=True)
class Employer:
    name: str
    code: str


def firm(seed: str, index: int) -> Firm:
    """Its representative is the head of one of the households it belongs to."""
    chance = Chance(seed, "firm", index)
    head = family(seed, index * _HOUSEHOLDS + chance.whole(0, _HOUSEHOLDS - 1)).persons[0]
    region = chance.pick(homes()).code
    name, scope = _name(seed, index)
    founded = chance.day(AS_OF - timedelta(days=20 * 365), AS_OF)
    food = "餐饮" in scope or "食品" in scope
    until = chance.day(AS_OF, AS_OF + timedelta(days=5 * 365)) if food else None
    taxes = tuple(_tax(chance, year) for year in range(max(founded.year, AS_OF.year - 3), AS_OF.year))
    address = f"{written(region)}{chance.pick(words.STREETS)}{chance.whole(1, 300)}号"
    capital = chance.pick((10, 50, 100, 500, 1000)) * 1_000_000
    return Firm(
        numbers.credit_code(index), name, "有限责任公司", scope, region, address, capital, founded,
        head.name, head.number, taxes, until, marks(chance, grown=True),
    )  # fmt: skip


def employer_of(seed: str, person: int, job: int) -> Employer:
    """A firm that exists wherever the person does."""
    index = Chance(seed, "employer", person, job).whole(0, person // PERSONS)
    return Employer(_name(seed, index)[0], numbers.credit_code(index))


def _name(seed: str, index: int) -> tuple[str, str]:
    chance = Chance(seed, "firm's name", index)
    city = regions()[chance.pick(homes()).city].title["zh-Hans"].removesuffix("市")
    trade, scope = chance.pick(words.TRADES)
    first, second = chance.pick(words.FIRM_WORDS), chance.pick(words.MALE)
    return f"{city}{first}{second}{chance.pick(words.MALE)}{trade}", scope


def _tax(chance: Chance, year: int) -> Tax:
    return Tax(year, chance.pick(("增值税", "企业所得税")), chance.whole(100, 90000) * 1000)
