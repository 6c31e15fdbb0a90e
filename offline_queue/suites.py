"""What signs and seals, in two suites. Pure but for random numbers.

========  =============================  ================================================
          signature                      sealing
========  =============================  ================================================
standard  Ed25519 (RFC 8032)             AES-256-GCM
gm        SM2 with SM3 (GM/T 0003.2)     SM4-GCM (RFC 8998), its key by HKDF with SM3
========  =============================  ================================================

Digests are in :mod:`offline_queue.hashing`. Keys travel as PEM: PKCS#8, and SubjectPublicKeyInfo for the public half.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import ciphers
from cryptography.hazmat.primitives import serialization as pems
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from offline_queue import sm2
from offline_queue.crypto_errors import BadKey, BadSeal, BadSignature
from offline_queue.hashing import Suite

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_SM4_KEY_BYTES: Final = 16
Key = TypeVar("Key")


class VerifyKey(Protocol):
    """The public half: whose signature it is."""

    @property
    def suite(self) -> Suite: ...

    def pem(self) -> str: ...

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raise ``BadSignature`` unless this key signed ``data``."""
        ...


class SigningKey(Protocol):
    """A terminal's own key. Threads may share it."""

    @property
    def suite(self) -> Suite: ...

    def pem(self) -> str:
        """The private key itself, not encrypted."""
        ...

    def public(self) -> VerifyKey: ...

    def sign(self, data: bytes) -> bytes: ...


def generate(suite: Suite = "standard") -> SigningKey:
    """Raises ``GmUnavailable``."""
    return sm2.PrivateKey.generate() if suite == "gm" else Ed25519SigningKey(Ed25519PrivateKey.generate())


def load_signing_key(pem: str, suite: Suite = "standard") -> SigningKey:
    """Raises ``BadKey``, ``GmUnavailable``."""
    if suite == "gm":
        return sm2.PrivateKey.load(pem)
    return Ed25519SigningKey(load_private_pem(pem, Ed25519PrivateKey))


def load_verify_key(pem: str, suite: Suite = "standard") -> VerifyKey:
    """Raises ``BadKey``, ``GmUnavailable``."""
    return sm2.PublicKey.load(pem) if suite == "gm" else Ed25519VerifyKey(load_public_pem(pem, Ed25519PublicKey))


@dataclass(frozen=True, repr=False)
class Ed25519VerifyKey:
    key: Ed25519PublicKey
    suite: Suite = "standard"

    def pem(self) -> str:
        return public_pem(self.key)

    def verify(self, signature: bytes, data: bytes) -> None:
        try:
            self.key.verify(signature, data)
        except InvalidSignature:
            raise BadSignature from None


@dataclass(frozen=True, repr=False)
class Ed25519SigningKey:
    key: Ed25519PrivateKey
    suite: Suite = "standard"

    def pem(self) -> str:
        return private_pem(self.key)

    def public(self) -> Ed25519VerifyKey:
        return Ed25519VerifyKey(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


class Cipher:
    """Content sealed with a key of 32 bytes and bound to a place: moved elsewhere it does not open."""

    def __init__(self, key: bytes, suite: Suite = "standard") -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes instead of {KEY_BYTES}")
        self._aead = Sm4Gcm(_sm4_key(key)) if suite == "gm" else AESGCM(key)

    def seal(self, content: bytes, place: bytes) -> bytes:
        """A random nonce, the encrypted content, the tag: 28 bytes more than ``content``."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, content, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """Raises ``BadSeal``."""
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise BadSeal
        try:
            return self._aead.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
        except InvalidTag:
            raise BadSeal from None


class Sm4Gcm:
    """As ``cryptography`` has AES-GCM; SM4 it has as a block cipher and a mode."""

    def __init__(self, key: bytes) -> None:
        self._key = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        encryptor = ciphers.Cipher(self._key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Raises ``InvalidTag``."""
        decryptor = ciphers.Cipher(self._key, modes.GCM(nonce, data[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


def _sm4_key(key: bytes) -> bytes:
    return HKDF(SM3(), _SM4_KEY_BYTES, salt=None, info=b"kiosk-sm4-1").derive(key)


def load_private_pem(pem: str, kind: type[Key]) -> Key:
    """Raises ``BadKey`` when it is of another kind, too."""
    return _loaded(lambda: pems.load_pem_private_key(pem.encode(), password=None), kind)


def load_public_pem(pem: str, kind: type[Key]) -> Key:
    """As :func:`load_private_pem`."""
    return _loaded(lambda: pems.load_pem_public_key(pem.encode()), kind)


def _loaded(load: Callable[[], object], kind: type[Key]) -> Key:
    try:
        key = load()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("unreadable") from None
    if not isinstance(key, kind):
        raise BadKey(f"no {kind.__name__}")
    return key


def private_pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(pems.Encoding.PEM, pems.PrivateFormat.PKCS8, pems.NoEncryption()).decode()


def public_pem(key: PublicKeyTypes) -> str:
    return key.public_bytes(pems.Encoding.PEM, pems.PublicFormat.SubjectPublicKeyInfo).decode()
