"""What must be set before the first ``import kivy``, and the settings of a window that belongs to a public terminal."""

import os
from pathlib import Path

FRAMES_PER_SECOND = 30


def prepare(kivy_home: Path, *, width: int, height: int, fullscreen: bool = False) -> None:
    """Kivy reads its environment at import and its configuration when the window module is imported; call this before
    importing anything else of ``screens``. ``kivy_home`` is made if missing; Kivy writes its configuration there."""
    kivy_home.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ |= {
        "KIVY_HOME": str(kivy_home),
        "KIVY_NO_ARGS": "1",  # else Kivy eats the command line
        "KIVY_LOG_MODE": "PYTHON",  # else Kivy replaces the root logger
        "KIVY_NO_FILELOG": "1",
        "KIVY_METRICS_DENSITY": "1",  # sizes are pixels: the unit u already follows the panel
        "KIVY_DPI": "96",
    }
    _configure(width, height, fullscreen=fullscreen)


def _configure(width: int, height: int, *, fullscreen: bool) -> None:
    from kivy.config import Config  # noqa: PLC0415 - only after the environment is set

    graphics = {
        "width": width,
        "height": height,
        "fullscreen": "auto" if fullscreen else 0,
        "borderless": int(fullscreen),
        "resizable": int(not fullscreen),
        "position": "custom",  # without a window manager SDL would centre it: events and pictures need to know where
        "left": 0,
        "top": 0,
        "maxfps": FRAMES_PER_SECOND,
        "multisamples": 0,  # shapes smooth their own edges, which is far cheaper without a graphics card
        "show_cursor": int(not fullscreen),
    }
    for key, value in graphics.items():
        Config.set("graphics", key, str(value))
    Config.set("kivy", "exit_on_escape", "0")
    Config.set("kivy", "log_level", "warning")
    Config.set("input", "mouse", "mouse,disable_multitouch")  # a right click is no second finger
    Config.remove_section("modules")  # no inspector, no screen recorder behind a key
    Config.add_section("modules")
