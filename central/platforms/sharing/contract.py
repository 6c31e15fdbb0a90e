"""Data sharing (数据共享平台): what offices already know, so that nobody has to type or bring it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Item:
    """Something that can be shared. Public."""

    code: str
    """``housing_fund``."""
    title: Texts
    source: Texts
    """The office that has it."""


@dataclass(frozen=True, repr=False)
class Shared:
    item: str
    source: Texts
    as_of: str
    """ISO date of the record."""
    value: Any
    """JSON; ``None`` when the office has nothing on file."""


class DataSharing(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def items(self) -> Sequence[Item]: ...

    def fetch(self, number: str, items: Sequence[str]) -> Sequence[Shared]:
        """One for each of ``items``, in their order. Raises ``NotFound`` for a person or an item nobody knows."""
        ...
