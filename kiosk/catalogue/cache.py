"""The last good catalogue on the disk: a terminal that starts offline offers what it offered before."""

import contextlib
import logging
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.catalogue import delta
from kiosk.catalogue.items import Catalogue, read, reason
from kiosk.catalogue.signature import BadSignature, verify

log = logging.getLogger(__name__)


class CatalogueRefused(Exception):
    """The document was not taken; what was there stays. Wrong or missing signature, an unknown form, or an older
    version. A roll-back has a newer one."""


class _Kept(BaseModel):
    """One file for document and ETag: a good ETag beside a damaged document would never be repaired."""

    model_config = ConfigDict(extra="forbid")
    etag: str
    document: str


_Loaded = tuple[bytes, _Kept | None, Catalogue | None]
"""The file, and what it holds when that can be trusted."""


class CatalogueCache:
    """``keys`` are those whose signature counts. Written by one process, read by any."""

    def __init__(self, path: Path, keys: Sequence[Ed25519PublicKey]) -> None:
        self._path = path
        self._keys = keys
        self._loaded: _Loaded = (b"", None, None)

    def load(self) -> Catalogue | None:
        """``None`` when there is none that can be trusted. Cheap while the file stays as it is."""
        return self._look()[2]

    def etag(self) -> str:
        """Of what :meth:`load` returns; empty when that is ``None``."""
        _, kept, catalogue = self._look()
        return kept.etag if kept and catalogue else ""

    def renew(self, news: bytes, etag: str) -> Catalogue:
        """Take what is new since the one that is here. Raises :class:`CatalogueRefused`, ``OSError``."""
        _, kept, _ = self._look()
        if kept is None:
            raise CatalogueRefused("there is nothing it could go on from")
        try:
            document = delta.applied(news, kept.document.encode(), kept.etag)
        except delta.BadDelta as error:
            raise CatalogueRefused(str(error)) from None
        return self.take(document, etag)

    def take(self, document: bytes, etag: str) -> Catalogue:
        """Check and keep. Raises :class:`CatalogueRefused`, ``OSError``."""
        catalogue = self._open(document)
        current = self.load()
        if current and catalogue.version < current.version:
            raise CatalogueRefused(f"version {catalogue.version} is older than {current.version}")
        self._write(_Kept(etag=etag, document=document.decode()))
        return catalogue

    def _open(self, document: bytes) -> Catalogue:
        try:
            catalogue, left_out = read(verify(document, self._keys))
        except BadSignature as error:
            raise CatalogueRefused(str(error)) from None
        except ValidationError as error:
            raise CatalogueRefused(reason(error)) from None
        if left_out and not catalogue.items:
            raise CatalogueRefused(left_out[0])
        for why in left_out:
            log.warning("catalogue %d: an item is not offered: %s", catalogue.version, why)
        return catalogue

    def _look(self) -> _Loaded:
        try:
            content = self._path.read_bytes()
        except OSError:
            content = b""
        if content != self._loaded[0]:
            self._loaded = (content, *self._trusted(content))
        return self._loaded

    def _trusted(self, content: bytes) -> tuple[_Kept | None, Catalogue | None]:
        with contextlib.suppress(ValidationError, CatalogueRefused):
            kept = _Kept.model_validate_json(content)
            return kept, self._open(kept.document.encode())
        return None, None

    def _write(self, kept: _Kept) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            with draft.open("xb") as file:
                file.write(kept.model_dump_json().encode())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
