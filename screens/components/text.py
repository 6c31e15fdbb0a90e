"""Text that breaks where Chinese may break, and icons."""

from functools import lru_cache
from pathlib import Path

from kivy.core.text import Label as CoreLabel
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.label import Label

from screens import icons, style
from screens.wrap import wrap

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

_HINTING = 2
"""Pixels by which a drawn line may be wider than the sum of its characters."""
_SHRINK = 0.94
_RATHER_SMALLER = 0.82
"""A label that may take two lines keeps one if it needs to shrink no further than this."""


@lru_cache(maxsize=8192)
def _advance(character: str, family: str, bold: bool, pixels: int) -> float:
    label = CoreLabel(font_name=family, bold=bold, font_size=pixels)
    # the difference of two widths, because SDL reports the inked extent of a single glyph
    return label.get_extents(f"国{character}国")[0] - label.get_extents("国国")[0]


def text_width(text: str, pixels: float, *, bold: bool = False) -> float:
    """Width of one line; characters are measured one by one, so that no whole text stays in the cache."""
    return sum(_advance(character, style.family(), bold, int(pixels)) for character in text)


class Text(Label):
    """``content`` broken into lines at the widget's width; the height follows. With ``lines`` set, the type shrinks
    (never below the legal minimum) until the text fits in so many."""

    content = StringProperty()
    role = StringProperty("body")
    tone = StringProperty("ink")
    lines = NumericProperty(0)
    balanced = BooleanProperty(defaultvalue=False)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for name in ("content", "width", "role", "bold", "lines"):
            self.fbind(name, self._break)
        self._break()

    def _break(self, *_: object) -> None:
        full = style.size(self.role)
        pixels, broken = self._whole_words(full)
        if self.lines:
            pixels, broken = self._shrunk(1, full * _RATHER_SMALLER)
            if len(broken) > 1:
                pixels, broken = self._shrunk(self.lines, style.u(3))
        self.font_size = pixels
        self.text = "\n".join(broken)

    def _whole_words(self, pixels: float) -> tuple[float, list[str]]:
        """A word too long for the line shrinks the type a little rather than be cut in two."""
        if self.content.isascii():
            longest = max((text_width(word, pixels, bold=self.bold) for word in self.content.split()), default=0)
            if self.width < longest < self.width / _RATHER_SMALLER:
                pixels = int(pixels * self.width / longest)
        return pixels, self._wrap(pixels)

    def _shrunk(self, lines: int, least: float) -> tuple[float, list[str]]:
        """The largest type, down to ``least``, in which the text takes no more than ``lines``."""
        pixels = style.size(self.role)
        broken = self._wrap(pixels)
        while len(broken) > lines and pixels > least:
            pixels = max(int(least), int(pixels * _SHRINK))
            broken = self._wrap(pixels)
        return pixels, broken

    def _wrap(self, pixels: float) -> list[str]:
        def measure(text: str) -> float:
            return text_width(text, pixels, bold=self.bold)

        return wrap(self.content, max(1, self.width - _HINTING), measure, balanced=self.balanced)


class Phrase(Text):
    """One line as wide as its text."""

    def _break(self, *_: object) -> None:
        self.text = self.content
        self.width = text_width(self.content, style.size(self.role), bold=self.bold) + 1


class Icon(Label):
    """``name`` of :mod:`screens.icons`; always beside a word."""

    name = StringProperty()
    tone = StringProperty("ink")
    extent = NumericProperty(5)
    """Edge length in u."""

    def glyph(self, name: str) -> str:
        return icons.glyph(name) if name else ""
