"""Help (智能客服): questions people ask and their answers, searched here, and packed for terminals without a network.

Who wants a person instead calls staff: ``POST /v1/help-calls``, which makes a work order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Entry:
    """One question with its answer. Public."""

    code: str
    question: Texts
    answer: Texts
    keywords: Sequence[str]
    """In any language; Chinese ones also by the initials of their pinyin."""
    services: Sequence[str] = ()
    """Codes of the catalogue that it is about; empty: about all."""


class Help(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def search(self, query: str, limit: int) -> Sequence[Entry]:
        """The most fitting first; none when nothing fits. ``query`` is what somebody typed, and is not kept."""
        ...

    def entries(self) -> Sequence[Entry]:
        """All, for the offline pack."""
        ...
