"""What the window is given so that it can offer a pad for signing. Without Kivy: the composition root makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.signature.contract import PadEvent


class Surface(Protocol):
    """``drivers.signature.surfaces.ScreenSurface``, as far as the window needs it."""

    def attach(self, show: Callable[[bool], None], size: tuple[int, int]) -> None: ...

    def detach(self) -> None: ...

    def touch(self, event: PadEvent) -> None: ...


@dataclass(frozen=True)
class Signing:
    """``give_up`` ends the operation that wants the signature; the surface then hides the pad."""

    surface: Surface
    give_up: Callable[[], None]
