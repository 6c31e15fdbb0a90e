"""Where things are on a board that is wired as the settings' defaults say, which the simulated one is."""

from collections.abc import Mapping
from typing import Final

LIGHTS: Final[Mapping[str, int]] = {
    "id_card": 0,
    "smart_card": 1,
    "receipt": 2,
    "document": 3,
    "code": 4,
    "camera": 5,
    "status": 6,
}
"""Coils."""
LOCK: Final = 7
"""Coil."""
INPUTS: Final[Mapping[str, int]] = {"door": 0, "tamper": 1, "presence": 2, "call_button": 3}
NONE: Final = -1
"""Instead of a number: not fitted."""
MAX_SPAN: Final = 256
"""Coils or inputs are asked for in one block; the standard allows more than boards do."""
