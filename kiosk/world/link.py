"""What the sync process knows of the world outside: is the centre there, is there a new catalogue."""

import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Nudge, SyncStatus, SyncStatusRequest
from kiosk.catalogue.items import Catalogue
from kiosk.journey.events import CatalogueLoaded, NetworkChanged
from kiosk.runner import Post

LOOK_SECONDS = 1.0


class Link:
    """Asks about once a second and tells only what changed. A sync process that is restarting changes nothing."""

    def __init__(self, socket: Path, load_catalogue: Callable[[], Catalogue | None], post: Post) -> None:
        self._socket = socket
        self._load = load_catalogue
        self._post = post
        self._online: bool | None = None
        self._version = 0
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
        catalogue = self._load()
        if catalogue and catalogue.version != self._version:
            self._version = catalogue.version
            self._post(CatalogueLoaded(catalogue))
        online = self._ask()
        if online is not None and online != self._online:
            self._online = online
            self._post(NetworkChanged(online))

    def _run(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            self.look()

    def _ask(self) -> bool | None:
        try:
            status = request(self._socket, SyncStatusRequest(), timeout=LOOK_SECONDS)
        except BusError:
            return None
        return status.online if isinstance(status, SyncStatus) else None

    def _nudge(self, matter: str) -> None:
        try:
            request(self._socket, Nudge(matter=matter))
        except BusError:
            return
