"""The way to the centre as the sync needs it, and what comes back on it. See ``docs/sync-protocol.md``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from offline_queue.contract import Answer, Receipt
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite
from offline_queue.pace import LARGEST_COUNT
from offline_queue.retry import Failure

RECEIPTS_AT_ONCE = 1000


class TransportFailed(Exception):
    """There was no answer to what was asked. Whether the centre has seen it is unknown."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}")
        self.failure = failure


@dataclass(frozen=True, repr=False)
class Verdict:
    """The centre's word on one envelope."""

    id: str
    outcome: Literal["filed", "refused", "later", "rejected"]
    """``later``: keep it, ask again. ``rejected``: no envelope that the centre can read, now or ever."""
    answer: Answer = field(default_factory=Answer)
    retry_after: float = 0.0
    """Seconds."""
    missing: tuple[str, ...] = ()
    """Digests of attachments the centre does not have."""
    detail: str = ""
    """Why it was rejected, for technicians."""


@dataclass(frozen=True, repr=False)
class Answered:
    verdicts: tuple[Verdict, ...]
    limit: int = LARGEST_COUNT
    """Envelopes the centre wants at most in the next request."""
    seconds: float = 0.0
    """How long it took."""


@dataclass(frozen=True)
class Progress:
    """How much of an attachment the centre has."""

    offset: int
    complete: bool


@dataclass(frozen=True)
class Standing:
    """How the centre sees this terminal."""

    epoch: int
    settled: int
    """Matters of that epoch it has spoken on."""
    not_after: float
    """When the terminal's certificate ends, in seconds since 1970."""
    skew: float = 0.0
    """Seconds by which the terminal's wall clock is ahead of the centre's."""


@dataclass(frozen=True, repr=False)
class Copy:
    """A settled matter that the centre lost, sealed so that only the centre can read it."""

    id: str
    digest: str
    sealed: bytes


class Transport(Protocol):
    """All methods raise :class:`TransportFailed`, and may be called again with the same arguments: one effect."""

    def submit(self, envelopes: Sequence[Envelope]) -> Answered: ...

    def progress(self, digest: str, suite: Suite) -> Progress: ...

    def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:
        """Hand in the bytes of an attachment (``length`` bytes in all) from ``offset`` on. Returns where the centre
        wants the next ones from: it need not be behind these."""
        ...

    def standing(self, epoch: int | None = None) -> Standing:
        """Of one epoch, else of the newest."""
        ...

    def unknown(self, receipts: Sequence[Receipt]) -> frozenset[str]:
        """Which of them the centre does not know, by id. At most ``RECEIPTS_AT_ONCE``."""
        ...

    def restore(self, copies: Sequence[Copy]) -> Mapping[str, Verdict]:
        """By id."""
        ...
