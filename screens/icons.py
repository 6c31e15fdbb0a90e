"""Icon names of the view models -> code points of Material Icons (Apache-2.0, Debian
``fonts-material-design-icons-iconfont``)."""

from pathlib import Path
from typing import Final

FONT_FILE: Final = Path("/usr/share/fonts/truetype/material-design-icons-iconfont/MaterialIcons-Regular.ttf")

ICONS: Final = {
    "card": "\uea67",
    "face": "\ue87c",
    "printer": "\ue8ad",
    "receipt": "\uef6e",
    "check": "\ue5ca",
    "done": "\ue86c",
    "clock": "\ue8b5",
    "warning": "\ue002",
    "stop": "\ue99a",
    "info": "\ue88e",
    "person": "\ue7fd",
    "network": "\ue63e",
    "network_off": "\ue648",
    "help": "\uf0e2",
    "home": "\ue88a",
    "back": "\ue5c4",
    "language": "\ue8e2",
    "elder": "\ue262",
    "star": "\ue838",
    "document": "\ue873",
    "shield": "\ue8e8",
    "edit": "\ue3c9",
    "next": "\ue5c8",
    "open": "\ue5cc",
    "chosen": "\ue837",
    "unchosen": "\ue836",
    "wait": "\ue88b",
    "pending": "\uef64",
    "close": "\ue5cd",
    "erase": "\ue14a",
    "delete": "\ue872",
    "undo": "\ue166",
    "hall": "\ue84f",
    "more": "\ue5cf",
    "camera": "\ue412",
    "code": "\uef6b",
    "sound": "\ue050",
    "light": "\ue0f0",
    "power": "\ue63c",
}


def glyph(name: str) -> str:
    """Raise ``KeyError`` for a name that no icon has."""
    return ICONS[name]
