"""Where the files of matters are kept: found by terminal and digest, sealed, added to piece by piece.

A store is safe from several threads and from several workers of the centre that share it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from central.storage.errors import StorageError, StorageUnavailable
from offline_queue.hashing import Suite

LARGEST: Final = 32 << 20
"""Bytes of one attachment."""
MOST_UNFINISHED: Final = 512 << 20
"""Bytes of uploads a terminal may have begun and not ended."""
KEPT_UNFINISHED: Final = 7 * 86400.0
"""Seconds after the last piece."""


class WrongOffset(Exception):
    """The piece does not begin where the file ends."""

    def __init__(self, offset: int) -> None:
        super().__init__()
        self.offset = offset


class WrongDigest(Exception):
    """The whole does not have the digest it is addressed by: it was thrown away."""


class TooMuch(Exception):
    """The attachment, or all that is unfinished of this terminal, is larger than allowed."""


class NoRoom(Exception):
    """The centre's disk is full."""


class BadStore(StorageError):
    """The place of attachments is none: write s3://BUCKET/PREFIX or a folder."""


class StoreUnavailable(StorageUnavailable):
    """The object store takes nothing now: gone, full, or its keys are not good. Nothing was acknowledged; try later."""


@dataclass(frozen=True)
class Progress:
    offset: int
    """Bytes of the content that are here."""
    complete: bool


class AttachmentStore(Protocol):
    """All methods raise ``OSError`` or :class:`StoreUnavailable` when the store cannot be used."""

    def progress(self, terminal: str, digest: str) -> Progress: ...

    def missing(self, terminal: str, digests: Iterable[str]) -> list[str]:
        """Those that are not here whole; the others stay, whatever happens: a matter is filed by this word."""
        ...

    def read(self, terminal: str, digest: str) -> bytes:
        """The content of a whole one. Raises ``FileNotFoundError``, and ``BadSeal`` when it is damaged."""
        ...

    def append(self, terminal: str, digest: str, suite: Suite, piece: bytes, offset: int, length: int) -> Progress:
        """Add ``piece`` at ``offset`` of ``length`` in all; durable on return.

        Raises :class:`WrongOffset`, :class:`WrongDigest`, :class:`TooMuch`, :class:`NoRoom`.
        """
        ...

    def sweep(self, now: float, kept: float = KEPT_UNFINISHED) -> int:
        """Throw away uploads nobody went on with; how many. ``now`` in seconds since 1970."""
        ...


def check_length(piece: bytes, offset: int, length: int) -> None:
    """Raises :class:`TooMuch`."""
    if length > LARGEST or offset + len(piece) > length:
        raise TooMuch
