"""The last good catalogue on the disk: a terminal that starts offline offers what it offered before."""

import contextlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from kiosk.catalogue.items import Catalogue
from kiosk.catalogue.signature import BadSignature, verify


class CatalogueRefused(Exception):
    """The document was not taken; what was there stays. Wrong or missing signature, an unknown form, or an older
    version."""


class _Kept(BaseModel):
    """One file for document and ETag: a good ETag beside a damaged document would never be repaired."""

    model_config = ConfigDict(extra="forbid")
    etag: str
    document: str


class CatalogueCache:
    """``keys`` are those whose signature counts. Written by one process, read by any."""

    def __init__(self, path: Path, keys: Sequence[Ed25519PublicKey]) -> None:
        self._path = path
        self._keys = keys

    def load(self) -> Catalogue | None:
        """``None`` when there is none that can be trusted."""
        kept = self._read()
        with contextlib.suppress(CatalogueRefused):
            return self._open(kept.document.encode()) if kept else None
        return None

    def etag(self) -> str:
        """Of what :meth:`load` returns; empty when that is ``None``."""
        kept = self._read() if self.load() else None
        return kept.etag if kept else ""

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
            return Catalogue.model_validate_json(verify(document, self._keys))
        except BadSignature as error:
            raise CatalogueRefused(str(error)) from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            raise CatalogueRefused(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None

    def _read(self) -> _Kept | None:
        try:
            return _Kept.model_validate_json(self._path.read_bytes())
        except (OSError, ValidationError):
            return None

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
