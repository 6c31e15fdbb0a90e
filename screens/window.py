"""The window of the terminal: shows one view at a time and, beside it, the dock of the simulated hardware."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kivy.base import runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.scrollview import ScrollView
from kivy.uix.widget import Widget

from kiosk.bus.messages import Touchable
from kiosk.presenters.views import View
from screens import style
from screens.bodies.cue import FaceScreen
from screens.components.base import Act, Target, Touch, ancestors, touches, window_box
from screens.dev_dock.client import DockClient
from screens.dev_dock.panel import DockPanel
from screens.environment import FRAMES_PER_SECOND
from screens.frame import Frame
from screens.signature_overlay import SignatureDesk
from screens.signing import Signing
from screens.theme import NORMAL, rgb, theme

PreviewSource = Callable[[], tuple[int, Any] | None]
"""Sequence number and buffer (640 x 480, RGB, rows from the top) of the newest camera frame."""

_LAYOUT_PASSES = 60
"""Text gets its height from its width, so nested columns need more passes a frame than Kivy's 20."""


class TerminalWindow:
    """All methods belong to the UI thread, except :meth:`stop`."""

    def __init__(
        self,
        *,
        act: Act,
        preview: PreviewSource,
        on_frame: Callable[[], None],
        font_dir: Path,
        dock: DockClient | None = None,
        dock_width: float = 0,
        signing: Signing | None = None,
        moving: bool = True,
    ) -> None:
        style.register_fonts(font_dir)
        self._act, self._preview, self._on_frame, self._moving = act, preview, on_frame, moving
        self._frame: Frame | None = None
        self._view: View | None = None
        self._style: style.Style | None = None
        self._drawing = self._fading = False
        self.revision = 0
        """Grows with every view that has been drawn, its fade included."""
        Clock.max_iteration = _LAYOUT_PASSES
        Window.clearcolor = (*rgb(NORMAL.paper), 1)
        self._root = FloatLayout()
        self._dock_width = dock_width if dock else 0
        self._signature = SignatureDesk(signing, self._root, self._ask_for_frame) if signing else None
        self._set_style()
        self._dock = self._open_dock(dock) if dock else None
        Window.add_widget(self._root)
        Window.bind(on_flip=self._flipped, on_resize=self._resized)
        self._timer = Clock.schedule_interval(self._tick, 1 / FRAMES_PER_SECOND)

    # --- showing -------------------------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Replace what is shown: in place when only values changed, else with a short fade (none in elder mode)."""
        first = self._view is None
        self._view = view
        changed = self._set_style()
        if self._frame and not changed and self._frame.body_kind is type(view.body):
            self._frame.update(view)
            self._ask_for_frame()
        else:
            self._replace(view, fade=not (first or changed))

    def _replace(self, view: View, *, fade: bool) -> None:
        if self._frame:
            self._root.remove_widget(self._frame)
            self._frame.wipe()
        width, height = self._canvas()
        self._frame = Frame(view, self._act, size_hint=(None, None), size=(width, height), pos=(0, 0))
        self._root.add_widget(self._frame, index=len(self._root.children))
        self._fading = fade
        if fade:
            self._frame.fade_in(self._faded)
        else:
            self._ask_for_frame()

    def _faded(self, *_: object) -> None:
        self._fading = False
        self._ask_for_frame()

    def _ask_for_frame(self) -> None:
        if not self._fading:
            self._drawing = True
            Window.canvas.ask_update()

    def _flipped(self, *_: object) -> None:
        if self._drawing:
            # bound functions run before the buffers are swapped: count only in the next turn of the loop
            Clock.schedule_once(partial(self._count, self._view))

    def _count(self, flipped: View | None, _seconds: float) -> None:
        self.revision += 1
        if flipped is self._view:
            self._drawing = False

    def _set_style(self) -> bool:
        chrome = self._view.chrome if self._view else None
        elder, language = (chrome.elder, chrome.language) if chrome else (False, "zh-Hans")
        wanted = style.style_for(*self._canvas(), theme(elder=elder), language, moving=self._moving)
        changed = wanted != self._style
        self._style = wanted
        style.use(wanted)
        if self._signature:
            self._signature.arrange(self._canvas(), language)
        return changed

    def _canvas(self) -> tuple[float, float]:
        return Window.width - self._dock_width, Window.height

    def _resized(self, *_: object) -> None:
        self._place_dock()
        if self._view and self._frame and tuple(self._frame.size) != self._canvas():
            self._set_style()
            self._replace(self._view, fade=False)

    @property
    def drawn(self) -> bool:
        """Whether the newest view is on the glass, its fade over."""
        return not (self._drawing or self._fading)

    @property
    def pressed(self) -> bool:
        """Whether a finger is on a control: exchanged under it, the control would swallow the press."""
        return any(isinstance(touch, Touch) and touch.pressed for touch in self._touches())

    # --- what can be pressed ---------------------------------------------------------------------------------------

    def touchables(self) -> list[Touchable]:
        """Every control that can be seen, the dock's too, in pixels of the window from its upper left corner."""
        return [_touchable(touch) for touch in self._touches() if _in_sight(touch)]

    def content(self) -> Widget | None:
        """The widgets of the citizen's canvas, or of what lies over it: the pad, a dialog."""
        if self._signature and self._signature.shown:
            return self._signature.shown
        return self._frame.in_reach() if self._frame else None

    def _touches(self) -> Iterator[Target]:
        if content := self.content():
            yield from touches(content)
        if self._dock:
            yield from self._dock.touches()

    # --- loop ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Return when :meth:`stop` was called or the window was closed."""
        runTouchApp()

    def stop(self) -> None:
        """May be called from any thread."""
        Clock.schedule_once(_stop_loop)

    def close(self) -> None:
        """Take everything off the window again."""
        self._timer.cancel()
        if self._dock:
            self._dock.close()
        if self._signature:
            self._signature.close()
        Window.unbind(on_flip=self._flipped, on_resize=self._resized)
        Window.remove_widget(self._root)
        if self._frame:
            self._frame.wipe()
        self._frame = self._view = None

    def _tick(self, _seconds: float) -> None:
        self._on_frame()
        body = self._frame.body if self._frame else None
        if isinstance(body, FaceScreen):
            newest = self._preview()
            if newest:
                body.preview.show(*newest)

    def _open_dock(self, client: DockClient) -> DockPanel:
        dock = DockPanel(client, size_hint=(None, None))
        self._root.add_widget(dock)
        self._dock = dock
        self._place_dock()
        return dock

    def _place_dock(self) -> None:
        if self._dock_width and self._dock:
            self._dock.size = (self._dock_width, Window.height)
            self._dock.pos = (Window.width - self._dock_width, 0)


def _stop_loop(_seconds: float) -> None:
    stopTouchApp()


def _touchable(touch: Target) -> Touchable:
    x, y = touch.to_window(*touch.center)
    return Touchable(
        id=touch.touch_id, label=touch.touch_label, x=x, y=Window.height - y,
        width=touch.width, height=touch.height, enabled=not touch.disabled,
    )  # fmt: skip


def _in_sight(touch: Target) -> bool:
    """False when it is scrolled out of the area that shows it."""
    x, y = touch.to_window(*touch.center)
    areas = (window_box(area) for area in ancestors(touch) if isinstance(area, ScrollView))
    return all(left <= x <= right and bottom <= y <= top for left, bottom, right, top in areas)
