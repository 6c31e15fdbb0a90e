"""Asks the simulated cabinet in threads of its own, so that a slow answer never holds up the window."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from kiosk.bus.messages import SimulatedUnit
from screens.dev_dock.client import DockClient

POLL_SECONDS: Final = 0.7

log = logging.getLogger(__name__)


class DockWork:
    """``arrived`` and ``failed`` are called in a worker thread."""

    def __init__(
        self,
        client: DockClient,
        arrived: Callable[[Sequence[SimulatedUnit]], None],
        failed: Callable[[str], None],
    ) -> None:
        self._client = client
        self._arrived, self._failed = arrived, failed
        self._stop, self._wake = threading.Event(), threading.Event()
        self._verbs = ThreadPoolExecutor(max_workers=1, thread_name_prefix="dock verb")
        self._poller = threading.Thread(target=self._poll, name="dock poll", daemon=True)

    def start(self) -> None:
        self._poller.start()

    def simulate(self, kind: str, verb: str, argument: str) -> None:
        self._verbs.submit(self._simulate, kind, verb, argument)

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        self._verbs.shutdown(wait=False, cancel_futures=True)

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self._arrived(self._client.units())
            except Exception as error:  # noqa: BLE001 - whatever the client's transport raises: the dock says so, and goes on
                self._failed(str(error))
            self._wake.wait(POLL_SECONDS)

    def _simulate(self, kind: str, verb: str, argument: str) -> None:
        try:
            self._client.simulate(kind, verb, argument)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("dock: %s %s: %s", kind, verb, error)
            self._failed(str(error))
        self._wake.set()
