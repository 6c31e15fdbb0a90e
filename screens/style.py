"""The style in force while widgets are built: unit, theme and font family, as functions for ``.kv`` rules.

Like ``kivy.metrics.dp`` it is one value for the process; a change of canvas size, elder mode or language builds the
screen anew.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kivy.core.text import LabelBase

from screens import fonts, icons
from screens.theme import STANDARD, UNITS_OF_SHORT_SIDE, Theme, rgb

_LINE_OF_FONT: Final = 1.448
"""Natural line height of Noto Sans CJK in em (hhea: 1160 + 288 of 1000)."""

RGBA = tuple[float, float, float, float]


@dataclass(frozen=True)
class Style:
    unit: float
    theme: Theme = STANDARD
    family: str = "SC"
    landscape: bool = False
    moving: bool = True


_current = Style(8.0)


def register_fonts(folder: Path) -> None:
    """Make the families ``SC``, ``HK`` and ``icons`` known to Kivy. Raises ``OSError`` when a file is missing."""
    for region in fonts.REGIONS:
        regular, bold = (str(fonts.face_file(folder, region, weight)) for weight in fonts.WEIGHTS)
        LabelBase.register(region, fn_regular=regular, fn_bold=bold)
    LabelBase.register("icons", fn_regular=str(icons.FONT_FILE))


def style_for(width: float, height: float, theme: Theme, language: str, *, moving: bool = True) -> Style:
    unit = min(width, height) / UNITS_OF_SHORT_SIDE
    family = fonts.REGION_OF_LANGUAGE[language]
    return Style(unit, theme, family, landscape=width > height, moving=moving and theme.motion)


def use(style: Style) -> None:
    global _current  # noqa: PLW0603 - see the module's docstring
    _current = style


def current() -> Style:
    return _current


def u(count: float) -> float:
    """``count`` units in whole pixels."""
    return round(count * _current.unit)


def size(name: str) -> float:
    """A token of :class:`screens.theme.Sizes` in whole pixels."""
    return u(getattr(_current.theme.sizes, name))


def colour(name: str, alpha: float = 1.0) -> RGBA:
    if name == "clear":
        return (0, 0, 0, 0)
    return (*rgb(getattr(_current.theme.palette, name)), alpha)


def theme_now() -> Theme:
    return _current.theme


def family() -> str:
    return _current.family


def line_height() -> float:
    return _current.theme.sizes.spacing / _LINE_OF_FONT


def landscape() -> bool:
    return _current.landscape


def elder() -> bool:
    return not _current.theme.motion


def moves() -> bool:
    return _current.moving
