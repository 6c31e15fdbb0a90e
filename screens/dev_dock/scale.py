"""The dock's own unit: that of the canvas, but never so small that a developer on a laptop could not read it."""

from screens import style
from screens.theme import dock_unit


def d(count: float) -> float:
    """``count`` dock units in whole pixels."""
    return round(count * dock_unit(style.current().unit))
