"""Everything that can happen to a journey. Frozen values; who raises them is the runner's business."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from drivers.contract import DeviceStatus, PrintResult
from drivers.errors import Who
from drivers.id_card.contract import IdCard
from kiosk.catalogue.availability import QueueState
from kiosk.catalogue.items import Catalogue, Language
from offline_queue.contract import Matter

Paper = Literal["certificate", "receipt"]


@dataclass(frozen=True)
class Event:
    """Base of all events."""


# --- the citizen (any of these proves that somebody is there) ------------------------------------------------------


@dataclass(frozen=True)
class CitizenEvent(Event):
    """Something a person did on the screen."""


@dataclass(frozen=True)
class ChooseService(CitizenEvent):
    code: str


@dataclass(frozen=True)
class Agree(CitizenEvent):
    """Consent to the notice; ``face`` tells whether the face may be used."""

    face: bool


@dataclass(frozen=True)
class AnswerField(CitizenEvent):
    name: str
    value: str


@dataclass(frozen=True)
class EditField(CitizenEvent):
    name: str


@dataclass(frozen=True)
class Proceed(CitizenEvent):
    """The screen's main action: confirm, go on, done."""


@dataclass(frozen=True)
class GoBack(CitizenEvent):
    pass


@dataclass(frozen=True)
class TryAgain(CitizenEvent):
    pass


@dataclass(frozen=True)
class OtherWay(CitizenEvent):
    """Not by face: ask staff to confirm the person."""


@dataclass(frozen=True)
class PaperArrived(CitizenEvent):
    """The citizen says that the paper of unknown outcome is there."""


@dataclass(frozen=True)
class SkipPaper(CitizenEvent):
    """Go on without the paper; it can be collected later."""


@dataclass(frozen=True)
class RateService(CitizenEvent):
    stars: Literal[1, 2, 3, 4, 5]


@dataclass(frozen=True)
class AskCancel(CitizenEvent):
    pass


@dataclass(frozen=True)
class ConfirmCancel(CitizenEvent):
    pass


@dataclass(frozen=True)
class StayHere(CitizenEvent):
    """Close the dialog and go on; also "I need more time"."""


@dataclass(frozen=True)
class CallHelp(CitizenEvent):
    pass


@dataclass(frozen=True)
class ChooseLanguage(CitizenEvent):
    language: Language


@dataclass(frozen=True)
class ToggleElder(CitizenEvent):
    pass


@dataclass(frozen=True, repr=False)
class PinKey(CitizenEvent):
    """``0`` to ``9``, ``clear`` or ``enter``."""

    key: str


# --- time, devices, network ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tick(Event):
    """About once a second."""


@dataclass(frozen=True)
class FreshSession(Event):
    """A new unused session id (UUIDv7): the idempotency key of whatever the next citizen files."""

    session: str


@dataclass(frozen=True)
class CatalogueLoaded(Event):
    catalogue: Catalogue


@dataclass(frozen=True)
class DeviceChanged(Event):
    name: str
    status: DeviceStatus


@dataclass(frozen=True)
class QueueChanged(Event):
    """Whether the queue takes another matter now."""

    state: QueueState


@dataclass(frozen=True)
class NetworkChanged(Event):
    online: bool


# --- results of effects; those of another session are ignored ---------------------------------------------------------


@dataclass(frozen=True)
class CardRead(Event):
    session: str
    card: IdCard
    problem: str = ""
    """Id of what is wrong with the card (see ``kiosk.identity.cards``), checked with today's date."""
    age: int | None = None
    """Full years today; ``None`` when the card does not tell."""


@dataclass(frozen=True)
class CardNotRead(Event):
    session: str
    code: str
    who: Who


@dataclass(frozen=True)
class CardTaken(Event):
    session: str


@dataclass(frozen=True)
class FaceGuidance(Event):
    session: str
    code: str


@dataclass(frozen=True)
class FaceCompared(Event):
    session: str
    outcome: str
    """As in ``kiosk.bus.messages.FaceOutcome``."""


@dataclass(frozen=True)
class VisionLost(Event):
    pass


@dataclass(frozen=True)
class VisionBack(Event):
    pass


@dataclass(frozen=True)
class PinChecked(Event):
    session: str
    staff: str
    """Who it was; empty when the PIN is wrong."""
    locked_seconds: int = 0


@dataclass(frozen=True)
class MatterSaved(Event):
    """The matter is durable on this machine."""

    session: str
    reference: str
    saved_at: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class MatterNotSaved(Event):
    session: str


@dataclass(frozen=True, repr=False)
class MatterSettled(Event):
    """The centre's word, ``filed`` or ``refused``, or ``queued``: none came in time."""

    session: str
    outcome: Literal["filed", "refused", "queued"]
    number: str = ""
    rule: str = ""
    remedy: Mapping[str, str] = field(default_factory=dict[str, str])
    """By language."""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class PaperDone(Event):
    session: str
    paper: Paper
    result: PrintResult


@dataclass(frozen=True, repr=False)
class Interrupted(Event):
    """The program was restarted in the middle of a journey: what its draft says, and what the queue says of it."""

    draft: Mapping[str, Any]
    matter: Matter | None
