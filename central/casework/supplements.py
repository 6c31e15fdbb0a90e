"""What departments wanted besides, as it comes in a batch. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from central.casework.case import Case, State
from central.rules import Refusal
from offline_queue.envelope import Envelope


@dataclass
class Supplements:
    cases: Mapping[str, Case] = field(default_factory=dict[str, Case])
    """That supplements of the batch name, by reference; held until the transaction ends."""
    taken: dict[tuple[str, str], Case] = field(default_factory=dict[tuple[str, str], Case])
    """By terminal and id of the matter that brings it."""

    def take(self, envelope: Envelope, person: str | None) -> None:
        """Raises :class:`Refusal` unless a case of this person waits for it."""
        case = self.cases.get(reference_in(envelope.payload))
        if case is None or person is None or case.person != person:
            raise Refusal("unknown_case")
        if case.state != State.SUPPLEMENT_WANTED or case in self.taken.values():
            raise Refusal("nothing_wanted")
        self.taken[envelope.terminal, envelope.id] = case


def reference_in(payload: Mapping[str, Any]) -> str:
    """Of the matter that a supplement is for; empty when it names none."""
    reference = payload.get("reference")
    return reference if isinstance(reference, str) else ""
