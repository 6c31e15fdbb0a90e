"""Waits at the centre for commands, in a thread of its own: what an operator asks for happens within a second.

It only makes commands sooner: all of them come with the heartbeats as well, so that whatever fails here is left alone
for a while.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from kiosk.sync.fleet_client import Commands, FleetClient
from offline_queue.transport import TransportFailed

log = logging.getLogger(__name__)

LONGEST_WAIT: Final = 240.0
"""Seconds."""
_REST: Final = 20.0
"""Seconds after one that failed, on average: the centre may have ended, and all its terminals with it."""


class Prompt:
    """``took(commands)`` is called in this thread."""

    def __init__(self, client: FleetClient, took: Callable[[Commands], None], stop: threading.Event) -> None:
        self._client = client
        self._took = took
        self._stop = stop
        self._wait = 0.0
        self._after = ""
        self._may = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync prompt", daemon=True)

    def allow(self, wait: float, after: str) -> None:
        """As the newest answer to a heartbeat says; 0: not to be asked."""
        self._wait = min(wait, LONGEST_WAIT)
        self._after = max(self._after, after)
        if self._wait > 0:
            self._may.set()
            if not self._thread.is_alive() and not self._stop.is_set():
                self._thread.start()
        else:
            self._may.clear()

    def forbid(self) -> None:
        """The centre is away: the next heartbeat that is answered allows it again."""
        self._may.clear()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._may.wait(1.0):
                continue
            began, wait = time.monotonic(), self._wait
            try:
                found = self._client.next(wait, self._after)
            except TransportFailed as error:
                log.debug("sync: not waiting for commands: %s", error)
                self._rest()
                continue
            for command in found.commands:
                self._after = max(self._after, command.id)
            if found.commands:
                self._took(found)
            elif time.monotonic() - began < wait / 2:
                self._rest()  # whoever answers like this does not wait

    def _rest(self) -> None:
        self._stop.wait(random.uniform(0.5, 1.5) * _REST)  # noqa: S311 - no secret
