"""The one immutable state of a journey. Everything about a citizen is in :class:`Session` and goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from drivers.contract import DeviceStatus
from drivers.errors import Who
from kiosk.catalogue.availability import QueueState
from kiosk.catalogue.items import Catalogue, Language, ServiceItem
from kiosk.identity.person import Person
from kiosk.journey.events import Paper
from kiosk.journey.timings import Timings

LEFT_CARD = "left-card"
"""Stands for the session while a forgotten card is watched."""

Outcome = Literal["", "filed", "refused", "queued"]
Ending = Literal["", "done", "cancelled", "timed_out"]
PaperState = Literal["waiting", "printing", "printed", "failed", "unknown", "later", "skipped"]


@dataclass(frozen=True, repr=False)
class Filing:
    """What became of the matter. ``outcome`` is empty until the centre spoke or the waiting time was over."""

    reference: str = ""
    saved_at: float = 0.0
    outcome: Outcome = ""
    number: str = ""
    rule: str = ""
    remedy: Mapping[str, str] = field(default_factory=dict[str, str])
    """By language."""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class PaperJob:
    paper: Paper
    state: PaperState = "waiting"
    attempt: int = 1
    fault: str = ""
    who: Who = Who.NOBODY

    def action_id(self, session: str) -> str:
        return f"{session}/{self.paper}/{self.attempt}"


@dataclass(frozen=True, repr=False)
class Session:
    """One citizen at the terminal, from the choice of a service to the empty screen."""

    id: str
    item: ServiceItem
    step: str = ""
    phase: str = ""
    deadline: float | None = None
    """When the session ends unless somebody does something; ``None`` while the machine works."""
    consents: tuple[str, ...] = ()
    face_allowed: bool = False
    person: Person | None = None
    age: int | None = None
    photo: bytes = b""
    card_there: bool = False
    verified_by: str = ""
    face_failures: int = 0
    guidance: str = ""
    pin: str = ""
    locked_seconds: int = 0
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    question: int = 0
    """Which of the form's questions is on the screen."""
    editing: bool = False
    """One answer is being changed; the next step is ``confirm`` again."""
    filing: Filing = field(default_factory=Filing)
    papers: tuple[PaperJob, ...] = ()
    ending: Ending = ""
    dialog: Literal["", "cancel", "card_taken", "help"] = ""
    problem: str = ""
    """Id of the text that tells what is wrong."""
    problem_who: Who = Who.NOBODY

    def to(self, phase: str, **changes: Any) -> "Session":
        """The same session in another phase; a former problem is over unless named again."""
        return replace(self, **{"phase": phase, "problem": "", "problem_who": Who.NOBODY, **changes})


@dataclass(frozen=True)
class Surroundings:
    """What is true whoever stands there."""

    catalogue: Catalogue | None = None
    devices: Mapping[str, DeviceStatus] = field(default_factory=dict[str, DeviceStatus])
    online: bool | None = None
    queue: QueueState = "accepting"
    vision: bool = True
    card_left: bool = False


@dataclass(frozen=True, repr=False)
class State:
    timings: Timings = field(default_factory=Timings)
    default_language: Language = "zh-Hans"
    language: Language = "zh-Hans"
    elder: bool = False
    next_session: str = ""
    around: Surroundings = field(default_factory=Surroundings)
    session: Session | None = None
    home_notice: str = ""
    """Id of a text the home screen shows once, such as why a service cannot be started."""
