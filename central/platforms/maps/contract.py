"""The map (地理信息公共平台): where halls and terminals stand, when they are open, what the terminals have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Site:
    """Public."""

    code: str
    """Of a terminal: its name."""
    kind: Literal["hall", "terminal"]
    title: Texts
    region: str
    """Division code."""
    address: str
    latitude: float
    longitude: float
    """Degrees (WGS 84)."""
    hours: Sequence[tuple[int, int]]
    """Monday to Sunday, in minutes since midnight in China; equal ones: closed."""
    devices: frozenset[str]
    """Classes of devices a terminal was set up with."""


class Map(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def sites(self) -> Sequence[Site]: ...
