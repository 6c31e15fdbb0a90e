"""Where the tests find what set-up made."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
KIOSK_INI: Final = ROOT / "kiosk.ini"
FONTS: Final = ROOT / ".cache" / "fonts"
PORTRAITS: Final = ROOT / ".cache" / "portraits"
