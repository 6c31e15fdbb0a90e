"""A guide to a service, made of its item alone: the same for the web, for paper and for the terminal. Pure."""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, get_args

from central.editions.model import Hours, Item, Material, Texts
from central.editions.vocabulary import LANGUAGES, Audience, Language, Weekday

_CHINA: Final = timezone(timedelta(hours=8))
_WEEK: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Section:
    title: str
    entries: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class Answered:
    question: str
    answer: str


@dataclass(frozen=True)
class GuideText:
    """In one language, ready to be shown."""

    language: Language
    code: str
    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    """Label and value."""
    sections: tuple[Section, ...]
    faq_title: str
    faq: tuple[Answered, ...]


class Words:
    """What guides say besides what the items say."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._words: dict[str, Any] = _read()[language]

    def __call__(self, name: str, **values: object) -> str:
        return str(self._words[name]).format(**values)

    def name(self, word: str) -> str:
        return str(self._words["names"][word])

    def of(self, texts: Texts) -> str:
        return texts[self.language]


def guide(item: Item, language: Language) -> GuideText:
    say = Words(language)
    faq = item.guide.faq if item.guide else ()
    return GuideText(
        language=language,
        code=item.code,
        title=say.of(item.title),
        summary=say.of(item.summary),
        facts=tuple((say(name), value) for name, value in _facts(item, say)),
        sections=tuple(_sections(item, say)),
        faq_title=say("faq"),
        faq=tuple(Answered(say.of(one.question), say.of(one.answer)) for one in faq),
    )


def audiences() -> tuple[Audience, ...]:
    """In the order in which they are offered."""
    return get_args(Audience)


def found(items: Iterable[Item], asked: str) -> list[Item]:
    """Those that a word, its beginning in pinyin initials, or nothing leads to."""
    wanted = asked.strip().casefold()
    return [item for item in items if not wanted or _matches(item, wanted)]


def _matches(item: Item, wanted: str) -> bool:
    said = (
        item.code,
        *item.keywords,
        *(item.title[one] for one in LANGUAGES),
        *(item.summary[one] for one in LANGUAGES),
    )
    return any(wanted in text.casefold() for text in said) or any(one.startswith(wanted) for one in item.initials)


def _facts(item: Item, say: Words) -> Iterator[tuple[str, str]]:
    yield "department", say.of(item.department)
    yield "audience", say("list_comma").join(map(say.name, item.audience))
    yield "identity", say.name(item.identity_level)
    yield "fee", _fee(item, say)
    yield "time", _time(item, say)
    yield "pickup", say.of(item.pickup)
    if item.starts_at or item.ends_at:
        yield "window", _window(item, say)
    yield "offline", say(item.network)
    if item.office_hours:
        yield "hours", _hours(item.office_hours, say)
    if item.guide and item.guide.address:
        yield "address", say.of(item.guide.address)
    if item.guide and item.guide.phone:
        yield "phone", item.guide.phone
    yield "code", item.code


def _fee(item: Item, say: Words) -> str:
    if item.fee_from_bill:
        amount = say("by_bill")
    elif item.fee_cents:
        amount = say("yuan", amount=f"{item.fee_cents / 100:g}")
    else:
        return say("free")
    basis = say("basis_of_fee", basis=say.of(item.fee_basis)) if item.fee_basis else ""
    return say("comma").join(filter(None, (amount, basis)))


def _time(item: Item, say: Words) -> str:
    if item.decision == "none":
        return say("not_by_terminal")
    if item.decision == "at_once":
        return say("at_once")
    if item.legal_limit_days:
        return say("days", days=item.promised_days, legal=item.legal_limit_days)
    return say("days_only", days=item.promised_days)


def _window(item: Item, say: Words) -> str:
    start = say("from", start=_day(item.starts_at)) if item.starts_at else ""
    end = say("until", end=_day(item.ends_at)) if item.ends_at else ""
    return say("comma").join(filter(None, (start, end)))


def _day(moment: datetime) -> str:
    return moment.astimezone(_CHINA).strftime("%Y-%m-%d %H:%M")


def _hours(hours: Sequence[Hours], say: Words) -> str:
    """Times of the same days together: Mon-Fri 09:00-12:00, 14:00-17:00."""
    by_days: dict[tuple[Weekday, ...], list[str]] = {}
    for one in hours:
        by_days.setdefault(one.days, []).append(f"{one.opens}–{one.closes}")
    return "; ".join(f"{_days(days, say)} {say('comma').join(times)}" for days, times in by_days.items())


def _days(days: Iterable[Weekday], say: Words) -> str:
    places = sorted(_WEEK.index(day) for day in set(days))
    runs = [[place for _, place in run] for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0])]
    named = (
        say.name(_WEEK[run[0]]) if len(run) == 1 else f"{say.name(_WEEK[run[0]])}{say('to')}{say.name(_WEEK[run[-1]])}"
        for run in runs
    )
    return say("list_comma").join(named)


def _sections(item: Item, say: Words) -> Iterator[Section]:
    more = item.guide
    if more and more.conditions:
        yield Section(say("conditions"), tuple(map(say.of, more.conditions)))
    materials = tuple(_material(one, say) for one in item.materials)
    yield Section(say("materials"), materials or (say("none_needed"),))
    if more and more.process:
        yield Section(say("process"), tuple(map(say.of, more.process)), numbered=True)
    if item.form:
        yield Section(say("questions"), tuple(say.of(field.question) for field in item.form))
    if more and more.notes:
        yield Section(say("notes"), tuple(map(say.of, more.notes)))
    if more and more.basis:
        yield Section(say("basis"), tuple(map(say.of, more.basis)))


def _material(material: Material, say: Words) -> str:
    more = [say.of(material.text)] if material.text else []
    more += [say("instead")] if material.licence else []
    more += [say("optional")] if material.only_when or not material.required else []
    title = say.of(material.title)
    return f"{title} ({'; '.join(more)})" if say.language == "en" and more else _in_chinese(title, more)


def _in_chinese(title: str, more: Sequence[str]) -> str:
    return f"{title}（{'；'.join(one.rstrip('。') for one in more)}）" if more else title


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("guide_words.toml").read_text(encoding="utf-8"))
