"""An attachment, and its upload."""

from typing import Final

from central.attachments.contract import AttachmentStore, Progress
from offline_queue import hashing
from tests.central.helpers import CANARY, TERMINAL

KEY: Final = bytes(range(32))
CONTENT: Final = CANARY.encode() * 100
DIGEST: Final = hashing.digest(CONTENT)


def put(store: AttachmentStore, content: bytes, piece: int, digest: str = "") -> Progress:
    """All of ``content`` from where the store is."""
    digest = digest or hashing.digest(content)
    while True:
        start = store.progress(TERMINAL, digest).offset
        made = store.append(TERMINAL, digest, "standard", content[start : start + piece], start, len(content))
        if made.complete:
            return made
