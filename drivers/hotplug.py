"""Tells what was plugged in and out: looks every few seconds, and at once when the kernel says something happened."""

import logging
import os
import select
import socket
import threading
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Final

from drivers.discovery import Attachment

log = logging.getLogger(__name__)

POLL: Final = 5.0
"""Seconds between two looks."""
SETTLE: Final = 0.3
"""Seconds after which a change is looked at again: it counts once it was seen twice. A device that is numbered anew
goes and comes several times within these, and its driver loads later than it appears."""

_END: Final = 2.0
"""Seconds that ``close`` waits for a look at hand."""
_KOBJECT_UEVENT: Final = 15
_KERNEL_AND_UDEV: Final = 1 | 2
_MESSAGE: Final = 8192
_AT_ONCE: Final = 1000
_SUBSYSTEMS: Final = tuple(b"SUBSYSTEM=" + each for each in (b"usb", b"tty", b"video4linux", b"input", b"sound"))

Scan = Callable[[], Iterable[Attachment]]
OnChange = Callable[[tuple[Attachment, ...], tuple[Attachment, ...]], None]
"""Takes what was added and what was removed."""


class Debounce:
    """Believes a change that two looks in a row have seen. Pure."""

    def __init__(self, known: Iterable[Attachment]) -> None:
        self._known = frozenset(known)
        self._doubtful: frozenset[Attachment] = frozenset()

    @property
    def settled(self) -> bool:
        return not self._doubtful

    def look(self, seen: Iterable[Attachment]) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
        """What was added and removed, each in the order of port texts."""
        changed = self._known ^ frozenset(seen)
        sure, self._doubtful = changed & self._doubtful, changed - self._doubtful
        added, removed = sure - self._known, sure & self._known
        self._known ^= sure
        return _in_order(added), _in_order(removed)


class Hotplug:
    """``on_change`` is called in this thread, never for what is there at the start.

    ``bell``: a socket on which anything that comes means "look now"; see :func:`kernel_bell`. It is closed here.
    """

    def __init__(
        self,
        scan: Scan,
        on_change: OnChange,
        poll: float = POLL,
        *,
        settle: float = SETTLE,
        bell: socket.socket | None = None,
    ) -> None:
        self._scan = scan
        self._on_change = on_change
        self._poll, self._settle = poll, settle
        self._bell = bell
        self._stop = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hot-plug", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Idempotent. Not to be called by ``on_change``."""
        if self._closed.is_set():
            return
        self._closed.set()
        os.eventfd_write(self._stop, 1)
        if self._thread.is_alive():
            self._thread.join(_END)
        if self._thread.is_alive():
            log.warning("the search for new devices does not end")
            return
        os.close(self._stop)
        if self._bell:
            self._bell.close()

    def _run(self) -> None:
        debounce = Debounce(self._scan())
        while not self._closed.is_set():
            if debounce.settled:
                self._sleep(self._poll, self._bell)
            else:
                self._sleep(self._settle, None)  # messages come in bursts, which must not make two looks of one
            if not self._closed.is_set():
                self._tell(*debounce.look(self._scan()))

    def _tell(self, added: tuple[Attachment, ...], removed: tuple[Attachment, ...]) -> None:
        if not (added or removed):
            return
        try:
            self._on_change(added, removed)
        except Exception as error:  # noqa: BLE001 - the next change must still be told
            log.error("%s in the receiver of a change", type(error).__name__)

    def _sleep(self, seconds: float, bell: socket.socket | None) -> None:
        """Until the time is over, ``bell`` rings for something that matters, or this is closed."""
        until = monotonic() + seconds
        watched = [self._stop, bell] if bell else [self._stop]
        while (left := until - monotonic()) > 0:
            ready, _, _ = select.select(watched, [], [], left)
            if self._stop in ready or (bell in ready and bell and rings(bell)):
                return


def kernel_bell() -> socket.socket | None:
    """The kernel's and udev's messages about devices, without either one's library; ``None`` where that is forbidden.
    What they say is not believed: each is only a reason to look."""
    bell = None
    try:
        bell = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC, _KOBJECT_UEVENT)
        bell.bind((0, _KERNEL_AND_UDEV))
        bell.settimeout(0)
    except OSError as error:
        log.info("no messages about devices (%s): they are looked at every few seconds", error.strerror)
        if bell:
            bell.close()
        return None
    return bell


def rings(bell: socket.socket) -> bool:
    """Take in what came; whether any of it is about a kind of device that is listed."""
    rung = False
    for _ in range(_AT_ONCE):
        try:
            message = bell.recv(_MESSAGE)
        except BlockingIOError:
            break
        except OSError:  # ENOBUFS: more came than the kernel keeps
            rung = True
        else:
            rung |= any(each in message for each in _SUBSYSTEMS)
    return rung


def _in_order(attachments: Iterable[Attachment]) -> tuple[Attachment, ...]:
    return tuple(sorted(attachments, key=lambda each: (each.port, each.transport)))
