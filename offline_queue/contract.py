"""The queue of filed matters: what is in it survives every kill; nothing leaves it but with the centre's word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol

from offline_queue import envelope as wire
from offline_queue.envelope import Attachment, Envelope


class MatterState(StrEnum):
    DRAFT = "draft"
    """A journey in progress: not numbered, not filed; it goes on, or expires."""
    QUEUED = "queued"
    IN_FLIGHT = "in_flight"
    FILED = "filed"
    REFUSED = "refused"
    PARKED = "parked"


FINAL = frozenset({MatterState.FILED, MatterState.REFUSED})
WAITING = frozenset({MatterState.QUEUED, MatterState.IN_FLIGHT, MatterState.PARKED})
"""The centre has not spoken yet."""


@dataclass(frozen=True, repr=False)
class NewMatter:
    """What the journey hands in; ``id`` is a UUIDv7 made at the first screen, so that a repeat is recognised."""

    id: str
    item: str
    item_version: int
    payload: Mapping[str, Any]
    consents: tuple[str, ...] = ()
    case: str = ""
    """Matters of one case reach the centre in their order; empty: a case of its own."""
    attachments: tuple[Attachment, ...] = ()
    """As :meth:`AttachmentStore.add` returned them."""
    at_once: bool = False
    """Its service is offered only while the centre is there: it does not wait, and only the disk's floor refuses it."""


@dataclass(frozen=True, repr=False)
class Answer:
    """The centre's word on a matter: its own number and what it returned, or the rule and remedy of a refusal."""

    number: str = ""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rule: str = ""
    remedy: Mapping[str, str] = field(default_factory=dict[str, str])
    """By language."""


@dataclass(frozen=True, repr=False)
class Matter:
    envelope: Envelope
    """``payload`` is empty once wiped."""
    state: MatterState
    attempts: int = 0
    not_before: float = 0.0
    error: str = ""
    answer: Answer = field(default_factory=Answer)

    @property
    def place(self) -> int:
        """Its place among the matters of all epochs."""
        return wire.place(self.envelope.epoch, self.envelope.seq)


@dataclass(frozen=True, repr=False)
class Outcome:
    """What becomes of a matter that was sent."""

    id: str
    state: MatterState
    """``FILED`` or ``REFUSED`` by the centre's word; else ``QUEUED`` for another try, or ``PARKED`` for a person."""
    answer: Answer = field(default_factory=Answer)
    not_before: float = 0.0
    error: str = ""
    keep: bytes = b""
    """Envelope and answer, sealed so that only the centre can read them: for a centre that loses what it filed."""
    wipe: bool = False
    """Forget payload and result in the same breath."""


@dataclass(frozen=True)
class Receipt:
    """The centre's word on a matter, as it is kept after everything personal is gone."""

    id: str
    epoch: int
    seq: int
    digest: str
    state: MatterState
    settled: float
    """When, in seconds since 1970 by the terminal's clock."""
    kept: bool
    """Whether a sealed copy is still here."""


@dataclass(frozen=True, repr=False)
class Draft:
    session: str
    content: bytes
    saved: float
    """Seconds since 1970."""


EffectKind = Literal["print", "charge"]


@dataclass(frozen=True)
class Quota:
    """What the queue may hold before it takes nothing more. It never drops anything."""

    count: int = 20_000
    """Matters that wait."""
    size: int = 2 << 30
    """Bytes of waiting matters and their attachments."""
    age: float = 30 * 86400.0
    """Seconds the oldest may have waited."""
    free: int = 64 << 20
    """Bytes that stay free on the disk, so that what was taken can be settled: 32 MiB at least, for log and file."""


@dataclass(frozen=True)
class Room:
    """Whether the queue takes another matter."""

    waiting: int
    size: int
    oldest: float | None
    """When the oldest waiting matter was created."""
    free: int
    full: Literal["", "count", "size", "age", "disk"] = ""
    """Which quota is used up."""


class UnknownMatter(KeyError):
    """No matter with this id is in the queue."""


class IllegalMove(ValueError):
    """The matter's state does not allow this move."""


class QueueUnavailable(Exception):
    """The queue file cannot be used now: disk full, read-only, damaged or the key is wrong."""


class QueueFull(QueueUnavailable):
    """A quota is used up: nothing more is taken until matters are sent or room is made. What was taken is safe."""


