"""What the centre says to a batch, as ``docs/sync-protocol.md`` has it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

Outcome = Literal["filed", "refused", "later", "rejected"]
_NOTHING: Final[Mapping[str, Any]] = {}


class Reply(NamedTuple):
    """One line of the answer."""

    outcome: Outcome
    id: str = ""
    """Empty when the envelope could not be read."""
    number: str = ""
    result: Mapping[str, Any] = _NOTHING
    rule: str = ""
    remedy: Mapping[str, str] = _NOTHING
    """Text by language."""
    retry_after: float = 0.0
    """Seconds."""
    missing: tuple[str, ...] = ()
    """Digests of attachments."""
    position: int = 0
    """In the batch, from 0."""
    detail: str = ""
    """For technicians; nothing personal."""

    def __repr__(self) -> str:
        return f"<Reply {self.outcome}>"

    def as_json(self) -> dict[str, Any]:
        head = {"id": self.id, "outcome": self.outcome}
        match self.outcome:
            case "filed":
                return head | {"number": self.number, "result": self.result}
            case "refused":
                return head | {"rule": self.rule, "remedy": self.remedy}
            case "later":
                return head | {"retry_after": self.retry_after, "missing": self.missing}
            case "rejected":
                return head | {"position": self.position, "detail": self.detail}


@dataclass(frozen=True, repr=False)
class Answers:
    """To all of a batch, in its order, and how many matters of ``epoch`` were ever spoken on."""

    epoch: int
    settled: int
    replies: tuple[Reply, ...]

    def as_json(self) -> dict[str, Any]:
        settled = {"epoch": self.epoch, "count": self.settled}
        return {"settled": settled, "answers": [reply.as_json() for reply in self.replies]}
