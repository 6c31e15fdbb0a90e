"""One sender a queue: two that claim and settle at the same time would take each other's matters back."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Final

from offline_queue.faults import in_plain_words


class AnotherSends(Exception):
    """Another program sends from this queue."""


_LOOK_SECONDS: Final = 0.2


@contextmanager
def sole_sender(path: Path, until: Event | None = None) -> Generator[None]:
    """While it lasts nobody else sends from the queue file ``path``: ``PATH.sender``, let go by the system when the
    process dies. With ``until`` another one may end first, unless that is set meanwhile. Raises
    :class:`AnotherSends`, ``QueueUnavailable``."""
    with in_plain_words():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path.with_name(f"{path.name}.sender"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _locked(descriptor):
            if until is None or until.wait(_LOOK_SECONDS):
                raise AnotherSends(str(path))
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
