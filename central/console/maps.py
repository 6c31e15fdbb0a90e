"""Terminals on a map: points of one place are drawn as one, with how many they are and the worst state among them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from central.console.charts import Kind, table
from central.console.wording import number

WIDTH: Final = 640
_WEST, _EAST, _SOUTH, _NORTH = 109.4, 117.6, 20.0, 25.7
_HEIGHT: Final = round(WIDTH * (_NORTH - _SOUTH) / ((_EAST - _WEST) * math.cos(math.radians(23))))
_CELL: Final = 20.0
"""Points nearer than this, in units of the drawing, are drawn as one."""
_WORST: Final[tuple[Kind, ...]] = ("bad", "wait", "off", "good")
_WORDS: Final[Mapping[Kind, str]] = {"good": "正常", "wait": "需留意", "bad": "故障", "off": "离线"}
CITIES: Final[Mapping[str, tuple[float, float]]] = {
    "广州": (113.26, 23.13), "深圳": (114.06, 22.55), "珠海": (113.58, 22.27), "汕头": (116.68, 23.35),
    "佛山": (113.12, 23.02), "韶关": (113.60, 24.81), "湛江": (110.36, 21.27), "肇庆": (112.47, 23.05),
    "江门": (113.08, 22.58), "茂名": (110.92, 21.66), "惠州": (114.42, 23.11), "梅州": (116.12, 24.29),
    "汕尾": (115.38, 22.79), "河源": (114.70, 23.74), "阳江": (111.98, 21.86), "清远": (113.06, 23.68),
    "东莞": (113.75, 23.02), "中山": (113.39, 22.52), "潮州": (116.62, 23.66), "揭阳": (116.37, 23.55),
    "云浮": (112.04, 22.92),
}  # fmt: skip
"""Longitude and latitude, in degrees, of the seats of the province's cities: what one finds one's way by."""

_BESIDE: Final[Mapping[str, tuple[int, int]]] = {
    "佛山": (-26, 8), "东莞": (14, 22), "中山": (-18, 22), "江门": (-26, -2), "珠海": (6, 24), "揭阳": (-28, 2),
    "潮州": (26, -6), "汕头": (28, 10), "云浮": (-14, -12), "惠州": (20, -12), "深圳": (24, 12),
}  # fmt: skip
"""Where a name stands beside its place, for those whose neighbours are near; else above it."""


@dataclass(frozen=True)
class Point:
    longitude: float
    latitude: float
    kind: Kind
    label: str
    address: str = ""
    """Of the page behind it."""


@dataclass(frozen=True)
class _Spot:
    x: float
    y: float
    points: Sequence[Point]

    @property
    def kinds(self) -> Counter[Kind]:
        return Counter(point.kind for point in self.points)

    @property
    def worst(self) -> Kind:
        return next(kind for kind in _WORST if self.kinds[kind])

    @property
    def told(self) -> str:
        if len(self.points) == 1:
            return f"{self.points[0].label}：{_WORDS[self.worst]}"
        counts = "，".join(f"{_WORDS[kind]} {self.kinds[kind]}" for kind in _WORST if self.kinds[kind])
        return f"{self.points[0].label} 等 {len(self.points)} 台：{counts}"


def points(title: str, rows: Sequence[Point], *, more: str = "") -> Markup:
    """A map of Guangdong. ``more``: an address with ``{west}``, ``{south}``, ``{east}`` and ``{north}``, where a
    spot of several leads. Shape and number say what the colour says: round is well, a triangle is not."""
    spots = _spots([row for row in rows if _is_inside(row)])
    drawn = Markup("").join(
        [_graticule(), *(_city(name, *place) for name, place in CITIES.items()), *(_spot(one, more) for one in spots)]
    )
    counts = Counter(row.kind for row in rows)
    figures = [(_WORDS[kind], number(counts[kind])) for kind in reversed(_WORST)]
    legend = Markup("").join(
        Markup('<li><svg viewBox="0 0 28 12" aria-hidden="true">{}</svg>{} {}</li>').format(
            _shape(14, 6, 6, kind), _WORDS[kind], number(counts[kind])
        )
        for kind in reversed(_WORST)
    )
    return Markup(
        '<figure class="chart map"><figcaption>{}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="group" aria-label="{}">{}</svg>'
        '<ul class="legend">{}</ul>{}</figure>'
    ).format(title, WIDTH, _HEIGHT, title, drawn, legend, table(("状态", "台数"), figures))


def _is_inside(point: Point) -> bool:
    return _WEST <= point.longitude <= _EAST and _SOUTH <= point.latitude <= _NORTH


def _place(longitude: float, latitude: float) -> tuple[float, float]:
    return (longitude - _WEST) / (_EAST - _WEST) * WIDTH, (_NORTH - latitude) / (_NORTH - _SOUTH) * _HEIGHT


def _spots(rows: Sequence[Point]) -> list[_Spot]:
    cells: dict[tuple[int, int], list[Point]] = {}
    for row in rows:
        x, y = _place(row.longitude, row.latitude)
        cells.setdefault((int(x // _CELL), int(y // _CELL)), []).append(row)
    spots: list[_Spot] = []
    for spot in sorted(map(_middle, cells.values()), key=lambda one: len(one.points), reverse=True):
        near = next((at for at, one in enumerate(spots) if math.dist((one.x, one.y), (spot.x, spot.y)) < _CELL), None)
        if near is None:
            spots.append(spot)
        else:  # on the two sides of a cell's edge
            spots[near] = _middle([*spots[near].points, *spot.points])
    return sorted(spots, key=lambda spot: _WORST.index(spot.worst), reverse=True)  # the worst is drawn over the rest


def _middle(cell: Sequence[Point]) -> _Spot:
    places = [_place(point.longitude, point.latitude) for point in cell]
    return _Spot(sum(x for x, _ in places) / len(cell), sum(y for _, y in places) / len(cell), cell)


def _spot(spot: _Spot, more: str) -> Markup:
    several = len(spot.points) > 1
    radius = 6 if not several else min(8 + 2 * math.log10(len(spot.points)) * 2, 16)
    inside = (
        Markup('<text class="inside" x="{:.1f}" y="{:.1f}">{}</text>').format(
            spot.x, spot.y + 4, _short(len(spot.points))
        )
        if several
        else ""
    )
    drawn = Markup("<title>{}</title>{}{}").format(spot.told, _shape(spot.x, spot.y, radius, spot.worst), inside)
    address = _around(spot, more) if several else spot.points[0].address
    if not address:
        return Markup("<g>{}</g>").format(drawn)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(address, spot.told, drawn)


def _around(spot: _Spot, more: str) -> str:
    longitudes, latitudes = [one.longitude for one in spot.points], [one.latitude for one in spot.points]
    return more.format(west=min(longitudes), east=max(longitudes), south=min(latitudes), north=max(latitudes))


def _shape(x: float, y: float, radius: float, kind: Kind) -> Markup:
    if kind == "good":
        return Markup('<circle class="point good" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(x, y, radius)
    corners = {"bad": (3, -90), "wait": (4, -90), "off": (4, -45)}[kind]
    size = radius * (1.25 if kind == "bad" else 1.1)
    turns = [math.radians(corners[1] + 360 / corners[0] * at) for at in range(corners[0])]
    places = " ".join(f"{x + size * math.cos(turn):.1f},{y + size * math.sin(turn):.1f}" for turn in turns)
    return Markup('<polygon class="point {}" points="{}"/>').format(kind, places)


def _short(count: int) -> str:
    thousand = 1000
    return str(count) if count < thousand else f"{count / thousand:.1f}k"


def _city(name: str, longitude: float, latitude: float) -> Markup:
    x, y = _place(longitude, latitude)
    right, down = _BESIDE.get(name, (0, -14))
    label = Markup('<text class="city" x="{:.1f}" y="{:.1f}" text-anchor="middle">{}</text>')
    return label.format(x + right, y + down, name)


def _graticule() -> Markup:
    drawn = Markup("")
    for longitude in range(math.ceil(_WEST), math.ceil(_EAST)):
        x, _ = _place(longitude, _NORTH)
        drawn += Markup(
            '<line class="axis" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>'
            '<text class="city" x="{2:.1f}" y="{3}">{4}°E</text>'
        ).format(x, _HEIGHT, x + 3, _HEIGHT - 4, longitude)
    for latitude in range(math.ceil(_SOUTH), math.ceil(_NORTH)):
        _, y = _place(_WEST, latitude)
        drawn += Markup(
            '<line class="axis" x1="0" x2="{0}" y1="{1:.1f}" y2="{1:.1f}"/>'
            '<text class="city" x="3" y="{2:.1f}">{3}°N</text>'
        ).format(WIDTH, y, y - 3, latitude)
    return drawn
