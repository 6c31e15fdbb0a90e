"""The fleet: where it stands on the map, and as a list."""

import contextlib
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request, Response

from central.centre import Centre, Shared
from central.console import frame, maps, paging
from central.console.frame import page
from central.console.home import Count, shown_to
from central.console.maps import Point
from central.console.paging import Column
from central.fleet import overview
from central.fleet.health import DAY, Standing
from central.fleet.overview import Filter, Row
from central.staff.access import Employee, Role, staff
from central.storage.database import Transaction

LIST: Final = "/console/fleet"
DAYS: Final = 7
"""Of which the uptime is shown."""
Reader = Annotated[Employee, Depends(staff(Role.OPERATOR, Role.AUTHORITY, Role.AUDITOR))]
Operator = Annotated[Employee, Depends(staff(Role.OPERATOR))]
_COLUMNS: Final = (
    Column("terminal", "终端", sorts=True),
    Column("hall", "大厅", sorts=True),
    Column("standing", "状态", sorts=True),
    Column("since", "从何时起", sorts=True),
    Column("who", "由谁处理"),
    Column("paper", "纸墨剩余", sorts=True, numeric=True),
    Column("waiting", "待传", sorts=True, numeric=True),
    Column("program", "程序", sorts=True),
    Column("uptime", f"{DAYS} 天可用率", sorts=True, numeric=True),
)
_Word = Annotated[str, Query(max_length=60)]
router = frame.pages(LIST)


@router.get("")
def terminals(
    request: Request,
    _employee: Reader,
    centre: Shared,
    text: _Word = "",
    standing: _Word = "",
    who: _Word = "",
    program: _Word = "",
    low: _Word = "",
    box: _Word = "",
) -> Response:
    asked = paging.asked(request, _COLUMNS, default="standing")
    every = rows(centre)
    wanted = Filter(text.strip(), standing, who, program, low == "1", _box(box))
    found = [row for row in every if wanted.takes(row)]
    found.sort(key=overview.ORDERS[asked.sort], reverse=asked.descending)
    return page(
        request,
        "fleet/list.html",
        listing=paging.cut(_COLUMNS, found, asked),
        tabs=_tabs(every),
        current=f"{LIST}?{urlencode({'standing': standing})}" if standing else LIST,
        filter=wanted,
        box=box,
        standings=overview.TITLES,
        whos=overview.WHO,
        programs=sorted({(row.state.program, row.state.program) for row in every}),
    )


@router.get("/map")
def whole_map(request: Request, _employee: Reader, centre: Shared) -> Response:
    every = rows(centre)
    placed = [row for row in every if row.place.longitude is not None]
    points = [_point(row) for row in placed]
    more = f"{LIST}?box={{west:.5f}},{{south:.5f}},{{east:.5f}},{{north:.5f}}"
    return page(
        request,
        "fleet/map.html",
        map=maps.points("终端分布", points, more=more),
        counts=overview.counted(every),
        titles=overview.TITLES,
        elsewhere=sorted((row for row in every if row.place.longitude is None), key=overview.ORDERS["standing"]),
        total=len(every),
    )


@shown_to(Role.OPERATOR, Role.AUTHORITY)
def today(transaction: Transaction, _employee: Employee, centre: Centre) -> list[Count]:
    """What needs somebody."""
    now = centre.now()
    states = transaction.fleet.states.all()
    standings = [overview.standing_of(state, now) for state in states]
    broken = sum(one is Standing.FAULTY for one in standings)
    silent = sum(one is Standing.SILENT for one in standings)
    overdue = sum(order.due_at < now for order in transaction.fleet.orders.all_open())
    return [
        Count("故障的终端", broken, "bad" if broken else "good", "需要处理", f"{LIST}?standing=faulty"),
        Count("失去联系的终端", silent, "bad" if silent else "good", "需要查看", f"{LIST}?standing=silent"),
        Count(
            "超期的运维工单", overdue, "bad" if overdue else "good", "已超期" if overdue else "没有", f"{LIST}/orders"
        ),
    ]


def rows(centre: Centre) -> list[Row]:
    """All terminals, with their uptime of the last days."""
    now = centre.now()
    with centre.storage.reading() as transaction:
        states = transaction.fleet.states.all()
        totals = transaction.fleet.states.totals(now - DAYS * DAY, now)
        places = centre.fleet.places.all(transaction)
    return overview.rows(states, totals, places, now - DAYS * DAY, now)


def _point(row: Row) -> Point:
    kind = "good" if row.kind == "good" else "bad" if row.kind == "bad" else "off" if row.kind == "off" else "wait"
    longitude, latitude = row.place.longitude or 0.0, row.place.latitude or 0.0
    return Point(longitude, latitude, kind, f"{row.terminal} {row.place.hall}", f"{LIST}/terminals/{row.terminal}")


def _tabs(every: list[Row]) -> list[tuple[str, str, int | None]]:
    counts = overview.counted(every)
    own = [(title, f"{LIST}?standing={one}", counts[one]) for one, title in overview.TITLES.items()]
    return [("全部", LIST, len(every)), *own]


def _box(text: str) -> tuple[float, float, float, float] | None:
    """West, south, east, north; ``None`` for what is no box."""
    with contextlib.suppress(ValueError):
        west, south, east, north = map(float, text.split(","))
        margin = 1e-5  # the map rounds
        return west - margin, south - margin, east + margin, north + margin
    return None
