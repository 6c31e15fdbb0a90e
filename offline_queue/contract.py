"""The queue of filed matters: what is in it survives every kill; nothing leaves it but with the centre's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from offline_queue.envelope import Envelope


class MatterState(StrEnum):
    QUEUED = "queued"
    IN_FLIGHT = "in_flight"
    FILED = "filed"
    REFUSED = "refused"
    PARKED = "parked"


FINAL = frozenset({MatterState.FILED, MatterState.REFUSED})


@dataclass(frozen=True, repr=False)
class NewMatter:
    """What the journey hands in; ``id`` is a UUIDv7 made at the first screen, so that a repeat is recognised."""

    id: str
    item: str
    item_version: int
    payload: Mapping[str, Any]
    consents: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Answer:
    """The centre's word on a matter: its own number and what it returned, or the rule and remedy of a refusal."""

    number: str = ""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    rule: str = ""
    remedy: str = ""


@dataclass(frozen=True, repr=False)
class Matter:
    envelope: Envelope
    state: MatterState
    attempts: int = 0
    not_before: float = 0.0
    error: str = ""
    answer: Answer = field(default_factory=Answer)


class UnknownMatter(KeyError):
    """No matter with this id is in the queue."""


class IllegalMove(ValueError):
    """The matter's state does not allow this move."""


class QueueUnavailable(Exception):
    """The queue file cannot be used now: disk full, read-only, damaged or the key is wrong."""


class Queue(Protocol):
    """All calls are durable on return, safe from several threads and processes, and raise ``QueueUnavailable``.

    ``now`` is seconds since 1970 as the caller's clock has it.
    """

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        """Store it as ``queued`` and number it; the same id again returns the first envelope."""
        ...

    def get(self, matter_id: str) -> Matter:
        """Raise ``UnknownMatter``."""
        ...

    def matters(self, *states: MatterState) -> list[Matter]:
        """In order of sequence; all states when none is given."""
        ...

    def counts(self) -> dict[MatterState, int]: ...

    def claim(self, limit: int, *, now: float) -> list[Matter]:
        """Move up to ``limit`` due matters to ``in_flight``, lowest sequence first."""
        ...

    def release_claims(self) -> int:
        """Put every ``in_flight`` matter back to ``queued``: called once when the only sender starts."""
        ...

    def filed(self, matter_id: str, answer: Answer) -> None: ...

    def refused(self, matter_id: str, answer: Answer) -> None: ...

    def retry(self, matter_id: str, *, not_before: float, error: str) -> None: ...

    def park(self, matter_id: str, *, error: str) -> None: ...

    def wipe(self, matter_id: str) -> None:
        """Forget payload and result of a final matter; number, state and reference stay."""
        ...

    def save_draft(self, session: str, content: bytes) -> None:
        """Keep the one journey in progress, encrypted; replaces what was there."""
        ...

    def load_draft(self) -> tuple[str, bytes] | None: ...

    def drop_draft(self) -> None: ...

    def begin_print(self, action_id: str) -> str:
        """Write ahead that a print starts; returns the outcome already known for this id, else ``""``.

        An id begun and never ended (the process died) reads ``unknown``.
        """
        ...

    def end_print(self, action_id: str, outcome: str) -> None: ...

    def close(self) -> None: ...
