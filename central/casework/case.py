"""A case: what a department does with a matter. Its states and the moves between them are one table. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final


class State(StrEnum):
    RECEIVED = "received"
    IN_REVIEW = "in_review"
    SUPPLEMENT_WANTED = "supplement_wanted"
    APPROVED = "approved"
    REFUSED = "refused"
    READY = "ready_for_collection"
    COLLECTED = "collected"
    UNCOLLECTED = "uncollected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Move(StrEnum):
    CLAIM = "claim"
    RELEASE = "release"
    ASK = "ask_supplement"
    SUPPLEMENT = "supplement"
    APPROVE = "approve"
    REFUSE = "refuse"
    MAKE_READY = "make_ready"
    COLLECT = "collect"
    EXPIRE = "expire"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class Actor(StrEnum):
    CLERK = "clerk"
    CITIZEN = "citizen"
    CLOCK = "clock"


class Alarm(IntEnum):
    """How loudly a case calls; it only ever rises until somebody moves the case."""

    NONE = 0
    SOON = 1
    """The promised day is near."""
    OVERDUE = 2
    """The promised day has passed; where the citizen has to do something, hers."""
    UNLAWFUL = 3
    """The day of the law has passed."""


# Whatever is not in this table cannot happen. A clerk's move of a case under review asks for its claim first.
MOVES: Final[Mapping[tuple[State, Move], State]] = {
    (State.RECEIVED, Move.CLAIM): State.IN_REVIEW,
    (State.RECEIVED, Move.WITHDRAW): State.WITHDRAWN,
    (State.IN_REVIEW, Move.CLAIM): State.IN_REVIEW,
    (State.IN_REVIEW, Move.RELEASE): State.IN_REVIEW,
    (State.IN_REVIEW, Move.ASK): State.SUPPLEMENT_WANTED,
    (State.IN_REVIEW, Move.APPROVE): State.APPROVED,
    (State.IN_REVIEW, Move.REFUSE): State.REFUSED,
    (State.IN_REVIEW, Move.WITHDRAW): State.WITHDRAWN,
    (State.SUPPLEMENT_WANTED, Move.SUPPLEMENT): State.IN_REVIEW,
    (State.SUPPLEMENT_WANTED, Move.REFUSE): State.REFUSED,
    (State.SUPPLEMENT_WANTED, Move.CLAIM): State.SUPPLEMENT_WANTED,
    (State.SUPPLEMENT_WANTED, Move.RELEASE): State.SUPPLEMENT_WANTED,
    (State.SUPPLEMENT_WANTED, Move.WITHDRAW): State.WITHDRAWN,
    (State.APPROVED, Move.MAKE_READY): State.READY,
    (State.APPROVED, Move.CLOSE): State.CLOSED,
    (State.REFUSED, Move.MAKE_READY): State.READY,
    (State.REFUSED, Move.CLOSE): State.CLOSED,
    (State.READY, Move.COLLECT): State.COLLECTED,
    (State.READY, Move.EXPIRE): State.UNCOLLECTED,
    (State.UNCOLLECTED, Move.COLLECT): State.COLLECTED,
    (State.UNCOLLECTED, Move.CLOSE): State.CLOSED,
    (State.COLLECTED, Move.CLOSE): State.CLOSED,
}
ACTORS: Final[Mapping[Move, frozenset[Actor]]] = {
    Move.CLAIM: frozenset({Actor.CLERK}),
    Move.RELEASE: frozenset({Actor.CLERK}),
    Move.ASK: frozenset({Actor.CLERK}),
    Move.SUPPLEMENT: frozenset({Actor.CITIZEN}),
    Move.APPROVE: frozenset({Actor.CLERK}),
    Move.REFUSE: frozenset({Actor.CLERK}),
    Move.MAKE_READY: frozenset({Actor.CLERK}),
    Move.COLLECT: frozenset({Actor.CITIZEN, Actor.CLERK}),
    Move.EXPIRE: frozenset({Actor.CLOCK}),
    Move.CLOSE: frozenset({Actor.CLOCK}),
    Move.WITHDRAW: frozenset({Actor.CITIZEN}),
}
WITH_CLAIM: Final = frozenset({Move.RELEASE, Move.ASK, Move.APPROVE, Move.REFUSE})
WITH_REASON: Final = frozenset({Move.ASK, Move.REFUSE})
AT_WORK: Final = frozenset({State.RECEIVED, State.IN_REVIEW})
"""The department's clock runs."""
LAST: Final = frozenset({State.WITHDRAWN, State.CLOSED})
DECIDED: Final = frozenset({State.APPROVED, State.REFUSED, State.READY, State.COLLECTED, State.UNCOLLECTED})


@dataclass(frozen=True, repr=False)
class Case:
    """As it is kept; its fields are the columns of ``department_case``. Times are seconds since 1970."""

    terminal: str
    id: str
    """Of the matter."""
    reference: str
    """As on the receipt: a cloned disk gives it out twice."""
    number: str
    """Of acceptance: nobody else's."""
    item: str
    department: str
    person: str | None
    """Keyed hash of the citizen's number."""
    filed_at: float
    state: State
    version: int
    """Counts the moves; who writes says which one she has seen."""
    promised_at: float
    legal_at: float
    promised_left: int | None = None
    """Working days; while the citizen has to supplement, the department's clock stands."""
    legal_left: int | None = None
    clerk: str | None = None
    """Whoever has claimed it."""
    verdict: str = ""
    """``approved``, ``refused`` or not yet."""
    reason: str = ""
    """Of the table of reasons: why it was refused, or a supplement is wanted."""
    missing: tuple[str, ...] = ()
    until_at: float | None = None
    """How long the citizen has to supplement or collect; after that, when it is closed."""
    hall: str = ""
    collection: str = ""
    """The number to collect with: short, good in this hall."""
    alarm: Alarm = Alarm.NONE
    next_at: float | None = None
    """When the clock has something to do with it."""
    moved_at: float = 0.0

    def __repr__(self) -> str:
        return f"<Case {self.reference} {self.state} {self.version}>"

    @property
    def place(self) -> tuple[str, str]:
        return self.terminal, self.id


@dataclass(frozen=True)
class Step:
    """What somebody wants to do."""

    move: Move
    actor: Actor
    clerk: str = ""
    reason: str = ""
    missing: tuple[str, ...] = ()
    hall: str = ""
    collection: str = ""
