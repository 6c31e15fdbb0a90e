"""What runs out where, and what the fleet was used for: the basis of payment by use."""

import re
from collections import Counter
from datetime import date
from math import inf
from typing import Annotated, Final

from fastapi import Query, Request, Response

from central.centre import Centre, Shared
from central.console import charts, frame, paging
from central.console.frame import page
from central.console.pages.fleet import DAYS, LIST, Reader, rows
from central.console.paging import Column
from central.console.wording import clock
from central.fleet import metering, overview
from central.fleet.health import DAY, HOUR
from central.fleet.metering import Line
from central.fleet.places import NOWHERE
from central.problems import Problem
from central.storage.fleet.states import ForecastRow

_MONTHS: Final = 12
_HOURS: Final = 72
_MONTH: Final = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")
_COLUMNS: Final = (
    Column("terminal", "终端", sorts=True),
    Column("hall", "大厅"),
    Column("supply", "耗材"),
    Column("left", "剩余", sorts=True, numeric=True),
    Column("day", "每天用量", sorts=True, numeric=True),
    Column("empty", "预计用完", sorts=True),
    Column("between", "区间"),
)
_LINES: Final = (
    Column("region", "城市"),
    Column("hall", "大厅"),
    Column("item", "事项"),
    Column("filed", "受理", numeric=True),
    Column("refused", "不予受理", numeric=True),
    Column("rated", "评价", numeric=True),
)
router = frame.pages(LIST)


@router.get("/consumables")
def consumables(request: Request, _employee: Reader, centre: Shared) -> Response:
    now = centre.now()
    with centre.storage.reading() as transaction:
        supplies = transaction.fleet.states.foreseen()
        places = centre.fleet.places.all(transaction)
    asked = paging.asked(request, _COLUMNS, default="empty")
    supplies.sort(key=lambda one: _order(one, asked.sort), reverse=asked.descending)
    counts = Counter(_when(one, now) for one in supplies)
    bars = [(word, float(counts[word])) for word in _WORDS]
    return page(
        request,
        "fleet/consumables.html",
        listing=paging.cut(_COLUMNS, supplies, asked),
        places=places,
        nowhere=NOWHERE,
        titles=overview.DEVICES,
        chart=charts.bars("多少耗材何时用完", bars, "处", ("bad", "wait", "good", "")),
    )


@router.get("/usage")
def usage(
    request: Request, _employee: Reader, centre: Shared, month: Annotated[str, Query(max_length=7)] = ""
) -> Response:
    now = centre.now()
    chosen = _chosen(month, now)
    lines = _lines(centre, chosen)
    with centre.storage.reading() as transaction:
        counts = transaction.fleet.usage.by_hour(now - _HOURS * HOUR, now)
    hours = overview.hourly(counts, _HOURS, now)
    titles = {line.item: centre.catalogue.title(line.item).get("zh-Hans", line.item) for line in lines}
    sums = Counter[str]()
    for line in lines:
        sums[titles[line.item]] += line.filed
    halls = overview.by_hall(rows(centre))
    return page(
        request,
        "fleet/usage.html",
        month=chosen,
        month_options=[(f"{one:%Y-%m}", f"{one:%Y-%m}") for one in metering.before(metering.month_of(now), _MONTHS)],
        listing=paging.cut(_LINES, lines, paging.asked(request)),
        titles=titles,
        items_chart=charts.bars("各事项办件量", sums.most_common(15), "件"),
        hours_chart=charts.lines(
            f"{_HOURS} 小时办件量", [clock(at) for at, _ in hours], {"办件": [float(count) for _, count in hours]}, "件"
        ),
        halls_chart=charts.bars(
            f"{DAYS} 天可用率最低的大厅",
            [(place.hall or "位置不明", round(100 * (told.share or 0.0), 2)) for place, _, told in halls[:15]],
            "%",
        ),
    )


@router.get("/usage.csv")
def table(_employee: Reader, centre: Shared, month: Annotated[str, Query(max_length=7)] = "") -> Response:
    chosen = _chosen(month, centre.now())
    name = f"usage-{chosen:%Y-%m}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        metering.as_csv(chosen, _lines(centre, chosen)), headers=headers, media_type="text/csv; charset=utf-8"
    )


def _lines(centre: Centre, month: date) -> list[Line]:
    with centre.storage.reading() as transaction:
        used = transaction.fleet.usage.counts(*metering.bounds(month))
        places = centre.fleet.places.all(transaction)
    return metering.lines(used, places)


def _chosen(text: str, now: float) -> date:
    if not text:
        return metering.month_of(now)
    if found := _MONTH.fullmatch(text):
        return date(int(found[1]), int(found[2]), 1)
    raise Problem(422, "月份要写成 2026-09 这样。", "请从列表里选择。")


def _order(one: ForecastRow, key: str) -> tuple[float | str, ...]:
    by = {"left": one.left, "day": one.a_day or -1.0, "empty": inf if one.empty_at is None else one.empty_at}
    return (by[key], one.terminal) if key in by else (one.terminal, one.supply)


_WORDS: Final = ("3 天内", "7 天内", "更晚", "资料不足")


def _when(one: ForecastRow, now: float) -> str:
    if one.empty_at is None:
        return _WORDS[3]
    days = (one.empty_at - now) / DAY
    return _WORDS[0] if days <= 3 else _WORDS[1] if days <= 7 else _WORDS[2]
