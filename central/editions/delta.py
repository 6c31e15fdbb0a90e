"""What of a text another one has already: by lines, for an edition has one item a line."""

Run = tuple[int, int]
"""The first of the old lines, and how many from there."""
Piece = Run | str
"""Old lines, or one new line."""


def delta(old: str, new: str) -> list[Piece]:
    """What makes ``new`` of ``old``: its lines in order."""
    where: dict[str, int] = {}
    for place, line in enumerate(old.split("\n")):
        where.setdefault(line, place)
    pieces: list[Piece] = []
    for line in new.split("\n"):
        _add(pieces, line, where.get(line))
    return pieces


def _add(pieces: list[Piece], line: str, place: int | None) -> None:
    last = pieces[-1] if pieces else None
    if place is None:
        pieces.append(line)
    elif isinstance(last, tuple) and sum(last) == place:
        pieces[-1] = (last[0], last[1] + 1)
    else:
        pieces.append((place, 1))
