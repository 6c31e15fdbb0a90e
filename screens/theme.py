"""Design tokens: colours and sizes, without Kivy. Sizes are in ``u``, 1/135 of the canvas' short side."""

from dataclasses import dataclass, fields
from typing import Final

UNITS_OF_SHORT_SIDE: Final = 135
FADE_SECONDS: Final = 0.15
FADE_FROM: Final = 0.3
"""A slow machine draws one frame of a fade or two: none of them may look empty."""

Colour = str
"""``#RRGGBB``."""


@dataclass(frozen=True)
class Palette:
    """``*_ink`` and ``on_*`` are for text and keep 7:1 on the fills that ``TEXT_ON_FILL`` names; the other strong
    colours are for icons, strokes and fills, where WCAG asks for 3:1."""

    ink: Colour
    soft_ink: Colour
    paper: Colour
    surface: Colour
    line: Colour
    border: Colour
    primary: Colour
    primary_dark: Colour
    primary_tint: Colour
    on_primary: Colour
    pressed: Colour
    accent: Colour
    good: Colour
    good_ink: Colour
    good_tint: Colour
    wait: Colour
    wait_ink: Colour
    wait_tint: Colour
    bad: Colour
    bad_ink: Colour
    bad_tint: Colour
    glow: Colour


NORMAL: Final = Palette(
    ink="#1B2430",
    soft_ink="#465061",
    paper="#F6F8FB",
    surface="#FFFFFF",
    line="#DDE3EC",
    border="#8792A5",
    primary="#1A5FB4",
    primary_dark="#0E3F7E",
    primary_tint="#E7F0FA",
    on_primary="#FFFFFF",
    pressed="#D3E2F4",
    accent="#C8102E",
    good="#1B7F4B",
    good_ink="#0B5130",
    good_tint="#E5F4EC",
    wait="#B35C00",
    wait_ink="#6E3800",
    wait_tint="#FDF2E3",
    bad="#B3261E",
    bad_ink="#8A1A14",
    bad_tint="#FCECEA",
    glow="#FFC845",
)

HIGH_CONTRAST: Final = Palette(
    ink="#000000",
    soft_ink="#000000",
    paper="#FFFFFF",
    surface="#FFFFFF",
    line="#000000",
    border="#000000",
    primary="#000000",
    primary_dark="#000000",
    primary_tint="#FFE14D",
    on_primary="#FFE14D",
    pressed="#FFE14D",
    accent="#000000",
    good="#000000",
    good_ink="#000000",
    good_tint="#FFFFFF",
    wait="#000000",
    wait_ink="#000000",
    wait_tint="#FFE14D",
    bad="#000000",
    bad_ink="#000000",
    bad_tint="#FFE14D",
    glow="#FFE14D",
)

TEXT_ON_FILL: Final = (
    ("ink", "paper"),
    ("ink", "surface"),
    ("ink", "primary_tint"),
    ("ink", "pressed"),
    ("soft_ink", "paper"),
    ("soft_ink", "surface"),
    ("primary_dark", "surface"),
    ("primary_dark", "paper"),
    ("primary_dark", "primary_tint"),
    ("on_primary", "primary_dark"),
    ("good_ink", "good_tint"),
    ("good_ink", "surface"),
    ("wait_ink", "wait_tint"),
    ("wait_ink", "surface"),
    ("bad_ink", "bad_tint"),
    ("bad_ink", "surface"),
    ("ink", "good_tint"),
    ("ink", "wait_tint"),
    ("ink", "bad_tint"),
)
"""Every pair of text and background that the components use."""


@dataclass(frozen=True)
class Sizes:
    """Type sizes, line spacing and touch targets, in u except ``spacing`` (a factor)."""

    small: float
    body: float
    strong: float
    heading: float
    title: float
    reference: float
    spacing: float
    touch_width: float
    touch_height: float
    bar_button: float
    stroke: float
    gap: float = 2
    corner: float = 2
    margin: float = 6


NORMAL_SIZES: Final = Sizes(
    small=3.2, body=4, strong=4.5, heading=5.2, title=7, reference=8.5, spacing=1.4,
    touch_width=12, touch_height=10, bar_button=14, stroke=0.25,
)  # fmt: skip
ELDER_SIZES: Final = Sizes(
    small=4.2, body=6, strong=6, heading=7, title=9, reference=9.5, spacing=1.5,
    touch_width=16, touch_height=14, bar_button=18, stroke=0.5,
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    palette: Palette
    sizes: Sizes
    motion: bool


STANDARD: Final = Theme(NORMAL, NORMAL_SIZES, motion=True)
ELDER: Final = Theme(HIGH_CONTRAST, ELDER_SIZES, motion=False)


def theme(*, elder: bool) -> Theme:
    return ELDER if elder else STANDARD


def colour_names() -> tuple[str, ...]:
    return tuple(field.name for field in fields(Palette))


def rgb(colour: Colour) -> tuple[float, float, float]:
    """``#RRGGBB`` as fractions."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21, as WCAG 2.2 defines it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part) for part in rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


_DOCK_UNITS: Final = 46
_LEAST_DOCK_UNIT: Final = 6.5


def dock_unit(unit: float) -> float:
    return max(unit, _LEAST_DOCK_UNIT)


def dock_width(width: float, height: float) -> int:
    """Pixels that the dock takes beside a canvas of this size."""
    return round(_DOCK_UNITS * dock_unit(min(width, height) / UNITS_OF_SHORT_SIDE))
