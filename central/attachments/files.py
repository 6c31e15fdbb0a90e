"""Attachments on the centre's disk: encrypted files, appended to as their pieces arrive.

A record is on the disk before the new offset is told; what a power cut left behind the last whole one is cut off at the
next piece. Appending never touches what was written before.
"""

import errno
import fcntl
import os
import shutil
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from central.attachments import records
from central.attachments.contract import (
    KEPT_UNFINISHED,
    MOST_UNFINISHED,
    NoRoom,
    Progress,
    TooMuch,
    WrongDigest,
    WrongOffset,
    check_length,
)
from central.files import make_folder, sync_folder
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from offline_queue.hashing import Suite
from offline_queue.suites import Cipher

_FREE: Final = 256 << 20
"""Bytes that stay free on the disk for the database."""


class AttachmentFiles:
    """``folder/<terminal>/<aa>/<digest>``, while unfinished ``folder/<terminal>/unfinished/<digest>``.

    Implements :class:`central.attachments.contract.AttachmentStore`: of several threads and processes one at a time
    appends for a terminal.
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
        wanted = {digest: self._whole(terminal, digest) for digest in digests}
        here = {digest: path for digest, path in wanted.items() if path.exists()}
        # who renamed a file may have been killed before its name was on the disk
        folders = {folder for path in here.values() for folder in (path.parent, path.parent.parent, self._folder)}
        for folder in folders:
            sync_folder(folder)
        return [digest for digest in wanted if digest not in here]

    def read(self, terminal: str, digest: str) -> bytes:
        with self._whole(terminal, digest).open("rb") as file:
            return b"".join(_pieces(file, self._cipher(terminal, digest)))

    def append(self, terminal: str, digest: str, suite: Suite, piece: bytes, offset: int, length: int) -> Progress:
        check_length(piece, offset, length)
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
                file.write(records.seal(cipher, piece, end.offset))
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
        return records.cipher_of(self._key, terminal, digest)

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
        return _Record(self.position + records.OVERHEAD + self.length, self.offset + self.length, 0)


def _records(file: BinaryIO) -> Iterator[_Record]:
    """Whole ones, by their lengths alone."""
    size = os.fstat(file.fileno()).st_size
    place = _Record(0, 0, 0)
    while place.position + records.LENGTH.size <= size:
        file.seek(place.position)
        record = replace(place, length=records.LENGTH.unpack(file.read(records.LENGTH.size))[0])
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
    file.seek(record.position + records.LENGTH.size)
    return records.unseal(cipher, file.read(record.length + records.EXTRA), record.offset)


@contextmanager
def _full_disk_told() -> Generator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        raise NoRoom from None
