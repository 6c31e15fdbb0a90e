"""What a journey asks the world to do. Frozen values; the runner performs them and answers with events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kiosk.journey.events import Paper


@dataclass(frozen=True)
class Effect:
    """Base of all effects."""


@dataclass(frozen=True)
class ReadCard(Effect):
    """Wait for a card and read it; answered by ``CardRead`` or ``CardNotRead``."""

    session: str
    timeout: float


@dataclass(frozen=True)
class StopReading(Effect):
    pass


@dataclass(frozen=True)
class WatchCard(Effect):
    """Answered by one ``CardTaken`` when the card that was read is lifted."""

    session: str


@dataclass(frozen=True)
class StopWatching(Effect):
    pass


@dataclass(frozen=True, repr=False)
class VerifyFace(Effect):
    """Answered by ``FaceGuidance`` events and one ``FaceCompared``, or by ``VisionLost``."""

    session: str
    photo: bytes
    timeout: float


@dataclass(frozen=True)
class ForgetFace(Effect):
    """Stop comparing, wipe everything of the face, end the preview."""


@dataclass(frozen=True, repr=False)
class CheckPin(Effect):
    session: str
    pin: str


@dataclass(frozen=True, repr=False)
class SaveMatter(Effect):
    """Answered by ``MatterSaved`` once it is durable, or by ``MatterNotSaved``. The session is the idempotency key."""

    session: str
    item: str
    item_version: int
    payload: Mapping[str, Any]
    consents: tuple[str, ...]
    at_once: bool = False
    """The service is possible only while the centre is there."""


@dataclass(frozen=True)
class AwaitAnswer(Effect):
    """Answered by ``MatterSettled``: ``queued`` when the centre has not spoken within ``timeout`` seconds."""

    session: str
    timeout: float


@dataclass(frozen=True)
class PrintPaper(Effect):
    """Print what the state says on ``paper``; answered by ``PaperDone``. The same ``action_id`` never prints twice."""

    session: str
    action_id: str
    paper: Paper
    copy: bool


@dataclass(frozen=True)
class SendRating(Effect):
    session: str
    reference: str
    stars: int


@dataclass(frozen=True)
class CallStaff(Effect):
    session: str
    reason: str


@dataclass(frozen=True)
class SaveDraft(Effect):
    """Write down where the journey is (nothing personal), so that a restart can tell the citizen the truth."""

    session: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class EndSession(Effect):
    """Forget the citizen everywhere; answered by ``FreshSession``."""

    session: str