class Queue(Protocol):
    """All calls are durable on return, safe from several threads and processes, and raise ``QueueUnavailable``.

    ``now`` is seconds since 1970 as the caller's clock has it. Threads that write at the same time share one write to
    the disk.
    """

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        """Store it as ``queued`` and number it; the same id again returns the first envelope. Raises ``QueueFull``,
        and ``ValueError`` or ``TypeError`` for a payload that JSON cannot say."""
        ...

    def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
        """All or none, in this order."""
        ...

    def room(self, *, now: float) -> Room: ...

    def get(self, matter_id: str) -> Matter:
        """Raise ``UnknownMatter``."""
        ...

    def matters(self, *states: MatterState, after: int = 0, limit: int | None = None) -> list[Matter]:
        """In order of their places, from beyond the place ``after``; all states when none is given."""
        ...

    def counts(self) -> dict[MatterState, int]:
        """Of every state, ``DRAFT`` too."""
        ...

    def claim(self, limit: int, *, now: float, first: str = "") -> list[Matter]:
        """Move up to ``limit`` due matters to ``in_flight``: the one named ``first`` if it is due, then the lowest
        sequence. A matter waits for every earlier one of its case, parked ones too."""
        ...

    def release_claims(self) -> int:
        """Put every ``in_flight`` matter back to ``queued``: called once when the only sender starts."""
        ...

    def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        """All or none. Raises ``UnknownMatter``, ``IllegalMove``."""
        ...

    def release(self, matter_id: str) -> None:
        """Let a parked matter, or one that waits for its time, be tried at once."""
        ...

    def park(self, matter_id: str, *, error: str) -> None:
        """Hold a queued matter back until a person releases it."""
        ...

    def wipe(self, matter_id: str) -> None:
        """Forget payload and result of a final matter; number, state, digest and reference stay."""
        ...

    # --- what was settled, for a centre that lost it ---------------------------------------------------------------

    def epochs(self) -> list[int]:
        """Those in which the centre has spoken on matters, in order."""
        ...

    def settled_count(self, epoch: int) -> int:
        """How many matters of that epoch the centre has spoken on, ever."""
        ...

    def receipts(self, epoch: int, *, after: int = 0, limit: int = 1000) -> list[Receipt]:
        """In order of sequence, from beyond ``after``."""
        ...

    def kept(self, matter_id: str) -> bytes:
        """The sealed copy; ``b""`` when it is no longer kept. Raises ``UnknownMatter``."""
        ...

    def forget_kept(self, before: float) -> int:
        """Forget sealed copies of what was settled before that time; how many."""
        ...

    # --- the journey in progress -------------------------------------------------------------------------------

    def save_draft(self, session: str, content: bytes, *, now: float) -> None:
        """Keep the one journey in progress, encrypted; replaces what was there."""
        ...

    def load_draft(self) -> Draft | None: ...

    def drop_draft(self) -> None: ...

    # --- effects on the world that cannot be taken back --------------------------------------------------------

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        """Write ahead that it starts; returns the outcome already known for this id, else ``""``.

        An id begun and never ended (the process died) reads ``unknown``.
        """
        ...

    def end_effect(self, action_id: str, outcome: str) -> None: ...

    def close(self) -> None: ...


class AttachmentStore(Protocol):
    """Files that travel with matters: encrypted on the disk, found by their digest, durable on return.

    Raises ``QueueUnavailable``; ``QueueFull`` at the disk's floor.
    """

    def add(self, name: str, content: bytes, media_type: str, *, now: float) -> Attachment:
        """The same content again is kept once."""
        ...

    def read(self, digest: str, offset: int = 0, size: int = -1) -> bytes:
        """Raises ``UnknownMatter`` for a file that is not here (any more)."""
        ...

    def offset(self, digest: str) -> int:
        """How much of it the centre has, as far as is known here."""
        ...

    def uploaded(self, digest: str, offset: int) -> None: ...

    def collect(self, *, now: float, orphans: float = 86400.0) -> int:
        """Delete files of which every matter is filed or refused, and those that no matter took within ``orphans``
        seconds; how many."""
        ...

    def delete(self, digests: Iterable[str]) -> None:
        """Those of a journey that was cancelled; what a waiting matter needs stays."""
        ...
