"""A screen without a screen: a virtual X display, its pictures, and a pointer that really moves and clicks."""

import os
import subprocess
from pathlib import Path
from typing import Final, Self

from PIL import ImageGrab

START_SECONDS: Final = 10.0


class DisplayUnavailable(Exception):
    """Xvfb or xdotool cannot be started: install the packages of packages.txt."""


class VirtualDisplay:
    """Context manager; ``name`` such as ``:99`` is free when it is chosen, since the server chooses it."""

    def __init__(self, width: int, height: int) -> None:
        self._size = f"{width}x{height}x24"
        self._server: subprocess.Popen[bytes] | None = None
        self.name = ""

    def __enter__(self) -> Self:
        read, write = os.pipe()
        argv = ["Xvfb", "-displayfd", str(write), "-screen", "0", self._size, "-nolisten", "tcp", "-noreset"]
        try:
            self._server = subprocess.Popen(argv, pass_fds=[write], stderr=subprocess.DEVNULL)
        except OSError as error:
            raise DisplayUnavailable(str(error)) from None
        finally:
            os.close(write)
        with os.fdopen(read) as answer:
            self.name = f":{answer.readline().strip()}"
        if self.name == ":":
            raise DisplayUnavailable("Xvfb ended at once")
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait()

    def press(self, x: float, y: float) -> None:
        """Move the pointer there, press and release: events as a touch panel makes them."""
        argv = ["xdotool", "mousemove", str(round(x)), str(round(y)), "click", "1"]
        try:
            subprocess.run(argv, env=os.environ | {"DISPLAY": self.name}, check=True, timeout=START_SECONDS)
        except (OSError, subprocess.SubprocessError) as error:
            raise DisplayUnavailable(str(error)) from None

    def picture(self, path: Path, width: int, height: int) -> None:
        """Save the upper left ``width`` x ``height`` pixels as PNG."""
        ImageGrab.grab((0, 0, width, height), xdisplay=self.name).save(path)
