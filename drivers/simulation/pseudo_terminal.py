"""The far end of a serial line that is none: a pseudo-terminal behind a path that stays the same."""

import contextlib
import os
import select
import termios
import threading
import tty
from collections.abc import Generator
from pathlib import Path
from typing import Final

_CHUNK: Final = 4096
_RATES: Final = {
    getattr(termios, f"B{rate}"): rate for rate in (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800)
}
_OUTPUT_SPEED: Final = 5


class Unplugged(Exception):
    """The line was taken away."""


class PseudoTerminal:
    """One pty. Programs may open and close ``path`` any number of times; ``close`` hangs up on them and removes it.

    With ``link`` the path is a symbolic link that every ``open`` points to the pty at hand. For one thread at a time,
    but for ``wake``: a descriptor closed under a thread that waits on it may be another file's by then.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._master = -1
        # Held open, too: without any open slave end the kernel reports a hang-up to the master, and bytes are lost.
        self._slave = -1
        self._ending = threading.Lock()

    @property
    def path(self) -> str:
        """Empty while closed and without a link."""
        if self._link is not None:
            return str(self._link)
        return os.ttyname(self._slave) if self._slave >= 0 else ""

    @property
    def baud(self) -> int:
        """What the program at the other end has set, 0 for a rate of no standard. Raises ``Unplugged``."""
        try:
            return _RATES.get(termios.tcgetattr(self._slave)[_OUTPUT_SPEED], 0)
        except (termios.error, ValueError):  # ValueError: the descriptor -1
            raise Unplugged from None

    def open(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        if self._link is not None:
            self._point_link(self._link)

    def _point_link(self, link: Path) -> None:
        link.parent.mkdir(parents=True, exist_ok=True)
        fresh = link.with_name(f".{link.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(os.ttyname(self._slave))
        fresh.replace(link)

    def read(self, timeout: float) -> bytes:
        """``b""`` when nothing came within ``timeout`` seconds. Raises ``Unplugged``."""
        with self._plugged():
            ready, _, _ = select.select([self._master], [], [], timeout)
            return os.read(self._master, _CHUNK) if ready else b""

    def write(self, data: bytes) -> None:
        """What nobody reads is lost, as on a real line. Raises ``Unplugged``."""
        with self._plugged(), contextlib.suppress(BlockingIOError):
            os.write(self._master, data)

    def wake(self) -> None:
        """Let a waiting ``read`` return, from any thread: a byte comes in as if a program had sent it."""
        with self._plugged(), self._ending:
            os.write(self._slave, b"\0")

    @contextlib.contextmanager
    def _plugged(self) -> Generator[None]:
        try:
            yield
        except (OSError, ValueError):  # ValueError: select on the descriptor -1
            raise Unplugged from None

    def close(self) -> None:
        """Idempotent."""
        if self._link is not None and self._master >= 0:
            self._link.unlink(missing_ok=True)
        with self._ending:
            master, slave, self._master, self._slave = self._master, self._slave, -1, -1
            for descriptor in (master, slave):
                if descriptor >= 0:
                    os.close(descriptor)
