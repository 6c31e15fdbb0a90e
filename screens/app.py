"""The door to the screens: prepares Kivy's environment before anything imports Kivy, then opens the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.environment import prepare
from screens.theme import dock_width

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kiosk.journey.events import Event
    from screens.dev_dock.client import DockClient
    from screens.signing import Signing
    from screens.window import PreviewSource, TerminalWindow


def open_window(
    *,
    width: int,
    height: int,
    fullscreen: bool,
    dock: DockClient | None,
    act: Callable[[Event], None],
    preview: PreviewSource,
    on_frame: Callable[[], None],
    kivy_home: Path,
    font_dir: Path,
    signing: Signing | None = None,
    moving: bool = True,
) -> TerminalWindow:
    """``width`` x ``height`` is the citizen's canvas in pixels; with a dock the window is wider by the dock.

    ``act`` and ``on_frame`` (30 times a second) are called on the UI thread, the one that calls this and then ``run``.

    With ``signing`` a pad lies over the page while its device wants a signature.

    ``moving=False`` leaves out all animation.

    Raises ``OSError`` when a font is missing (``python -m screens.fonts DIR`` makes them).
    """
    beside = dock_width(width, height) if dock else 0
    prepare(kivy_home, width=width + beside, height=height, fullscreen=fullscreen)
    from screens.window import TerminalWindow  # noqa: PLC0415 - imports Kivy, which reads its environment

    return TerminalWindow(
        act=act, preview=preview, on_frame=on_frame, font_dir=font_dir, dock=dock, dock_width=beside,
        signing=signing, moving=moving,
    )  # fmt: skip
