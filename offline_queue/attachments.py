"""Files that travel with matters: each encrypted with a key of its own, which lies in the queue file.

A file is a row of segments of ``SEGMENT`` bytes (the last may be shorter), each sealed by itself and bound to the file,
its size and its place there, so that any part can be read without the others and none can be moved or left out unseen.
The file is on the disk before its row, and the row goes before the file: a row without a file is damage; a file without
a row can be read by nobody, unless a damaged queue file that was set aside has its key.
"""

import fcntl
import logging
import os
import secrets
import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from offline_queue import hashing
from offline_queue.contract import QueueFull, Quota, UnknownMatter
from offline_queue.crypto_errors import BadSeal
from offline_queue.database import Database, Row
from offline_queue.envelope import Attachment
from offline_queue.faults import in_plain_words
from offline_queue.folder import sync_folder, write_over
from offline_queue.hashing import Suite
from offline_queue.suites import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Cipher

log = logging.getLogger(__name__)

SEGMENT: Final = 64 << 10
"""Bytes of content in one segment."""
LARGEST: Final = 32 << 20
"""Bytes of one attachment: the centre takes no more."""
RUBBISH: Final = 30 * 86400.0
_EXTRA: Final = NONCE_BYTES + TAG_BYTES


class AttachmentFolder:
    """Implements :class:`offline_queue.contract.AttachmentStore`: ``folder/<aa>/<digest>``.

    The constructor does no I/O. Safe from several threads and processes: one of them at a time adds or deletes.
    """

    def __init__(self, folder: Path, database: Database, suite: Suite = "standard", *, free: int = Quota.free) -> None:
        self.folder = folder
        self._database = database
        self._suite: Suite = suite
        self._free = free

    def add(self, name: str, content: bytes, media_type: str, *, now: float) -> Attachment:
        """Raises ``ValueError`` for one that is empty or larger than ``LARGEST``. What lies here damaged is mended."""
        check_size(content)
        digest = hashing.digest(content, self._suite)
        with self._alone():
            if self._is_whole(digest):
                with self._database.transaction() as transaction:
                    transaction.run("add_attachment_again", digest=digest, added=now)
            else:
                self._check_room(len(content))
                self._write(digest, content, now)
        return Attachment(name, digest, len(content), media_type)

    def read(self, digest: str, offset: int = 0, size: int = -1) -> bytes:
        """Raises ``UnknownMatter`` for one that is damaged, too: it is as good as gone."""
        row = self._known(digest)
        end = row["size"] if size < 0 else min(row["size"], offset + size)
        if offset >= end:
            return b""
        first = offset // SEGMENT
        try:
            content = self._content(digest, row, first, (end - 1) // SEGMENT)
        except BadSeal:
            log.error("attachment %s is damaged", digest[:12])
            raise UnknownMatter(digest) from None
        return content[offset - first * SEGMENT : end - first * SEGMENT]

    def offset(self, digest: str) -> int:
        """Raises ``UnknownMatter``."""
        return int(self._known(digest)["uploaded"])

    def uploaded(self, digest: str, offset: int) -> None:
        with self._database.transaction() as transaction:
            transaction.run("attachment_uploaded", digest=digest, uploaded=offset)

    def collect(self, *, now: float, orphans: float = 86400.0) -> int:
        with self._alone():
            with self._database.transaction() as transaction:
                rows = transaction.run("collect_attachments", before=now - orphans)
            self._remove(row["digest"] for row in rows)
        return len(rows)

    def delete(self, digests: Iterable[str]) -> None:
        with self._alone():
            with self._database.transaction() as transaction:
                rows = [row for digest in digests for row in transaction.run("delete_attachment", digest=digest)]
            self._remove(row["digest"] for row in rows)

    def tidy(self, *, now: float) -> int:
        """At start: what a kill or a damaged disk left half. Files without a row go, whole ones only after ``RUBBISH``
        seconds: their keys may lie in a damaged queue file that was set aside. Rows whose file is gone go too, and how
        many of these there were is returned."""
        with self._alone():
            rows = {row["digest"] for row in self._database.read("attachment_digests")}
            with in_plain_words():
                files = {path.name: path for path in self.folder.glob("*/*")}
                for name in files.keys() - rows:
                    if name.startswith(".") or files[name].stat().st_mtime < now - RUBBISH:
                        files[name].unlink(missing_ok=True)
            lost = rows - files.keys()
            if lost:
                with self._database.transaction() as transaction:
                    for digest in lost:
                        transaction.run("lose_attachment", digest=digest)
                log.error("attachments: %d files are gone from the disk", len(lost))
        return len(lost)

    def _write(self, digest: str, content: bytes, now: float) -> None:
        key = secrets.token_bytes(KEY_BYTES)
        cipher, size, path = Cipher(key, self._suite), len(content), self._path(digest)
        sealed = b"".join(
            cipher.seal(content[start : start + SEGMENT], _place(digest, size, number))
            for number, start in enumerate(range(0, size, SEGMENT))
        )
        with in_plain_words():
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700)
                sync_folder(self.folder)
            write_over(path, sealed)
        with self._database.transaction() as transaction:
            transaction.run("add_attachment", digest=digest, size=size, suite=self._suite, key=key, added=now)

    def _content(self, digest: str, row: Row, first: int, last: int) -> bytes:
        """Of these segments."""
        cipher, size = Cipher(row["key"], row["suite"]), row["size"]
        with in_plain_words():
            try:
                file = self._path(digest).open("rb")
            except FileNotFoundError:
                raise UnknownMatter(digest) from None
            with file:
                file.seek(first * (SEGMENT + _EXTRA))
                segments = [file.read(SEGMENT + _EXTRA) for _ in range(first, last + 1)]
        return b"".join(cipher.open(sealed, _place(digest, size, at)) for at, sealed in enumerate(segments, first))

    def _remove(self, digests: Iterable[str]) -> None:
        with in_plain_words():
            for digest in digests:
                self._path(digest).unlink(missing_ok=True)

    def _is_whole(self, digest: str) -> bool:
        try:
            self.read(digest)
        except UnknownMatter:
            return False
        return True

    def _known(self, digest: str) -> Row:
        row = self._row(digest)
        if row is None:
            raise UnknownMatter(digest)
        return row

    def _row(self, digest: str) -> Row | None:
        rows = self._database.read("attachment", digest=digest)
        return rows[0] if rows else None

    def _check_room(self, size: int) -> None:
        with in_plain_words():
            free = shutil.disk_usage(self.folder).free
        if free < self._free + size:
            raise QueueFull("Nothing more is taken, for the disk is nearly full: what was taken is safe")

    def _path(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest

    @contextmanager
    def _alone(self) -> Generator[None]:
        with in_plain_words():
            if not self.folder.exists():
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                sync_folder(self.folder.parent)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def check_size(content: bytes) -> None:
    """Raise ``ValueError`` for what cannot travel."""
    if not 0 < len(content) <= LARGEST:
        raise ValueError(f"an attachment of {len(content)} bytes: it must have some, and at most {LARGEST}")


def _place(digest: str, size: int, number: int) -> bytes:
    return f"kiosk-attachment-1\n{digest}\n{size}\n{number}".encode()
