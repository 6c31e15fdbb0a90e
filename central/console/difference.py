"""What changed between two texts, line by line, for the macro ``ui.difference``."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Side = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Line:
    side: Side
    text: str
    before: int | None
    """Its number in the text before; ``None`` when it is new."""
    after: int | None


def compare(before: str, after: str) -> list[Line]:
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for kind, start, end, into, until in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [Line("same", old[at], at + 1, into + at - start + 1) for at in range(start, end)]
            continue
        lines += [Line("gone", old[at], at + 1, None) for at in range(start, end)]
        lines += [Line("new", new[at], None, at + 1) for at in range(into, until)]
    return lines


def shortened(lines: Sequence[Line], around: int = 3) -> list[Line | None]:
    """Lines that changed and those near them; ``None`` where some are left out."""
    changed = [at for at, line in enumerate(lines) if line.side != "same"]
    near = sorted({at for one in changed for at in range(one - around, one + around + 1) if 0 <= at < len(lines)})
    shown: list[Line | None] = []
    for before, at in zip([-1, *near], near, strict=False):
        shown += [None, lines[at]] if at > before + 1 else [lines[at]]
    return shown + ([None] if near and near[-1] < len(lines) - 1 else [])
