"""A scenario file: what goes wrong with which device, and when, while the demonstration plays its journey.

::

    title = "The receipt jams and is printed again"

    [[fault]]
    step = "confirm.review"     # when this place is on the screen for the first time, or: at = 12.5 (seconds)
    after = 0.0                 # so many seconds later
    device = "receipt_printer"
    do = "jam"                  # a verb of the simulated device
    argument = "200"

    [[turn]]                    # what is done at places that only this scenario brings: by staff, then by the citizen
    place = "output.paper_unknown"
    do = ["receipt_printer clear"]
    press = ["print_again"]

    [expect]                    # what must have come out in the end, beside one record at the centre
    receipts = 1
    certificates = 1
"""

import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

LONGEST: Final = 600.0


class ScenarioError(Exception):
    """The file is no scenario; the message says where and why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fault(_Part):
    """``do`` the verb of ``device`` at ``at`` seconds after the journey began, or ``after`` ``step`` was reached."""

    device: str
    do: str
    argument: str = ""
    step: str = ""
    at: float | None = Field(default=None, ge=0, le=LONGEST)
    after: float = Field(default=0.0, ge=0, le=LONGEST)

    @model_validator(mode="after")
    def _has_one_time(self) -> "Fault":
        if bool(self.step) == (self.at is not None):
            raise ValueError("either step or at says when")
        return self


class Turn(_Part):
    """At ``place`` (``step.phase``) ``do`` to the simulated devices (``device verb argument``), then ``press``."""

    place: str = Field(pattern=r"^\w+\.\w+$")
    do: tuple[Annotated[str, Field(pattern=r"^\w+ \w+( \S+)?$")], ...] = ()
    press: tuple[str, ...] = ()


class Expect(_Part):
    receipts: int = 1
    certificates: int = 1


class Scenario(_Part):
    title: str = ""
    fault: tuple[Fault, ...] = ()
    turn: tuple[Turn, ...] = ()
    expect: Expect = Expect()


def load(path: Path) -> Scenario:
    """Raises ``ScenarioError``."""
    try:
        return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        where = (".".join(map(str, each["loc"])) + ": " + each["msg"] for each in error.errors())
        raise ScenarioError(f"{path.name}: " + "; ".join(where)) from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path.name}: {error}") from None


class Timeline:
    """Which faults are due. Pure: it is told places and times, and tells each fault once."""

    def __init__(self, faults: tuple[Fault, ...], began: float) -> None:
        self._due = {fault: began + fault.at for fault in faults if fault.at is not None}
        self._waiting = [fault for fault in faults if fault.step]

    def due(self, place: str, now: float) -> list[Fault]:
        """What is to be done now that ``place`` is on the screen, in the order in which it fell due."""
        for fault in [each for each in self._waiting if each.step == place]:
            self._waiting.remove(fault)
            self._due[fault] = now + fault.after
        ripe = sorted((time, number, fault) for number, (fault, time) in enumerate(self._due.items()) if time <= now)
        for _, _, fault in ripe:
            del self._due[fault]
        return [fault for _, _, fault in ripe]

    @property
    def left(self) -> list[Fault]:
        """Those whose time never came."""
        return [*self._waiting, *self._due]
