"""Every time of the staff's accounts, in seconds."""

from typing import Final

IDLE: Final = 30 * 60.0
"""A session nobody used so long has ended."""
SESSION: Final = 10 * 3600.0
"""No session lasts longer: a working day."""
SEEN: Final = 60.0
"""So often at most it is written down that a session was used."""
SETUP: Final = 24 * 3600.0
"""A one-time link to set an account up is good so long."""
FIRST_LOCK: Final = 15.0
LONGEST_LOCK: Final = 3600.0
FORGET_FAILURES: Final = 24 * 3600.0
"""So long after the last of them they no longer count."""
