"""Copies that only the centre can open: kept on the terminal for a centre that loses what it filed.

Layout: format (1 byte) | length of the header (2 bytes, big-endian) | header | nonce | content | tag. The header leads
the centre to the key: ``standard``, an ephemeral X25519 public key (32 bytes; the key by HKDF-SHA256); ``gm``, a random
key encrypted by SM2. The rest is as :class:`offline_queue.suites.Cipher` has it. Pure but for random numbers.
"""

import json
import secrets
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from offline_queue import sm2, suites
from offline_queue.crypto_errors import BadKey, BadSeal
from offline_queue.hashing import Suite
from offline_queue.suites import KEY_BYTES, Cipher

_FORMATS: Final[dict[Suite, int]] = {"standard": 1, "gm": 2}
_PREFIX: Final = 3
"""Bytes before the header."""


class Sealer:
    """For one run of the sender: the key for the centre is made once, so that each matter costs microseconds."""

    def __init__(self, public_pem: str, terminal: str, suite: Suite = "standard") -> None:
        """Raises ``BadKey``, ``GmUnavailable``."""
        header, key = _gm_key_for(public_pem) if suite == "gm" else _key_for(public_pem)
        self._start = bytes([_FORMATS[suite]]) + len(header).to_bytes(2) + header
        self._cipher = Cipher(key, suite)
        self._terminal = terminal

    def seal(self, matter_id: str, content: bytes) -> bytes:
        return self._start + self._cipher.seal(content, _place(self._terminal, matter_id))


class Opener:
    """At the centre. Threads may share it."""

    def __init__(self, private_pem: str, suite: Suite = "standard") -> None:
        """Raises ``BadKey``, ``GmUnavailable``."""
        self._suite: Suite = suite
        self._unwrap = _gm_opener(private_pem) if suite == "gm" else _opener(private_pem)

    def open(self, terminal: str, matter_id: str, sealed: bytes) -> bytes:
        """Raises ``BadSeal``."""
        start = _PREFIX + int.from_bytes(sealed[1:_PREFIX])
        if len(sealed) < start or sealed[0] != _FORMATS[self._suite]:
            raise BadSeal
        key = self._unwrap(sealed[_PREFIX:start])
        return Cipher(key, self._suite).open(sealed[start:], _place(terminal, matter_id))


def generate(suite: Suite = "standard") -> tuple[str, str]:
    """Private and public PEM of a centre's sealing key. Raises ``GmUnavailable``."""
    if suite == "gm":
        key = sm2.PrivateKey.generate()
        return key.pem(), key.public().pem()
    private = X25519PrivateKey.generate()
    return suites.private_pem(private), suites.public_pem(private.public_key())


def public_of(private_pem: str, suite: Suite = "standard") -> str:
    """PEM. Raises ``BadKey``, ``GmUnavailable``."""
    if suite == "gm":
        return sm2.PrivateKey.load(private_pem).public().pem()
    return suites.public_pem(suites.load_private_pem(private_pem, X25519PrivateKey).public_key())


def _key_for(public_pem: str) -> tuple[bytes, bytes]:
    """Header and key of a new sealer."""
    centre = suites.load_public_pem(public_pem, X25519PublicKey)
    own = X25519PrivateKey.generate()
    header = own.public_key().public_bytes_raw()
    try:
        return header, _derived(own, centre, header, centre)
    except ValueError:  # a point of low order
        raise BadKey("no key of a centre") from None


def _opener(private_pem: str) -> Callable[[bytes], bytes]:
    own = suites.load_private_pem(private_pem, X25519PrivateKey)

    def unwrap(header: bytes) -> bytes:
        try:
            return _derived(own, X25519PublicKey.from_public_bytes(header), header, own.public_key())
        except ValueError:
            raise BadSeal from None

    return unwrap


def _derived(own: X25519PrivateKey, other: X25519PublicKey, header: bytes, centre: X25519PublicKey) -> bytes:
    """Both public keys go in, as in HPKE (RFC 9180, 4.1)."""
    info = b"kiosk-sealed-1" + header + centre.public_bytes_raw()
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=info).derive(own.exchange(other))


def _gm_key_for(public_pem: str) -> tuple[bytes, bytes]:
    centre, key = sm2.PublicKey.load(public_pem), secrets.token_bytes(KEY_BYTES)
    return centre.encrypt(key), key


def _gm_opener(private_pem: str) -> Callable[[bytes], bytes]:
    own = sm2.PrivateKey.load(private_pem)

    def unwrap(header: bytes) -> bytes:
        key = own.decrypt(header)
        if len(key) != KEY_BYTES:
            raise BadSeal
        return key

    return unwrap


def _place(terminal: str, matter_id: str) -> bytes:
    return json.dumps([terminal, matter_id]).encode()
