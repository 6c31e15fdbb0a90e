"""How an attachment lies in a store: a row of records, one a piece that was uploaded::

    length of the piece (4 bytes, big-endian) | nonce (12) | piece, encrypted | tag (16)

Each is bound to the file and to the offset it begins at, so that none can be moved, doubled or left out unseen.
"""

import struct
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from offline_queue.crypto_errors import BadSeal
from offline_queue.suites import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Cipher

LENGTH: Final = struct.Struct(">I")
EXTRA: Final = NONCE_BYTES + TAG_BYTES
OVERHEAD: Final = LENGTH.size + EXTRA
"""Bytes a record has more than its piece."""


def cipher_of(key: bytes, terminal: str, digest: str) -> Cipher:
    """A key for each file: random nonces stay far from where they would repeat, and no record fits elsewhere."""
    place = f"kiosk-attachment-1\n{terminal}\n{digest}".encode()
    return Cipher(HKDF(SHA256(), KEY_BYTES, salt=None, info=place).derive(key))


def seal(cipher: Cipher, piece: bytes, offset: int) -> bytes:
    """A whole record."""
    return LENGTH.pack(len(piece)) + cipher.seal(piece, _place(offset))


def unseal(cipher: Cipher, sealed: bytes, offset: int) -> bytes:
    """``sealed`` is a record without its length. Raises ``BadSeal``."""
    return cipher.open(sealed, _place(offset))


def pieces(cipher: Cipher, records: bytes) -> Iterator[bytes]:
    """Of whole records in a row. Raises ``BadSeal``."""
    position = offset = 0
    while position < len(records):
        start = position + LENGTH.size
        if start > len(records):
            raise BadSeal("a record is cut off")
        position = start + LENGTH.unpack(records[position:start])[0] + EXTRA
        piece = unseal(cipher, records[start:position], offset)
        yield piece
        offset += len(piece)


def _place(offset: int) -> bytes:
    return offset.to_bytes(8, "big")
