"""Drawings of the console, 24 units wide, drawn with lines of the colour of the words beside them."""

from collections.abc import Mapping
from typing import Final

from markupsafe import Markup

_PATHS: Final[Mapping[str, str]] = {
    "home": "M3 11.5 12 4l9 7.5M5.5 10v10h13V10M10 20v-6h4v6",
    "catalogue": "M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11M9 8h6",
    "inbox": "M4 13 7 5h10l3 8v6H4zM4 13h5a3 3 0 0 0 6 0h5",
    "star": "m12 4 2.5 5.1 5.6.8-4 4 .9 5.6-5-2.7-5 2.7.9-5.6-4-4 5.6-.8z",
    "map": "m4 6.5 5-2 6 2 5-2v13l-5 2-6-2-5 2zM9 4.5v13M15 6.5v13",
    "terminal": "M7 3h10v11H7zM10 14v4M14 14v4M6 21h12v-3H6zM10 7h4M10 10h4",
    "steps": "M4 19h4v-4h4v-4h4V7h4",
    "wrench": "M14.5 6a4 4 0 0 1 5-.9l-2.9 2.9 1.4 1.4L20.9 6.5a4 4 0 0 1-5.4 4.9L8 19l-3-3 7.6-7.5A4 4 0 0 1 14.5 6z",
    "paper": "M6 3h12v18l-2-1.5-2 1.5-2-1.5L10 21l-2-1.5L6 21zM9 8h6M9 12h6",
    "chart": "M4 20h16M7 20v-7M12 20V5M17 20v-10",
    "people": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20a6 6 0 0 1 12 0"
    "M16 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14.5A6 6 0 0 1 21 20",
    "audit": "M6 3h9l4 4v14H6zM9 10h7M9 14h7M9 18h4",
    "good": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12.5l2.8 2.8L16 9.5",
    "wait": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.5l3.5 2",
    "bad": "M12 3.5 21.5 20h-19zM12 10v4.5M12 17v.5",
    "off": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12h8",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.5V8",
    "up": "m7 14 5-5 5 5",
    "down": "m7 10 5 5 5-5",
    "left": "m14 7-5 5 5 5",
    "right": "m10 7 5 5-5 5",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "out": "M14 4H6v16h8M10 12h10M17 9l3 3-3 3",
    "key": "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 12h9v3M17 12v3",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
    "download": "M12 4v11M8 11.5l4 4 4-4M5 20h14",
    "plus": "M12 5v14M5 12h14",
}
_DRAWING: Final = Markup(
    '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
)


def icon(name: str) -> Markup:
    """A drawing beside a word, which tells those who do not see it. Raises ``KeyError``."""
    return _DRAWING.format(_PATHS[name])
