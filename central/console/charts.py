"""Charts drawn by the centre as SVG: no script, readable without colours, and each with its figures as a table.

Sizes are units of the drawing; the page scales it. Colours and line patterns are classes of ``console.css``.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from markupsafe import Markup

from central.console.wording import number

Kind = Literal["good", "wait", "bad", "off"]

WIDTH: Final = 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 28
_PLOT: Final = 200
_ROW: Final = 26
_LABEL: Final = 160
_STEPS: Final = 4
_SERIES: Final = 5
"""Line patterns there are."""
_LETTER: Final = 7.5
"""How wide a Latin letter is."""
_LATIN: Final = 0x2E7F
_SPARK: Final = (120, 24)
Number = float | None
"""``None``: not known; the line has a gap there, the bar is missing."""


def bars(
    title: str, rows: Sequence[tuple[str, float]], unit: str = "", kinds: Sequence[Kind | Literal[""]] = ()
) -> Markup:
    """Lying bars, one a row, with the figure at their end; ``kinds`` colours them, the label must say the same."""
    top = max((value for _, value in rows), default=0) or 1
    room = WIDTH - _LABEL - 90
    drawn = [
        _bar(at, label, value, room * max(value, 0) / top, kinds[at] if kinds else "", unit)
        for at, (label, value) in enumerate(rows)
    ]
    table = [(label, f"{number(value)} {unit}".strip()) for label, value in rows]
    return _figure(title, len(rows) * _ROW, Markup("").join(drawn), ("", unit or "数量"), table)


def _bar(at: int, label: str, value: float, width: float, kind: str, unit: str) -> Markup:
    return Markup(
        '<text x="{}" y="{}" text-anchor="end">{}</text>'
        '<rect class="bar {}" x="{}" y="{}" width="{:.1f}" height="{}" rx="2"/>'
        '<text class="value" x="{:.1f}" y="{}">{} {}</text>'
    ).format(
        _LABEL - 8, at * _ROW + 17, _cut(label), kind, _LABEL, at * _ROW + 4, max(width, 1), _ROW - 8,
        _LABEL + max(width, 1) + 6, at * _ROW + 17, number(value), unit,
    )  # fmt: skip


def lines(title: str, labels: Sequence[str], series: Mapping[str, Sequence[Number]], unit: str = "") -> Markup:
    """One line a series over the same labels; values from 0 up."""
    top = _round_up(max((value for one in series.values() for value in one if value is not None), default=0))
    drawn = [_grid(top), _labels(labels)]
    for at, values in enumerate(series.values()):
        drawn += [_line(stretch, f"line s{at % _SERIES}") for stretch in _stretches(values, top)]
    table = [(label, *(number(values[at]) for values in series.values())) for at, label in enumerate(labels)]
    height = _TOP + _PLOT + _BOTTOM
    return _figure(
        title,
        height,
        Markup("").join(drawn),
        ("", *(f"{name} {unit}".strip() for name in series)),
        table,
        _legend(series),
    )


def spark(title: str, values: Sequence[Number]) -> Markup:
    """A line as small as a word; ``title`` says what it shows and how it ends."""
    width, height = _SPARK
    top = max((value for value in values if value is not None), default=0) or 1
    step = width / max(len(values) - 1, 1)
    places = [
        (at * step, height - 2 - (height - 4) * value / top) for at, value in enumerate(values) if value is not None
    ]
    return Markup('<svg class="spark chart" viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>').format(
        width, height, title, _line(places, "line s0")
    )


def _stretches(values: Sequence[Number], top: float) -> list[list[tuple[float, float]]]:
    step = (WIDTH - _LEFT - _RIGHT) / max(len(values) - 1, 1)
    stretches: list[list[tuple[float, float]]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            stretches[-1].append((_LEFT + at * step, _TOP + _PLOT * (1 - value / top)))
    return [stretch for stretch in stretches if stretch]


def _line(places: Sequence[tuple[float, float]], style: str) -> Markup:
    if len(places) == 1:  # a line of no length is drawn as the dot of its round ends
        style, places = f"{style} dot", [*places, *places]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Markup('<polyline class="{}" points="{}"/>').format(style, path)


def _grid(top: float) -> Markup:
    rows = Markup("")
    for at in range(_STEPS + 1):
        y = _TOP + _PLOT * (1 - at / _STEPS)
        rows += Markup(
            '<line class="axis" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
            '<text x="{}" y="{:.1f}" text-anchor="end">{}</text>'
        ).format(_LEFT, WIDTH - _RIGHT, y, y, _LEFT - 6, y + 4, number(top * at / _STEPS))
    return rows


def _labels(labels: Sequence[str]) -> Markup:
    room = (WIDTH - _LEFT - _RIGHT) / (_LETTER * max(map(_wide, labels), default=1) + 2 * _LETTER)
    every = max(1, math.ceil(len(labels) / max(room, 1)))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(labels) - 1, 1)
    shown = [(at, label) for at, label in enumerate(labels) if at % every == 0]
    return Markup("").join(_below(_LEFT + at * step, label) for at, label in shown)


def _below(x: float, label: str) -> Markup:
    half = _wide(label) * _LETTER / 2
    inside = min(max(x, half), WIDTH - half)
    return Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(inside, _TOP + _PLOT + 20, label)


def _legend(series: Mapping[str, Sequence[Number]]) -> Markup:
    rows = Markup("").join(
        Markup(
            '<li><svg viewBox="0 0 28 12" aria-hidden="true">'
            '<polyline class="line s{}" points="0,6 28,6"/></svg>{}</li>'
        ).format(at % _SERIES, name)
        for at, name in enumerate(series)
    )
    return Markup('<ul class="legend">{}</ul>').format(rows)


def _round_up(value: float) -> float:
    """To 1, 2, 4 or 8 times a power of ten, so that quarters of it are round too."""
    if value <= 0:
        return _STEPS
    power = 10 ** math.floor(math.log10(value))
    return next(power * one for one in (1, 2, 4, 8, 10) if power * one >= value)


def _wide(text: str) -> float:
    """In Latin letters: a Chinese one is as wide as two."""
    return sum(2 if ord(letter) > _LATIN else 1 for letter in text)


def _cut(label: str, most: int = 12) -> str:
    return label if len(label) <= most else f"{label[: most - 1]}…"


def _figure(
    title: str,
    height: float,
    drawn: Markup,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    below: Markup | str = "",
) -> Markup:
    return Markup(
        '<figure class="chart"><figcaption>{}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>{}</svg>{}{}</figure>'
    ).format(title, WIDTH, max(height, 1), title, title, drawn, below, table(head, rows))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """The figures of a drawing, folded away."""
    titles = Markup("").join(Markup('<th scope="col">{}</th>').format(one) for one in head)
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row[0], Markup("").join(Markup('<td class="number">{}</td>').format(one) for one in row[1:])
        )
        for row in rows
    )
    return Markup(
        "<details><summary>数据表</summary><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></details>"
    ).format(titles, body)
