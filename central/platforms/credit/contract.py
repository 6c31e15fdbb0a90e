"""Public credit (社会信用): the report of a person or a firm, and who may promise instead of proving (告知承诺制)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

Texts = Mapping[str, str]
Grade = Literal["excellent", "good", "ordinary", "attention"]


@dataclass(frozen=True, repr=False)
class CreditMark:
    good: bool
    text: str
    source: str
    on: date


@dataclass(frozen=True, repr=False)
class Report:
    """``id`` names this report at the platform, so that whoever is shown it can ask there."""

    id: str
    number: str
    name: str
    grade: Grade
    marks: Sequence[CreditMark]
    """The newest first."""
    as_of: date


@dataclass(frozen=True)
class Eligibility:
    """Whether a promise is enough, and if not, by which rule."""

    eligible: bool
    rule: str
    reason: Texts


class Credit(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`, ``NotFound``."""

    def report(self, number: str) -> Report:
        """By identity number or unified social credit code."""
        ...
