"""Where the centre keeps what it has, and the secrets it makes for itself at the first start."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from central.files import write_durably

BUNDLED_CATALOGUE = Path(__file__).parent / "catalogue"


class BadSecret(Exception):
    """A secret of the data folder is damaged: restore it from the backup, a new one would not fit the data."""


@dataclass(frozen=True)
class Settings:
    data: Path
    catalogue: Path = BUNDLED_CATALOGUE

    @property
    def database(self) -> Path:
        return self.data / "central.db"


@dataclass(frozen=True, repr=False)
class Secrets:
    token: str
    signing_key: Ed25519PrivateKey
    storage_key: bytes

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """``terminal.token``, ``catalogue.key`` and ``storage.key`` (all 0600), ``catalogue.pub`` (PEM) for the
        terminals. Raises :class:`BadSecret`, ``OSError``."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        token = _keep(folder / "terminal.token", lambda: secrets.token_urlsafe(32).encode())
        signing_key = _signing_key(_keep(folder / "catalogue.key", _new_signing_key))
        storage_key = _keep(folder / "storage.key", lambda: AESGCM.generate_key(256))
        if len(storage_key) != 32 or not token.strip():
            raise BadSecret("terminal.token or storage.key has a wrong length")
        public = signing_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_durably(folder / "catalogue.pub", public, 0o644)
        return cls(token.decode().strip(), signing_key, storage_key)


def _keep(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        write_durably(path, make(), 0o600)
    return path.read_bytes()


def _new_signing_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _signing_key(pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSecret("catalogue.key is no Ed25519 key")
    return key
