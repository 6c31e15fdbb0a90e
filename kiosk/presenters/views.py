"""What a screen shows: frozen values, no behaviour, every text already in the citizen's language."""

from dataclasses import dataclass
from typing import Literal

from kiosk.journey.events import Event

Style = Literal["primary", "secondary", "quiet", "danger"]
Icon = str
"""Name of an icon in ``screens/icons``: ``card``, ``face``, ``printer``, ``receipt``, ``check``, ``clock``,
``warning``, ``stop``, ``info``, ``person``, ``network``, ``network_off``, ``help``, ``home``, ``back``, ``language``,
``elder``, ``star``, ``document``, ``shield``."""


@dataclass(frozen=True)
class Action:
    """A control. ``id`` is a stable name by which tests, keypad and the demo find it."""

    id: str
    label: str
    event: Event
    style: Style = "secondary"
    icon: Icon = ""
    enabled: bool = True


@dataclass(frozen=True)
class Banner:
    kind: Literal["info", "good", "wait", "problem"]
    text: str
    who_acts: str = ""
    """Who comes or what to do, as a second line."""


@dataclass(frozen=True)
class Mark:
    """One step of the step bar."""

    label: str
    state: Literal["done", "current", "ahead"]


@dataclass(frozen=True)
class Countdown:
    seconds_left: int
    seconds_total: int
    label: str


@dataclass(frozen=True)
class Chrome:
    """Status strip, step bar and action bar: the same on every screen."""

    hall: str
    clock: str
    network: str
    network_ok: bool
    controls: tuple[Action, ...]
    """Language, elder mode."""
    marks: tuple[Mark, ...] = ()
    countdown: Countdown | None = None
    actions: tuple[Action, ...] = ()
    """Action bar, from left to right: back or cancel, help, main action."""
    elder: bool = False
    language: Literal["zh-Hans", "zh-Hant", "en"] = "zh-Hans"


@dataclass(frozen=True)
class Tile:
    action: Action
    subtitle: str = ""
    limited: str = ""
    """Why it cannot be done here now, and where to go instead; empty when it can."""


@dataclass(frozen=True)
class HomeBody:
    greeting: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class Point:
    icon: Icon
    title: str
    text: str


@dataclass(frozen=True)
class PointsBody:
    """A notice: what is read, why, for how long."""

    points: tuple[Point, ...]


Cue = Literal[
    "place_card",
    "look_at_camera",
    "take_card",
    "take_certificate",
    "take_receipt",
    "take_papers",
    "take_card_and_certificate",
    "take_card_and_receipt",
    "take_card_and_papers",
]
"""Where to act on the machine; ``papers`` are certificate and receipt."""


@dataclass(frozen=True)
class CueBody:
    """A drawing of the machine with the place to act lit up."""

    cue: Cue
    caption: str
    working: bool = False
    """The machine is at work on it: show that it is."""


@dataclass(frozen=True)
class FaceBody:
    """Live camera picture with an oval and one plain instruction."""

    instruction: str
    working: bool = False


@dataclass(frozen=True)
class Choice:
    action: Action
    selected: bool = False


@dataclass(frozen=True)
class ChoiceBody:
    """One question of a form."""

    question: str
    choices: tuple[Choice, ...]
    hint: str = ""


@dataclass(frozen=True)
class Row:
    label: str
    value: str
    edit: Action | None = None


@dataclass(frozen=True)
class ReviewBody:
    rows: tuple[Row, ...]
    note: str = ""


@dataclass(frozen=True)
class Task:
    label: str
    state: Literal["waiting", "running", "done", "problem"]
    detail: str = ""


@dataclass(frozen=True)
class ProgressBody:
    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class ResultBody:
    """The truth about what happened; ``reference`` is large enough to be copied down by hand."""

    icon: Icon
    headline: str
    lines: tuple[str, ...]
    reference_label: str = ""
    reference: str = ""
    tasks: tuple[Task, ...] = ()
    cue: Cue | None = None


@dataclass(frozen=True)
class RatingBody:
    question: str
    ratings: tuple[Action, ...]
    """Five, best first; ``icon`` is ``face5`` to ``face1``."""


@dataclass(frozen=True)
class PinBody:
    """Staff confirm a person: what they must check, and a number pad."""

    instruction: str
    rows: tuple[Row, ...]
    digits: int
    """How many were typed so far."""
    keys: tuple[Action, ...]
    """1 to 9, clear, 0, enter: twelve, in rows of three."""


Body = (
    HomeBody
    | PointsBody
    | CueBody
    | FaceBody
    | ChoiceBody
    | ReviewBody
    | ProgressBody
    | ResultBody
    | RatingBody
    | PinBody
)


@dataclass(frozen=True)
class Dialog:
    """Lies over the screen until answered."""

    title: str
    text: str
    actions: tuple[Action, ...]
    countdown: Countdown | None = None


@dataclass(frozen=True)
class View:
    step: str
    """Name of the journey's step: ``home``, ``consent`` ... for tests and the demo."""
    phase: str
    title: str
    body: Body
    chrome: Chrome
    subtitle: str = ""
    banner: Banner | None = None
    dialog: Dialog | None = None
    settled: bool = True
    """False while the machine works and the citizen need do nothing."""
