"""What the sync process knows of the world outside: is the centre there, is there a new catalogue."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Nudge, SyncStatus, SyncStatusRequest
from kiosk.catalogue.items import Catalogue
from kiosk.catalogue.schedule import certain_time, offered
from kiosk.journey.events import CatalogueLoaded, NetworkChanged
from kiosk.journey.performs import performs
from kiosk.runner import Post
from offline_queue.clock import is_synchronised

LOOK_SECONDS = 1.0


class Link:
    """Asks about once a second and tells only what changed. A sync process that is restarting changes nothing."""

    def __init__(
        self,
        socket: Path,
        load_catalogue: Callable[[], Catalogue | None],
        post: Post,
        wall: Callable[[], float] = time.time,
        synchronised: Callable[[], bool] = is_synchronised,
    ) -> None:
        self._socket = socket
        self._load = load_catalogue
        self._post = post
        self._wall = wall
        self._synchronised = synchronised
        self._online: bool | None = None
        self._skew: float | None = None
        self._offered: Catalogue | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        self.look()
        self._thread.start()

    def close(self) -> None:
        self._closing.set()

    def nudge(self, matter: str = "") -> None:
        """Tell the sync process that there is something to send, that matter first; it finds out by itself if this
        fails."""
        threading.Thread(target=self._nudge, args=(matter,), name="nudge", daemon=True).start()

    def look(self) -> None:
        status = self._ask()
        if status and status.skew is not None:
            self._skew = status.skew
        if catalogue := self._load():
            self._offer(catalogue)
        if status and status.online is not None and status.online != self._online:
            self._online = status.online
            self._post(NetworkChanged(status.online))

    def _offer(self, catalogue: Catalogue) -> None:
        """What is in the catalogue, in this program's power, and in its time."""
        now = certain_time(catalogue, self._wall(), is_synchronised=self._synchronised(), skew=self._skew)
        found = offered(catalogue, now, performs)
        if found != self._offered:
            self._offered = found
            self._post(CatalogueLoaded(found))

    def _run(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            self.look()

    def _ask(self) -> SyncStatus | None:
        try:
            status = request(self._socket, SyncStatusRequest(), timeout=LOOK_SECONDS)
        except BusError:
            return None
        return status if isinstance(status, SyncStatus) else None

    def _nudge(self, matter: str) -> None:
        try:
            request(self._socket, Nudge(matter=matter))
        except BusError:
            return
