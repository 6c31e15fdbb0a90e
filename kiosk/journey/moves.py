"""What a step may answer to an event: stay, go somewhere, or end. The reducer performs it."""

from dataclasses import dataclass

from kiosk.journey.effects import Effect
from kiosk.journey.state import Ending, Session


@dataclass(frozen=True, repr=False)
class Stay:
    session: Session
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, repr=False)
class Next:
    """Enter the service's next step."""

    session: Session
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, repr=False)
class Jump:
    """Enter the named step."""

    session: Session
    step: str
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, repr=False)
class Close:
    """Nothing more can be done: say good-bye (and mind the card), then home."""

    session: Session
    ending: Ending
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, repr=False)
class Leave:
    """Back to the home screen at once."""

    session: Session


Move = Stay | Next | Jump | Close | Leave
