"""What each service item was used for, by hall and month: the basis of payment by use. Pure, but for the clock's zone.

Counted are matters as the centre received them. A month is one of China's calendar.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from central.desk import CHINA
from central.fleet.places import NOWHERE, Place
from central.rules import TRIAL
from central.storage.fleet.usage import Used

HEADINGS: Final = ("month", "region", "hall", "item", "filed", "refused", "rated")


@dataclass(frozen=True, order=True)
class Line:
    region: str
    hall: str
    item: str
    filed: int
    refused: int
    rated: int


def month_of(now: float) -> date:
    """Its first day."""
    return datetime.fromtimestamp(now, CHINA).date().replace(day=1)


def bounds(month: date) -> tuple[float, float]:
    """When it begins and ends, in seconds since 1970."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return _start(month), _start(following)


def before(month: date, count: int) -> list[date]:
    """It and those before it, the newest first."""
    number = month.year * 12 + month.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(number, number - count, -1)]


def lines(used: Iterable[Used], places: Mapping[str, Place]) -> list[Line]:
    """By hall and item; technicians' trials are no use."""
    sums: Counter[tuple[str, str, str, str]] = Counter()
    for one in used:
        if one.item == TRIAL:
            continue
        place = places.get(one.terminal, NOWHERE)
        for what in ("filed", "refused", "rated"):
            sums[place.region, place.hall, one.item, what] += getattr(one, what)
    keys = sorted({key[:3] for key in sums})
    return [Line(*key, sums[*key, "filed"], sums[*key, "refused"], sums[*key, "rated"]) for key in keys]


def as_csv(month: date, rows: Iterable[Line]) -> str:
    """With a mark of its encoding, as spreadsheets want it; no cell begins a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for row in rows:
        names = [_plain(one) for one in (row.region, row.hall, row.item)]
        writer.writerow([f"{month:%Y-%m}", *names, row.filed, row.refused, row.rated])
    return "\ufeff" + text.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _start(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp()
