"""What this machine's clocks say when a matter is filed."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from offline_queue.envelope import Created

Stamp = Callable[[float], Created]
"""Takes the wall time as the caller has it."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_SYNCHRONISED: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd(8) touches it whenever it has set the clock; the folder is empty after a boot."""


def system_stamp(now: float) -> Created:
    """``CLOCK_BOOTTIME`` goes on during suspend, so that with the boot id two matters of one boot can be compared."""
    return Created(
        wall=now,
        monotonic=time.clock_gettime(time.CLOCK_BOOTTIME),
        boot_id=_boot_id(),
        trusted=_SYNCHRONISED.exists(),
    )


@cache
def _boot_id() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip()
