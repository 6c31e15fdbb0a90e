"""Files of the terminals on the centre's disk: found by digest, encrypted, appended to as they arrive.

A file is a row of records, one a piece that was uploaded::

    length of the piece (4 bytes, big-endian) | nonce (12) | piece, encrypted | tag (16)

Each is bound to the file and to the offset it begins at, so that none can be moved, doubled or left out unseen. A
record is on the disk before the new offset is told; what a power cut left behind the last whole one is cut off at the
next piece. Appending never touches what was written before.
"""

import errno
import fcntl
import os
import shutil
import struct
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from central.files import make_folder, sync_folder
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from offline_queue.hashing import Suite
from offline_queue.suites import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Cipher

LARGEST: Final = 32 << 20
"""Bytes of one attachment."""
MOST_UNFINISHED: Final = 512 << 20
"""Bytes of uploads a terminal may have begun and not ended."""
KEPT_UNFINISHED: Final = 7 * 86400.0
"""Seconds after the last piece."""
_FREE: Final = 256 << 20
"""Bytes that stay free on the disk for the database."""
_LENGTH: Final = struct.Struct(">I")
_EXTRA: Final = NONCE_BYTES + TAG_BYTES


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


@dataclass(frozen=True)
class Progress:
    offset: int
    """Bytes of the content that are here."""
    complete: bool


