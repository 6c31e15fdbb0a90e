"""Secrets the centre makes for itself at the first start, one file each."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from central.files import keep
from offline_queue import suites

_AES_BYTES: Final = 32


class BadSecret(Exception):
    """A secret of the data folder is damaged: restore it from the backup, a new one would not fit the data."""


def ed25519_key(path: Path) -> Ed25519PrivateKey:
    """Raise :class:`BadSecret`, ``OSError``."""
    try:
        key = load_pem_private_key(keep(path, lambda: suites.generate().pem().encode()), password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSecret(f"{path.name} is no Ed25519 key")
    return key


def symmetric_key(path: Path) -> bytes:
    """32 bytes. Raise :class:`BadSecret`, ``OSError``."""
    key = keep(path, lambda: AESGCM.generate_key(_AES_BYTES * 8))
    if len(key) != _AES_BYTES:
        raise BadSecret(f"{path.name} has a wrong length")
    return key
