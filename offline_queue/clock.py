"""What this machine's clocks say when a matter is filed, and how far they are from the centre's."""

import ctypes
import time
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from offline_queue.envelope import Created

Stamp = Callable[[float], Created]
"""Takes the wall time as the caller has it."""

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_STA_UNSYNC: Final = 0x0040
"""<linux/timex.h>: set at boot, cleared by whatever keeps the clock (chrony, ntpd, timesyncd), set again when it has
not done so for hours."""
_TIME_ERROR: Final = 5


class Timex(ctypes.Structure):
    """``struct timex`` of <linux/timex.h>; what follows ``status`` is not read, but the kernel writes it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def system_stamp(now: float) -> Created:
    """``CLOCK_BOOTTIME`` goes on during suspend, so that with the boot id two matters of one boot can be compared.

    Whether the clock is kept right changes in minutes or hours; it is asked once a second.
    """
    monotonic = time.clock_gettime(time.CLOCK_BOOTTIME)
    return Created(wall=now, monotonic=monotonic, boot_id=_boot_id(), trusted=_synchronised_in(int(monotonic)))


@lru_cache(maxsize=1)
def _synchronised_in(second: int) -> bool:  # noqa: ARG001 - the answer is good for that long
    return is_synchronised()


def is_synchronised() -> bool:
    """Whether the kernel says that something keeps the wall clock right: adjtimex(2), which needs no privilege to ask.
    ``False`` where it cannot be asked."""
    timex = Timex()
    ask = kernel_clock()
    if ask is None:
        return False
    return trusts(ask(ctypes.byref(timex)), timex.status)


def trusts(state: int, status: int) -> bool:
    """What adjtimex(2) returned and wrote: -1 is a failure, ``TIME_ERROR`` a clock that nothing keeps."""
    return 0 <= state < _TIME_ERROR and not status & _STA_UNSYNC


def skew(centre: float, wall: float, round_trip: float) -> float:
    """Seconds by which this machine's wall clock is ahead of the centre's: ``centre`` was written half a round trip
    before ``wall``, when the answer was here. Right to half the round trip, and never used for order."""
    return wall - round_trip / 2 - centre


@cache
def _boot_id() -> str:
    return _BOOT_ID.read_text(encoding="ascii").strip()


@cache
def kernel_clock() -> Callable[..., int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.POINTER(Timex)], ctypes.c_int
    return function
