"""Renders views to PNG and looks them over. Kivy has one window a process, so each canvas size has its own:
``python -m screens.gallery --out DIR [--size 1080x1920] [--only TEXT] [--samples]``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.catalogue.items import LANGUAGES, ServiceItem
from kiosk.presenters.showcase import showcase
from kiosk.text.catalogue import texts
from screens import fonts
from screens.app import open_window
from screens.gallery_index import write_index
from screens.samples import samples
from screens.signing import Signing

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.signature.contract import PadEvent
    from kiosk.presenters.views import View
    from screens.window import TerminalWindow

SIZES: Final = ("1080x1920", "1920x1080")
CATALOGUE: Final = Path(__file__).parents[1] / "central" / "catalogue"
"""Read as files: the terminal imports nothing of the centre."""
SIGNATURE: Final = "signature"
"""The picture of this name has the pad over it."""
_SETTLING_FRAMES = 3


def render(views: Mapping[str, View], out: Path, width: int, height: int, font_dir: Path) -> dict[str, list[str]]:
    """Write ``NAME.png`` for each view; return what :func:`screens.inspect.problems` finds, by name."""
    out.mkdir(parents=True, exist_ok=True)
    pad = _Pad()
    with tempfile.TemporaryDirectory() as home:
        window = open_window(
            width=width, height=height, fullscreen=False, dock=None, act=lambda _: None, preview=sample_frame,
            on_frame=lambda: None, kivy_home=Path(home), font_dir=font_dir,
            signing=Signing(pad, lambda: None), moving=False,
        )  # fmt: skip
        return {name: _render_one(window, pad, view, out / f"{name}.png") for name, view in views.items()}


def _render_one(window: TerminalWindow, pad: _Pad, view: View, path: Path) -> list[str]:
    from screens.inspect import problems  # noqa: PLC0415 - Kivy, only after its environment is set

    window.show(view)
    settle(window)
    if path.stem == SIGNATURE:
        pad.show(shown=True)
        settle(window)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_screenshot(path)
    found = problems(window.content())
    pad.show(shown=False)
    return found


class _Pad:
    """The surface of a device that shows its pad when the picture wants it."""

    _show: Callable[[bool], None]

    def show(self, *, shown: bool) -> None:
        self._show(shown)

    def attach(self, show: Callable[[bool], None], size: tuple[int, int]) -> None:
        del size
        self._show = show

    def detach(self) -> None: ...

    def touch(self, event: PadEvent) -> None: ...


def settle(window: TerminalWindow) -> None:
    """Turn the loop until the last view shown has really been drawn."""
    from kivy.base import EventLoop  # noqa: PLC0415

    before = window.revision
    while window.revision == before:
        EventLoop.idle()
    for _ in range(_SETTLING_FRAMES):
        EventLoop.idle()


def save_screenshot(path: Path) -> None:
    """What the window shows, as PNG; Kivy's own function numbers the files by itself."""
    from kivy.core.window import Window  # noqa: PLC0415
    from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    width, height = Window.size
    Window.dispatch("on_draw")
    pixels = glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE)
    picture = Image.frombytes("RGBA", (width, height), bytes(pixels)).convert("RGB")
    picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path)


def sample_frame() -> tuple[int, bytes]:
    """A drawn person before a plain wall, as the camera would deliver it."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    picture = Image.new("RGB", (640, 480), "#B9C4CF")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((120, 350, 520, 760), fill="#48617F")
    draw.rectangle((285, 300, 355, 390), fill="#D9AE8C")
    draw.ellipse((225, 80, 415, 340), fill="#E6BE9C")
    draw.chord((215, 60, 425, 300), 180, 360, fill="#2B2B30")
    for x in (275, 345):
        draw.ellipse((x, 195, x + 20, 212), fill="#2B2B30")
    draw.arc((285, 240, 355, 295), 20, 160, fill="#8A4B3C", width=6)
    return 1, picture.tobytes()


# --- the whole gallery ----------------------------------------------------------------------------------------------


def journey_views() -> Iterator[tuple[str, View]]:
    """Every screen of the journey for every service; names look like ``zh-Hans-elder/01.home``."""
    for language in LANGUAGES:
        for elder in (False, True):
            folder = f"{language}{'-elder' if elder else ''}"
            for item in _items():
                shown = showcase(item, texts(language), elder=elder)
                for name, view in shown.items():
                    yield f"{folder}/{name}", view
                yield f"{folder}/{SIGNATURE}", next(iter(shown.values()))


def _items() -> list[ServiceItem]:
    """As their tiles stand."""
    files = (file for file in CATALOGUE.glob("*.toml") if file.name != "catalogue.toml")
    items = [ServiceItem.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files]
    return sorted(items, key=lambda item: (item.position, item.code))


def make(out: Path, display: str, font_dir: Path, only: str = "") -> dict[str, list[str]]:
    """Draw every screen in every size on the X display of that name; problems by picture. Writes ``index.html``.

    Raises ``CalledProcessError`` when a rendering process failed.
    """
    problems: dict[str, list[str]] = {}
    for size in SIZES:
        argv = [sys.executable, "-m", "screens.gallery", "--size", size, "--fonts", str(font_dir), f"--only={only}"]
        argv += ["--out", str(out / size), "--json"]
        done = subprocess.run(argv, env=os.environ | {"DISPLAY": display}, stdout=subprocess.PIPE, check=True)
        problems |= {f"{size}/{name}": found for name, found in json.loads(done.stdout).items()}
    write_index(out, problems)
    return problems


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when a rendering has problems; they are listed."""
    parser = argparse.ArgumentParser(prog="screens.gallery", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", default=SIZES[0], help="WIDTHxHEIGHT of the canvas")
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    parser.add_argument("--samples", action="store_true", help="the components' worst cases instead of the journey")
    parser.add_argument("--fonts", type=Path, default=Path(".cache/fonts"))
    parser.add_argument("--json", action="store_true", help="write the problems as JSON and end well")
    options = parser.parse_args(arguments)
    fonts.extract(options.fonts)
    width, height = (int(part) for part in options.size.split("x"))
    views = samples() if options.samples else journey_views()
    chosen = {name: view for name, view in views if options.only in name}
    found = render(chosen, options.out, width, height, options.fonts)
    if options.json:
        sys.stdout.write(json.dumps(found, ensure_ascii=False))
        return 0
    sys.stdout.writelines(f"{name}: {complaint}\n" for name, complaints in found.items() for complaint in complaints)
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main())
