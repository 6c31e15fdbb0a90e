"""Line breaking for Chinese and Latin text, without Kivy: Kivy breaks at spaces only, or anywhere at the width.

The rules are the usual ones of W3C "Requirements for Chinese Text Layout" (clreq): no line begins with a closing or
pausing mark, none ends with an opening one, Latin words and numbers stay whole.
"""

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

Measure = Callable[[str], float]
"""The width of a text is the sum of the widths of its parts."""

NOT_AT_START: Final = frozenset("，。、；：？！）》」』】〕〉”’…—·,.;:?!)]}%％°")
NOT_AT_END: Final = frozenset("（《「『【〔〈“‘([{￥$")
_PAUSES: Final = frozenset("，。；：？！,;:?!")
_STOPS: Final = frozenset("，。；：？！.;:?!")
"""A Latin comma may stand in a list, where no line should end."""
_STUB: Final = 0.2
"""A line narrower than this share of the width looks forgotten."""
_NARROWER: Final = (0.95, 0.9, 0.85, 0.8, 0.75)
_WORD: Final = r"[^\s\-\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…·]"
_PIECE: Final = re.compile(rf"{_WORD}+-*|-+|\s+|.", re.DOTALL)


def wrap(text: str, width: float, measure: Measure, *, balanced: bool = False) -> list[str]:
    """Lines no wider than ``width`` where the rules allow it; newlines in ``text`` are kept.

    Two lines part where a reader pauses anyway, and no last line holds a single word. ``balanced`` makes the lines of a
    title about equally long.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        pieces = list(_unbreakable(paragraph))
        broken = _fill(pieces, width, measure)
        arrange = _balance if balanced else _tidy
        lines += arrange(pieces, broken, width, measure) if len(broken) > 1 else broken
    return lines


def _unbreakable(paragraph: str) -> Iterator[str]:
    """Pieces between which a line may break; marks are glued to what they belong to."""
    pending = ""
    for piece in _PIECE.findall(paragraph):
        if pending and not (piece[0] in NOT_AT_START or pending.rstrip()[-1:] in NOT_AT_END):
            yield pending
            pending = ""
        pending += piece
    if pending:
        yield pending


def _fill(pieces: list[str], width: float, measure: Measure) -> list[str]:
    lines: list[str] = []
    line, used = "", 0.0
    for piece in pieces:
        for part in _fitting(piece, width, measure):
            if line and used + measure(part.rstrip()) > width:
                lines.append(line.rstrip())
                line, used = "", 0.0
                part = part.lstrip()  # noqa: PLW2901
            line, used = line + part, used + measure(part)
    return [*lines, line.rstrip()]


def _fitting(piece: str, width: float, measure: Measure) -> Iterator[str]:
    """A word wider than a whole line is broken anywhere, as a last resort."""
    while len(piece) > 1 and measure(piece.rstrip()) > width:
        cut = next((n for n in range(len(piece) - 1, 1, -1) if measure(piece[:n]) <= width), 1)
        yield piece[:cut]
        piece = piece[cut:]
    yield piece


def _tidy(pieces: list[str], lines: list[str], width: float, measure: Measure) -> list[str]:
    """Two lines part at a mark if neither becomes a stub; a stub at the end takes something from the line above."""
    parted = _part_at_mark(pieces, width, measure, _STOPS) if len(lines) == 2 else None
    if parted and min(map(measure, parted)) >= _STUB * width:
        return parted
    narrower = (_fill(pieces, width * share, measure) for share in _NARROWER)
    candidates = chain([lines], (tried for tried in narrower if len(tried) == len(lines)))
    return next((tried for tried in candidates if measure(tried[-1]) >= _STUB * width), lines)


def _balance(pieces: list[str], lines: list[str], width: float, measure: Measure) -> list[str]:
    """Two lines part at a mark if there is one; else the narrowest fill that needs no more lines, by bisection."""
    parted = _part_at_mark(pieces, width, measure, _PAUSES) if len(lines) == 2 else None
    if parted:
        return parted
    low, high = width / 2, width
    for _ in range(6):
        middle = (low + high) / 2
        tried = _fill(pieces, middle, measure)
        if len(tried) <= len(lines):
            high, lines = middle, tried
        else:
            low = middle
    return lines


def _part_at_mark(pieces: list[str], width: float, measure: Measure, marks: frozenset[str]) -> list[str] | None:
    """Both lines fit and the first ends where a reader pauses anyway; the most even of such pairs."""
    pairs = [
        ("".join(pieces[: n + 1]).rstrip(), "".join(pieces[n + 1 :]).lstrip())
        for n, piece in enumerate(pieces[:-1])
        if piece.rstrip()[-1:] in marks
    ]
    widest = {pair: max(map(measure, pair)) for pair in pairs}
    best = min(widest, key=widest.__getitem__, default=None)
    return list(best) if best and widest[best] <= width else None
