"""The catalogue: asked for at every heartbeat, kept when it is newer and the centre's own."""

import logging

from kiosk.catalogue.cache import CatalogueCache, CatalogueRefused
from kiosk.catalogue.items import Catalogue
from kiosk.sync.central_client import CentralClient, Fetched

log = logging.getLogger(__name__)


class Editions:
    def __init__(self, central: CentralClient, cache: CatalogueCache) -> None:
        self._central = central
        self._cache = cache
        self._seen: str | None = None
        self.error = ""
        """Why the newest one was not taken."""

    def look(self) -> None:
        """Raises ``TransportFailed``."""
        if self._seen is None:
            self._seen = self._cache.etag()
        fetched = self._central.catalogue(self._seen)
        if fetched is None:
            return
        if fetched.is_delta and (fetched := self._whole_unless_renewed(fetched)) is None:
            return
        self._seen = fetched.etag  # one that was refused is not downloaded again either
        try:
            catalogue = self._cache.take(fetched.content, fetched.etag)
        except (CatalogueRefused, OSError) as error:
            self.error = f"catalogue not taken: {error}"
            log.error("sync: %s", self.error)
        else:
            self._taken(catalogue, fetched.etag)

    def _whole_unless_renewed(self, news: Fetched) -> Fetched | None:
        """Raises ``TransportFailed``."""
        try:
            catalogue = self._cache.renew(news.content, news.etag)
        except (CatalogueRefused, OSError) as error:
            log.warning("sync: news of the catalogue not taken, it is fetched whole: %s", error)
            return self._central.catalogue("")
        self._taken(catalogue, news.etag)
        return None

    def _taken(self, catalogue: Catalogue, etag: str) -> None:
        self._seen, self.error = etag, ""
        log.info("sync: catalogue version %d", catalogue.version)
