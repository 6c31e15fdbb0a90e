"""Pages that travel ahead of their matter: in pieces, on from where the centre has them."""

from collections.abc import Iterable, Iterator
from typing import Final

from offline_queue.contract import AttachmentStore, UnknownMatter
from offline_queue.envelope import Attachment, Envelope
from offline_queue.hashing import Suite
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import Transport, TransportFailed

PIECE: Final = 256 << 10
"""Bytes: a few seconds on a slow line, so that little is sent again after a cut."""
_SETBACKS: Final = 3
"""How often the centre may want bytes again that it had, before this is left for later."""


class AttachmentLost(Exception):
    """A page of the matter is not on this machine any more: restore the file and release the matter, or export it."""


class Uploader:
    """Both methods that write raise ``QueueUnavailable``."""

    def __init__(self, store: AttachmentStore, transport: Transport) -> None:
        self._store = store
        self._transport = transport

    def needed(self, envelope: Envelope) -> bool:
        return any(self._offset(file) < file.size for file in envelope.attachments)

    def upload(self, envelope: Envelope) -> Iterator[None]:
        """A step for each piece: whoever takes no more of them leaves the rest for another time. Raises
        :class:`AttachmentLost`, :class:`TransportFailed`; what was sent until then need not be sent again."""
        for file in envelope.attachments:
            if self._offset(file) < file.size:
                try:
                    yield from self._upload(file, envelope.suite)
                except UnknownMatter:
                    raise AttachmentLost(f"attachment {file.digest[:12]} is not on this machine any more") from None

    def again(self, digests: Iterable[str]) -> None:
        """The centre does not have these, whatever it said before."""
        for digest in digests:
            self._store.uploaded(digest, 0)

    def _offset(self, file: Attachment) -> int:
        try:
            return self._store.offset(file.digest)
        except UnknownMatter:
            return 0

    def _upload(self, file: Attachment, suite: Suite) -> Iterator[None]:
        known = self._transport.progress(file.digest, suite)
        offset, complete, setbacks = known.offset, known.complete, 0
        while not complete:
            piece = self._store.read(file.digest, offset, PIECE)
            wanted = self._transport.upload(file.digest, offset, piece, file.size, suite)
            setbacks += wanted <= offset
            if setbacks > _SETBACKS:
                raise TransportFailed(Failure(FailureKind.SERVER, f"upload stays at {wanted} of {file.size} bytes"))
            offset, complete = wanted, wanted >= file.size
            self._store.uploaded(file.digest, min(offset, file.size))
            yield
        self._store.uploaded(file.digest, file.size)


class NoAttachments:
    """Implements :class:`AttachmentStore` where there are none: whatever is asked for is not here."""

    def add(self, name: str, content: bytes, media_type: str, *, now: float) -> Attachment:  # noqa: ARG002
        raise UnknownMatter(name)

    def read(self, digest: str, offset: int = 0, size: int = -1) -> bytes:  # noqa: ARG002
        raise UnknownMatter(digest)

    def offset(self, digest: str) -> int:
        raise UnknownMatter(digest)

    def uploaded(self, digest: str, offset: int) -> None:
        """There is nothing to note it for."""

    def collect(self, *, now: float, orphans: float = 86400.0) -> int:  # noqa: ARG002
        return 0

    def delete(self, digests: Iterable[str]) -> None:
        """Nothing is here to be deleted."""
