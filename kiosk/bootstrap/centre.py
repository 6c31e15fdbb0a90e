"""Queue, catalogue and the way to the centre, as the settings say."""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from drivers.errors import NotConnected
from kiosk.bootstrap.devices import CabinetClient, any_simulated
from kiosk.bootstrap.queue import QueuePlace
from kiosk.catalogue.cache import CatalogueCache
from kiosk.catalogue.items import Catalogue
from kiosk.catalogue.signature import BadKey, load_public_key
from kiosk.settings import Settings
from offline_queue.store import SqliteQueue

EMBEDDED_PORT: Final = 8400
"""Of the embedded centre beside real devices; the simulated network finds it at any port."""
WAIT_SECONDS: Final = 15.0
LOOK_SECONDS: Final = 0.05

log = logging.getLogger(__name__)

Address = tuple[str, int]
T = TypeVar("T")


class NotReady(Exception):
    """Something this process needs did not come up in time: see the log of what is named."""


def open_queue(settings: Settings) -> SqliteQueue:
    return QueuePlace.set_in(settings).open()


def central_folder(settings: Settings) -> Path:
    """Of the embedded centre."""
    return settings.terminal.state_dir / "central"


def catalogue_cache(settings: Settings) -> CatalogueCache | None:
    """``None`` as long as there is no key to check a catalogue with."""
    file = settings.central.catalogue_key_file or central_folder(settings) / "catalogue.pub"
    try:
        key = load_public_key(file.read_bytes())
    except (OSError, BadKey):
        return None
    return CatalogueCache(settings.terminal.state_dir / "catalogue.json", [key])


def catalogue_loader(settings: Settings) -> Callable[[], Catalogue | None]:
    """What is kept of the catalogue, from the moment there is a key to check it with."""
    cache: CatalogueCache | None = None

    def load() -> Catalogue | None:
        nonlocal cache
        cache = cache or catalogue_cache(settings)
        return cache.load() if cache else None

    return load


def enrolment_code(settings: Settings) -> str:
    """Empty where none is set: next door to an embedded centre. Raises ``OSError``."""
    file = settings.central.enrolment_code_file
    return file.read_text().strip() if file else ""


def url(settings: Settings) -> str:
    """Through the simulated network where there is one. Raises ``NotReady``."""
    if any_simulated(settings):
        cabinet = CabinetClient(settings.terminal.run_dir)
        return wait_for("sim", lambda: _network(cabinet))
    return f"http://127.0.0.1:{EMBEDDED_PORT}" if settings.central.embedded else settings.central.url


def _network(cabinet: CabinetClient) -> str | None:
    try:
        return cabinet.endpoint("network")
    except NotConnected:
        return None


def address(settings: Settings) -> Address | None:
    """Where the centre itself listens now; ``None`` when the embedded one is not up."""
    text = settings.central.url
    if settings.central.embedded:
        try:
            text = (central_folder(settings) / "address").read_text()
        except FileNotFoundError:
            return None
    parts = urlsplit(text.strip())
    return parts.hostname or "", parts.port or 80


def wait_for(what: str, ready: Callable[[], T | None]) -> T:
    """Raises ``NotReady``."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (found := ready()) is None:
        if time.monotonic() > deadline:
            raise NotReady(what)
        time.sleep(LOOK_SECONDS)
    return found
