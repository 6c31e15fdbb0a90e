"""Attachments in memory: the same behaviour as those on disk, for tests and for trying things out."""

from collections.abc import Iterable
from dataclasses import dataclass

from offline_queue import hashing
from offline_queue.attachments import check_size
from offline_queue.contract import WAITING, Queue, UnknownMatter
from offline_queue.envelope import Attachment
from offline_queue.hashing import Suite


@dataclass
class _File:
    content: bytes
    added: float
    before: int
    """Sequence of the last matter that was there when it was added: a later one may have taken it."""
    uploaded: int = 0


class MemoryAttachments:
    """Implements :class:`offline_queue.contract.AttachmentStore` for the matters of ``queue``, but for durability."""

    def __init__(self, queue: Queue, suite: Suite = "standard") -> None:
        self._queue = queue
        self._suite: Suite = suite
        self._files: dict[str, _File] = {}

    def add(self, name: str, content: bytes, media_type: str, *, now: float) -> Attachment:
        """Raises ``ValueError`` for one that is empty or too large."""
        check_size(content)
        digest = hashing.digest(content, self._suite)
        seqs = [matter.envelope.seq for matter in self._queue.matters()]
        uploaded = self._files[digest].uploaded if digest in self._files else 0
        self._files[digest] = _File(content, now, max(seqs, default=0), uploaded)
        return Attachment(name, digest, len(content), media_type)

    def read(self, digest: str, offset: int = 0, size: int = -1) -> bytes:
        content = self._known(digest).content
        return content[offset:] if size < 0 else content[offset : offset + size]

    def offset(self, digest: str) -> int:
        return self._known(digest).uploaded

    def uploaded(self, digest: str, offset: int) -> None:
        if digest in self._files:
            self._files[digest].uploaded = offset

    def collect(self, *, now: float, orphans: float = 86400.0) -> int:
        done = [
            digest
            for digest, file in self._files.items()
            if not self._is_needed(digest) and (self._was_taken(digest, file) or file.added < now - orphans)
        ]
        for digest in done:
            del self._files[digest]
        return len(done)

    def delete(self, digests: Iterable[str]) -> None:
        for digest in digests:
            if not self._is_needed(digest):
                self._files.pop(digest, None)

    def _is_needed(self, digest: str) -> bool:
        waiting = self._queue.matters(*WAITING)
        return any(file.digest == digest for matter in waiting for file in matter.envelope.attachments)

    def _was_taken(self, digest: str, file: _File) -> bool:
        later = [matter.envelope for matter in self._queue.matters() if matter.envelope.seq > file.before]
        return any(attached.digest == digest for envelope in later for attached in envelope.attachments)

    def _known(self, digest: str) -> _File:
        if digest not in self._files:
            raise UnknownMatter(digest)
        return self._files[digest]
