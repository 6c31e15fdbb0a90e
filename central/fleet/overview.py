"""The fleet as people look at it: one row a terminal, filtered and sorted; hours and days for the charts. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from central.fleet.health import DAY, HOUR, Standing
from central.fleet.places import NOWHERE, Place
from central.fleet.uptime import Uptime, open_span, summed, together, uptime
from central.storage.fleet.states import SpanRow, StateRow

TITLES: Final[Mapping[str, str]] = {
    Standing.WORKING: "正常",
    Standing.DEGRADED: "部分受限",
    Standing.FAULTY: "故障",
    Standing.CLOSED: "暂停服务",
    Standing.SILENT: "失去联系",
}
WHO: Final[Mapping[str, str]] = {"nobody": "无需处理", "citizen": "群众", "staff": "大厅人员", "technician": "技术人员"}
DEVICES: Final[Mapping[str, str]] = {
    "app": "自助程序", "id_card": "身份证读卡器", "smart_card": "社保卡读卡器", "receipt_printer": "凭条打印机",
    "document_printer": "文件打印机", "camera": "摄像头", "document_camera": "高拍仪", "code_scanner": "扫码器",
    "signature": "签名板", "audio": "语音", "signals": "指示灯和门", "power": "电源",
}  # fmt: skip
LOW: Final = 0.2
"""Of a full roll, stack or cartridge."""


@dataclass(frozen=True)
class Row:
    state: StateRow
    place: Place
    standing: Standing
    since: float
    """Seconds since 1970."""
    uptime: Uptime

    @property
    def terminal(self) -> str:
        return self.state.terminal

    @property
    def kind(self) -> str:
        """As the console colours it."""
        return {"working": "good", "degraded": "wait", "faulty": "bad", "closed": "wait", "silent": "off"}[
            self.standing
        ]

    @property
    def title(self) -> str:
        return TITLES[self.standing]

    @property
    def who(self) -> str:
        """Must act; technicians where nobody hears it."""
        return "technician" if self.standing is Standing.SILENT else self.state.who

    @property
    def who_title(self) -> str:
        return WHO[self.who]


@dataclass(frozen=True)
class Filter:
    """Empty: whatever it is."""

    text: str = ""
    """In the terminal's name, its hall or region."""
    standing: str = ""
    who: str = ""
    program: str = ""
    low: bool = False
    box: tuple[float, float, float, float] | None = None
    """West, south, east, north; in degrees."""

    def takes(self, row: Row) -> bool:
        place = row.place
        return (
            (not self.text or any(self.text in told for told in (row.terminal, place.hall, place.region)))
            and self.standing in ("", row.standing)
            and self.who in ("", row.who)
            and self.program in ("", row.state.program)
            and not (self.low and (row.state.paper is None or row.state.paper > LOW))
            and _inside(place, self.box)
        )


_URGENT: Final = (Standing.FAULTY, Standing.SILENT, Standing.DEGRADED, Standing.CLOSED, Standing.WORKING)
ORDERS: Final[Mapping[str, Callable[[Row], Any]]] = {
    "terminal": lambda row: row.terminal,
    "hall": lambda row: (row.place.region, row.place.hall, row.terminal),
    "standing": lambda row: (_URGENT.index(row.standing), row.terminal),
    "since": lambda row: row.since,
    "paper": lambda row: (row.state.paper is None, row.state.paper or 0.0),
    "waiting": lambda row: row.state.waiting + row.state.parked,
    "program": lambda row: (row.state.program, row.terminal),
    "uptime": lambda row: row.uptime.share if row.uptime.share is not None else 2.0,
}
"""By column."""


def rows(
    states: Iterable[StateRow],
    totals: Mapping[str, Mapping[str, float]],
    places: Mapping[str, Place],
    since: float,
    now: float,
) -> list[Row]:
    """``totals`` of spans by terminal and standing; uptime is of the time since then."""
    return [
        _row(state, summed(totals.get(state.terminal, {}), state, since, now), places.get(state.terminal, NOWHERE), now)
        for state in states
    ]


def standing_of(state: StateRow, now: float) -> Standing:
    return Standing.SILENT if state.silent_after < now else Standing(state.standing)


def counted(rows: Iterable[Row]) -> dict[str, int]:
    """By standing, all of them named."""
    counts = Counter(row.standing for row in rows)
    return {standing: counts[Standing(standing)] for standing in TITLES}


def by_hall(rows: Iterable[Row]) -> list[tuple[Place, int, Uptime]]:
    """Each hall, how many terminals it has, and their uptime together; the worst first."""
    halls: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        halls[row.place.region, row.place.hall].append(row)
    told = [(each[0].place, len(each), together(row.uptime for row in each)) for each in halls.values()]
    return sorted(told, key=lambda one: one[2].share if one[2].share is not None else 2.0)


def daily(state: StateRow, spans: Sequence[SpanRow], days: int, now: float) -> list[tuple[float, Uptime]]:
    """Of the last days, the oldest first: when each began (in steps of a day back from now) and its uptime."""
    whole = [*spans, open_span(state)]
    starts = [now - DAY * back for back in range(days, 0, -1)]
    return [(start, uptime(whole, state.first_at, start, start + DAY)) for start in starts]


def hourly(counts: Mapping[int, int], hours: int, now: float) -> list[tuple[float, int]]:
    """Of the last hours, the oldest first: when each began, in seconds since 1970, and its count."""
    last = int(now // HOUR)
    return [(hour * HOUR, counts.get(hour, 0)) for hour in range(last - hours + 1, last + 1)]


def _row(state: StateRow, told: Uptime, place: Place, now: float) -> Row:
    standing = standing_of(state, now)
    began = state.heard_at if standing is Standing.SILENT else state.span_from
    return Row(state, place, standing, began, told)


def _inside(place: Place, box: tuple[float, float, float, float] | None) -> bool:
    if box is None:
        return True
    if place.longitude is None or place.latitude is None:
        return False
    west, south, east, north = box
    return west <= place.longitude <= east and south <= place.latitude <= north