class AttachmentFiles:
    """``folder/<terminal>/<aa>/<digest>``, while unfinished ``folder/<terminal>/unfinished/<digest>``.

    Safe from several threads and processes: one of them at a time appends for a terminal.
    """

    def __init__(self, folder: Path, key: bytes, *, free: int = _FREE) -> None:
        self._folder = folder
        self._key = key
        self._free = free

    def progress(self, terminal: str, digest: str) -> Progress:
        with suppress(FileNotFoundError), self._whole(terminal, digest).open("rb") as file:
            return Progress(sum(record.length for record in _records(file)), complete=True)
        with suppress(FileNotFoundError), self._unfinished(terminal, digest).open("rb") as file:
            return Progress(_end(file, self._cipher(terminal, digest)).offset, complete=False)
        return Progress(0, complete=False)

    def missing(self, terminal: str, digests: Iterable[str]) -> list[str]:
        """Those that are not here whole; the others stay, whatever happens: a matter is filed by this word."""
        wanted = {digest: self._whole(terminal, digest) for digest in digests}
        here = {digest: path for digest, path in wanted.items() if path.exists()}
        # who renamed a file may have been killed before its name was on the disk
        folders = {folder for path in here.values() for folder in (path.parent, path.parent.parent, self._folder)}
        for folder in folders:
            sync_folder(folder)
        return [digest for digest in wanted if digest not in here]

    def read(self, terminal: str, digest: str) -> bytes:
        """The content of a whole one. Raises ``FileNotFoundError``, and ``BadSeal`` when the file is damaged."""
        with self._whole(terminal, digest).open("rb") as file:
            return b"".join(_pieces(file, self._cipher(terminal, digest)))

    def append(self, terminal: str, digest: str, suite: Suite, piece: bytes, offset: int, length: int) -> Progress:
        """Add ``piece`` at ``offset`` of ``length`` in all; durable on return.

        Raises :class:`WrongOffset`, :class:`WrongDigest`, :class:`TooMuch`, :class:`NoRoom`.
        """
        if length > LARGEST or offset + len(piece) > length:
            raise TooMuch
        with _full_disk_told(), self._alone(terminal):
            known = self.progress(terminal, digest)
            if known.offset != offset or (known.complete and piece):
                raise WrongOffset(known.offset)
            if not known.complete:
                self._add(terminal, digest, piece)
                if offset + len(piece) == length:
                    self._finish(terminal, digest, suite)
        return Progress(offset + len(piece), offset + len(piece) == length)

    def sweep(self, now: float, kept: float = KEPT_UNFINISHED) -> int:
        """Throw away uploads nobody went on with; how many."""
        return sum(self._sweep(folder.name, now - kept) for folder in self._folder.glob("*"))

    def _sweep(self, terminal: str, before: float) -> int:
        with self._alone(terminal):
            old = [path for path in self._begun(terminal) if path.stat().st_mtime < before]
            for path in old:
                path.unlink()
        return len(old)

    def _add(self, terminal: str, digest: str, piece: bytes) -> None:
        if shutil.disk_usage(self._folder).free < self._free + len(piece):
            raise NoRoom
        if sum(path.stat().st_size for path in self._begun(terminal)) + len(piece) > MOST_UNFINISHED:
            raise TooMuch
        path, cipher = self._unfinished(terminal, digest), self._cipher(terminal, digest)
        make_folder(path.parent)
        is_new = not path.exists()
        with path.open("a+b") as file:
            end = _end(file, cipher)
            file.truncate(end.position)
            if piece:
                file.write(_LENGTH.pack(len(piece)) + cipher.seal(piece, _place(end.offset)))
            file.flush()
            os.fdatasync(file.fileno())
        if is_new:
            sync_folder(path.parent)

    def _finish(self, terminal: str, digest: str, suite: Suite) -> None:
        draft, whole = self._unfinished(terminal, digest), self._whole(terminal, digest)
        if not self._is_right(draft, terminal, digest, suite):
            draft.unlink()
            raise WrongDigest
        make_folder(whole.parent)
        draft.rename(whole)
        sync_folder(whole.parent)
        sync_folder(draft.parent)

    def _is_right(self, path: Path, terminal: str, digest: str, suite: Suite) -> bool:
        hasher = hashing.hasher(suite)
        try:
            with path.open("rb") as file:
                for piece in _pieces(file, self._cipher(terminal, digest)):
                    hasher.update(piece)
        except BadSeal:
            return False
        return hasher.finalize().hex() == digest

    def _begun(self, terminal: str) -> list[Path]:
        return list((self._folder / terminal / "unfinished").glob("*"))

    def _whole(self, terminal: str, digest: str) -> Path:
        return self._folder / terminal / digest[:2] / digest

    def _unfinished(self, terminal: str, digest: str) -> Path:
        return self._folder / terminal / "unfinished" / digest

    def _cipher(self, terminal: str, digest: str) -> Cipher:
        """A key for each file: random nonces stay far from where they would repeat, and no record fits elsewhere."""
        place = f"kiosk-attachment-1\n{terminal}\n{digest}".encode()
        return Cipher(HKDF(SHA256(), KEY_BYTES, salt=None, info=place).derive(self._key))

    @contextmanager
    def _alone(self, terminal: str) -> Generator[None]:
        make_folder(self._folder / terminal)
        with (self._folder / terminal / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class _Record:
    position: int
    """In the file."""
    offset: int
    """In the content."""
    length: int

    @property
    def next(self) -> "_Record":
        return _Record(self.position + _LENGTH.size + _EXTRA + self.length, self.offset + self.length, 0)


def _records(file: BinaryIO) -> Iterator[_Record]:
    """Whole ones, by their lengths alone."""
    size = os.fstat(file.fileno()).st_size
    place = _Record(0, 0, 0)
    while place.position + _LENGTH.size <= size:
        file.seek(place.position)
        record = replace(place, length=_LENGTH.unpack(file.read(_LENGTH.size))[0])
        if not record.length or record.next.position > size:
            return
        yield record
        place = record.next


def _end(file: BinaryIO, cipher: Cipher) -> _Record:
    """Where the next record goes. Only the last can be damaged by a power cut: those before it were on the disk when
    it began."""
    *_, last = (_Record(0, 0, 0), *_records(file))
    if not last.length:
        return last
    try:
        _open(file, cipher, last)
    except BadSeal:
        return last
    return last.next


def _pieces(file: BinaryIO, cipher: Cipher) -> Iterator[bytes]:
    return (_open(file, cipher, record) for record in _records(file))


def _open(file: BinaryIO, cipher: Cipher, record: _Record) -> bytes:
    file.seek(record.position + _LENGTH.size)
    return cipher.open(file.read(record.length + _EXTRA), _place(record.offset))


def _place(offset: int) -> bytes:
    return offset.to_bytes(8, "big")


@contextmanager
def _full_disk_told() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        raise NoRoom from None
