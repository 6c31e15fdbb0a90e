"""Attachments in an object store that speaks S3: each piece is an object until all are here, then they are one.

    PREFIX/unfinished/<terminal>/<digest>/<offset>-<length>     a record
    PREFIX/<terminal>/<aa>/<digest>                             one record of the whole content

All that is asked of the store: an object is there whole or not at all, it lasts once its writing is answered, and a
listing tells what was answered before. Nothing is locked: of pieces that two workers put at one offset the longest
counts, so that what was acknowledged stays. Should their contents differ, the whole does not have its digest and begins
again.
"""

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import s3fs
from botocore.exceptions import BotoCoreError, ClientError

from central.attachments import records
from central.attachments.contract import (
    KEPT_UNFINISHED,
    MOST_UNFINISHED,
    Progress,
    StoreUnavailable,
    TooMuch,
    WrongDigest,
    WrongOffset,
    check_length,
)
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from offline_queue.hashing import Suite
from offline_queue.suites import Cipher

_SECONDS: Final = 5
"""To connect, and for each part of an answer: a terminal waits ten."""


def s3() -> Any:
    """As the environment has it. What a listing said is not kept: another worker may have added to it."""
    return s3fs.S3FileSystem(
        endpoint_url=os.environ.get("AWS_ENDPOINT_URL"),
        use_listings_cache=False,
        skip_instance_cache=True,
        config_kwargs={"connect_timeout": _SECONDS, "read_timeout": _SECONDS, "retries": {"total_max_attempts": 2}},
    )


@dataclass(frozen=True)
class _Piece:
    path: str
    size: int
    """Bytes of the object."""
    written: float
    """Seconds since 1970, by the store's clock."""

    @property
    def upload(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def offset(self) -> int:
        return int(self.path.rpartition("/")[2].partition("-")[0])

    @property
    def length(self) -> int:
        return int(self.path.rpartition("-")[2])

    @property
    def end(self) -> int:
        return self.offset + self.length


class AttachmentObjects:
    """Implements :class:`central.attachments.contract.AttachmentStore`."""

    def __init__(self, system: Any, place: str, key: bytes) -> None:
        """``system`` is one of fsspec, ``place`` ``BUCKET/PREFIX``."""
        self._system = system
        self._place = place.rstrip("/")
        self._key = key

    def progress(self, terminal: str, digest: str) -> Progress:
        with _reached():
            return self._known(terminal, digest)[0]

    def missing(self, terminal: str, digests: Iterable[str]) -> list[str]:
        with _reached():
            return [digest for digest in digests if self._size(self._whole(terminal, digest)) is None]

    def read(self, terminal: str, digest: str) -> bytes:
        with _reached():
            path = self._whole(terminal, digest)
            sealed = None if self._size(path) is None else self._system.cat_file(path)
        if sealed is None:
            raise FileNotFoundError(digest)
        return b"".join(records.pieces(self._cipher(terminal, digest), sealed))

    def append(self, terminal: str, digest: str, suite: Suite, piece: bytes, offset: int, length: int) -> Progress:
        check_length(piece, offset, length)
        with _reached():
            known, begun = self._known(terminal, digest)
            if known.offset != offset or (known.complete and piece):
                raise WrongOffset(known.offset)
            end = offset + len(piece)
            if not known.complete and end < length:
                self._add(terminal, digest, piece, offset, begun)
            elif not known.complete:
                self._finish(terminal, digest, suite, _row(digest, begun), piece)
        return Progress(end, end == length)

    def sweep(self, now: float, kept: float = KEPT_UNFINISHED) -> int:
        with _reached():
            uploads = groupby(self._pieces(""), lambda piece: piece.upload)
            begun = {upload: max(piece.written for piece in pieces) for upload, pieces in uploads}
            old = [upload for upload, written in begun.items() if written < now - kept]
            for upload in old:
                self._system.rm(upload, recursive=True)
        return len(old)

    def _known(self, terminal: str, digest: str) -> tuple[Progress, Sequence[_Piece]]:
        """And the pieces of all that is unfinished of this terminal, as far as they matter."""
        size = self._size(self._whole(terminal, digest))
        if size is not None:
            return Progress(max(0, size - records.OVERHEAD), complete=True), ()
        begun = self._pieces(f"{terminal}/")
        row = _row(digest, begun)
        return Progress(row[-1].end if row else 0, complete=False), begun

    def _add(self, terminal: str, digest: str, piece: bytes, offset: int, begun: Iterable[_Piece]) -> None:
        if sum(one.size for one in begun) + len(piece) > MOST_UNFINISHED:
            raise TooMuch
        if piece:
            path = f"{self._place}/unfinished/{terminal}/{digest}/{offset:010d}-{len(piece)}"
            self._system.pipe_file(path, records.seal(self._cipher(terminal, digest), piece, offset))

    def _finish(self, terminal: str, digest: str, suite: Suite, before: Sequence[_Piece], last: bytes) -> None:
        cipher = self._cipher(terminal, digest)
        sealed = b"".join(self._system.cat_file(piece.path) for piece in before)
        try:
            content = b"".join([*records.pieces(cipher, sealed), last])
        except BadSeal:  # with another key, or damaged
            content = b""
        is_right = hashing.digest(content, suite) == digest
        if is_right:
            whole = records.seal(cipher, content, 0) if content else b""
            self._system.pipe_file(self._whole(terminal, digest), whole)
        with suppress(FileNotFoundError):  # there was only this piece, or another worker was quicker
            self._system.rm(f"{self._place}/unfinished/{terminal}/{digest}", recursive=True)
        if not is_right:
            raise WrongDigest

    def _pieces(self, below: str) -> list[_Piece]:
        """In the order of their names."""
        found = self._system.find(f"{self._place}/unfinished/{below}", detail=True)
        return [
            _Piece(path, info["size"], info["LastModified"].timestamp())
            for path, info in sorted(found.items())
            if info["type"] == "file"
        ]

    def _size(self, path: str) -> int | None:
        try:
            return self._system.info(path)["size"]
        except FileNotFoundError:
            return None

    def _whole(self, terminal: str, digest: str) -> str:
        return f"{self._place}/{terminal}/{digest[:2]}/{digest}"

    def _cipher(self, terminal: str, digest: str) -> Cipher:
        return records.cipher_of(self._key, terminal, digest)


def _row(digest: str, pieces: Iterable[_Piece]) -> list[_Piece]:
    """Of this upload, from its beginning on, each where the one before it ends."""
    mine = (piece for piece in pieces if piece.upload.endswith(digest))
    longest = {piece.offset: piece for piece in sorted(mine, key=lambda piece: piece.length)}
    row: list[_Piece] = []
    while found := longest.get(row[-1].end if row else 0):
        row.append(found)
    return row


@contextmanager
def _reached() -> Generator[None]:
    try:
        yield
    except (OSError, BotoCoreError, ClientError) as error:
        raise StoreUnavailable(f"object store: {type(error).__name__}") from error
