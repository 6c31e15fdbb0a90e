"""Line breaking for Chinese and Latin text, without Kivy: Kivy breaks at spaces only, or anywhere at the width.

The rules are the usual ones of W3C "Requirements for Chinese Text Layout" (clreq): no line begins with a closing or
pausing mark, none ends with an opening one, Latin words and numbers stay whole.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

Measure = Callable[[str], float]

NOT_AT_START: Final = frozenset("，。、；：？！）》」』】〕〉”’…—·,.;:?!)]}%％°")
NOT_AT_END: Final = frozenset("（《「『【〔〈“‘([{￥$")
_PAUSES: Final = frozenset("，。；：？！,;:?!")
_WORD: Final = r"[^\s\-\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…·]"
_PIECE: Final = re.compile(rf"{_WORD}+-*|-+|\s+|.", re.DOTALL)


def wrap(text: str, width: float, measure: Measure, *, balanced: bool = False) -> list[str]:
    """Lines no wider than ``width`` where the rules allow it; newlines in ``text`` are kept.

    ``balanced`` makes the lines of a title about equally long instead of leaving a single word on the last one.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        pieces = list(_unbreakable(paragraph))
        broken = _fill(pieces, width, measure)
        lines += _balance(pieces, broken, width, measure) if balanced and len(broken) > 1 else broken
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
    line = ""
    for piece in pieces:
        for part in _fitting(piece, width, measure):
            if line and measure((line + part).rstrip()) > width:
                lines.append(line.rstrip())
                line = part.lstrip()
            else:
                line += part
    return [*lines, line.rstrip()]


def _fitting(piece: str, width: float, measure: Measure) -> Iterator[str]:
    """A word wider than a whole line is broken anywhere, as a last resort."""
    while len(piece) > 1 and measure(piece.rstrip()) > width:
        cut = next((n for n in range(len(piece) - 1, 1, -1) if measure(piece[:n]) <= width), 1)
        yield piece[:cut]
        piece = piece[cut:]
    yield piece


def _balance(pieces: list[str], lines: list[str], width: float, measure: Measure) -> list[str]:
    """Two lines part at a mark if there is one; else the narrowest fill that needs no more lines, by bisection."""
    parted = _part_at_mark(pieces, width, measure) if len(lines) == 2 else None
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


def _part_at_mark(pieces: list[str], width: float, measure: Measure) -> list[str] | None:
    """Both lines fit and the first ends where a reader pauses anyway; the most even of such pairs."""
    pairs = [
        ("".join(pieces[: n + 1]).rstrip(), "".join(pieces[n + 1 :]).lstrip())
        for n, piece in enumerate(pieces[:-1])
        if piece.rstrip()[-1:] in _PAUSES
    ]
    widest = {pair: max(map(measure, pair)) for pair in pairs}
    best = min(widest, key=widest.__getitem__, default=None)
    return list(best) if best and widest[best] <= width else None
