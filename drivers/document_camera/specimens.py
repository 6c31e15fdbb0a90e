"""Synthetic documents, and photos of them under a camera with known corners. Nobody's papers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from drivers.document_camera.contract import Corners
from drivers.video.picture import Image

WIDTH, HEIGHT = 1600, 1200
"""Of the simulated camera's pictures."""
MM_IN_VIEW: Final = (360.0, 270.0)
"""What the camera sees, in millimetres: an A4 sheet laid across, with a border around it."""
PIXELS_PER_MM: Final = WIDTH / MM_IN_VIEW[0]
_DRAWN: Final = 6
"""Pixels a millimetre of the drawn originals: about 150 dpi."""
_FONT: Final = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_FONT_SC: Final = 2
_INK: Final = (38, 36, 40)
_MAT: Final = (52, 58, 54)
_NOISE: Final = 3


@dataclass(frozen=True)
class Laid:
    """How a page lies under the camera, and how the light falls."""

    turn: float = 0.0
    """Degrees clockwise."""
    tilt: float = 0.0
    """The camera's, in degrees: far edges become shorter."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Of its middle, in shares of the picture."""
    blur: float = 0.0
    """Sigma of the lens in pixels."""
    light: float = 1.0
    shade: float = 0.0
    """So much darker is the left side than the right one, 0 to 1."""
    glare: float = 0.0
    """Radius of a lamp's reflection, in millimetres."""
    clutter: bool = False
    hand: bool = False


@dataclass(frozen=True)
class Sheet:
    """A drawn original; ``size`` in millimetres."""

    size: tuple[float, float]
    draw: Callable[[], Image] = field(repr=False)


# --- originals --------------------------------------------------------------------------------------------------------


class _Ink:
    """A drawing board in millimetres."""

    def __init__(self, width: float, height: float, paper: tuple[int, int, int]) -> None:
        self.picture = Pillow.new("RGB", (round(width * _DRAWN), round(height * _DRAWN)), paper)
        self._draw = ImageDraw.Draw(self.picture)

    def text(self, x: float, y: float, words: str, size: float, colour: tuple[int, int, int] = _INK) -> None:
        self._draw.text((x * _DRAWN, y * _DRAWN), words, colour, _font(round(size * _DRAWN)))

    def box(self, x: float, y: float, x2: float, y2: float, fill: tuple[int, int, int] | None = None) -> None:
        place = tuple(value * _DRAWN for value in (x, y, x2, y2))
        self._draw.rectangle(place, fill, _INK if fill is None else None, 2)

    def image(self) -> Image:
        return np.ascontiguousarray(np.asarray(self.picture)[:, :, ::-1])


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    if _FONT.exists():
        return ImageFont.truetype(str(_FONT), size, index=_FONT_SC)
    return ImageFont.load_default(size)


_TITLE: Final = "证明 CERTIFICATE"
_LINES: Final = (
    "兹证明样例某某（虚构人物）于本市居住满三年，情况属实。",
    "This specimen certifies nothing about nobody at all, and",
    "is printed for the test of cameras only. 编号 000042。",
    "本证明仅用于设备测试，不具有任何效力，",
    "复印无效。",
)


def _text_page(width: float, height: float, size: float) -> Image:
    ink = _Ink(width, height, (243, 243, 240))
    ink.text(width * 0.28, 22, _TITLE, size * 1.8)
    y = 22 + size * 5
    while y < height - 45:
        for line in _LINES:
            ink.text(22, y, line, size)
            y += size * 1.9
        y += size * 1.4
    return ink.image()


def _form() -> Image:
    ink = _Ink(210, 297, (240, 241, 238))
    ink.text(62, 18, "申请表 APPLICATION", 8)
    for row in range(12):
        y = 42 + row * 18
        ink.box(20, y, 62, y + 18)
        ink.box(62, y, 190, y + 18)
        ink.text(24, y + 5, ("姓名 Name", "地址 Address", "日期 Date", "事项 Matter")[row % 4], 5)
        ink.text(66, y + 5, ("样例", "虚构路 1 号", "2030-01-01", "测试")[row % 4], 5)
    return ink.image()


def _card() -> Image:
    ink = _Ink(85.6, 53.98, (226, 236, 232))
    ink.box(0, 0, 85.6, 9, (120, 150, 190))
    ink.text(5, 1.5, "样例卡 SPECIMEN CARD", 5, (250, 250, 250))
    for row, words in enumerate(("姓名  样例", "性别  —", "住址  虚构路 1 号", "编号  000000")):
        ink.text(5, 13 + row * 9, words, 4.2)
    ink.box(61, 13, 80, 38, (196, 190, 184))
    ink.box(66, 18, 75, 38, (110, 100, 96))
    return ink.image()


SHEETS: Final = {
    "text": Sheet((210, 297), lambda: _text_page(210, 297, 5.2)),
    "form": Sheet((210, 297), _form),
    "a5": Sheet((148, 210), lambda: _text_page(148, 210, 4.0)),
    "card": Sheet((85.6, 53.98), _card),
    "blank": Sheet((210, 297), lambda: _Ink(210, 297, (243, 243, 240)).image()),
}
ACROSS: Final = frozenset({"text", "form", "blank"})
"""Sheets that fit under the camera only when laid across it."""


@cache
def original(name: str) -> Image:
    return SHEETS[name].draw()


# --- under the camera -------------------------------------------------------------------------------------------------


def photo(name: str, laid: Laid, seed: int = 0) -> tuple[Image, Corners | None]:
    """The camera's picture, and where the corners of the sheet are in it (``None``: nothing lies there)."""
    scene = _table(seed) if laid.clutter else _mat()
    corners = None
    if name:
        corners = _lay(scene, name, laid)
    if laid.hand and corners is not None:
        _put_hand(scene, corners)
    return _through_the_lens(scene, laid, corners, seed), corners


def _lay(scene: Image, name: str, laid: Laid) -> Corners:
    """Warp the original into the scene. Corners in the order of the sheet: its own top left first."""
    sheet, drawn = SHEETS[name], original(name)
    placed = _placed(sheet.size, laid.turn + (90 if name in ACROSS else 0), laid)
    rows, columns = drawn.shape[:2]
    flat = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(flat, placed)
    edges = cv2.BORDER_REPLICATE
    warped = cv2.warpPerspective(drawn, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderMode=edges)
    share = cv2.warpPerspective(np.ones((rows, columns), np.float32), matrix, (WIDTH, HEIGHT))
    scene[:] = cv2.blendLinear(warped, scene, share, 1 - share)
    return cast("Corners", tuple((float(x), float(y)) for x, y in placed))


def _placed(size: tuple[float, float], turn: float, laid: Laid) -> NDArray[np.float32]:
    """Corners in pixels: turned, shifted, then seen by a camera that leans by ``tilt``."""
    half = np.array(size) / 2 * PIXELS_PER_MM
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    angle = np.radians(turn)
    turning = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = flat @ turning.T + np.array(laid.shift) * (WIDTH, HEIGHT)
    lean, distance = np.radians(laid.tilt), 1.6 * WIDTH
    depth = distance / (distance - points[:, 1] * np.sin(lean))
    seen = np.column_stack([points[:, 0] * depth, points[:, 1] * np.cos(lean) * depth])
    return (seen + np.array([WIDTH / 2, HEIGHT / 2])).astype(np.float32)


def _mat() -> Image:
    return np.full((HEIGHT, WIDTH, 3), _MAT, np.uint8)


def _table(seed: int) -> Image:
    """Wood, a pen, a cup's rim, a phone, the edge of another paper."""
    dice = np.random.default_rng(seed)
    grain = dice.normal(0, 1, (HEIGHT // 4, 8)).astype(np.float32)
    wood = cv2.GaussianBlur(cv2.resize(grain, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), (0, 0), 2)[:, :, None]
    scene = np.clip(np.array((70, 104, 138)) + wood * 14, 0, 255).astype(np.uint8)
    cv2.line(scene, (40, 80), (330, 40), (150, 40, 30), 16, cv2.LINE_AA)
    cv2.circle(scene, (1510, 1120), 120, (210, 214, 220), 22, cv2.LINE_AA)
    cv2.rectangle(scene, (1460, 40), (1640, 330), (24, 22, 20), -1)
    cv2.fillConvexPoly(scene, np.array([[-40, 1010], [70, 1060], [30, 1260], [-60, 1260]]), (236, 238, 240))
    return scene


def _put_hand(scene: Image, corners: Corners) -> None:
    """Two fingers over the sheet's lower edge."""
    (x1, y1), (x2, y2) = corners[2], corners[3]
    middle = np.array([(x1 + x2) / 2, (y1 + y2) / 2])
    inward = np.array([WIDTH / 2, HEIGHT / 2]) - middle
    inward = inward / max(1.0, float(np.hypot(*inward)))
    along = np.array([-inward[1], inward[0]])
    for place, reach in ((-35, 130), (35, 150)):
        start, end = middle + along * place - inward * 300, middle + along * place + inward * reach
        ends = [tuple(map(int, point)) for point in (start, end)]
        cv2.line(scene, ends[0], ends[1], (118, 150, 205), 58, cv2.LINE_AA)


def _through_the_lens(scene: Image, laid: Laid, corners: Corners | None, seed: int) -> Image:
    seen = cv2.convertScaleAbs(scene, alpha=laid.light)
    if laid.shade:
        seen = (seen * np.linspace(1 - laid.shade, 1, WIDTH, dtype=np.float32)[None, :, None]).astype(np.uint8)
    if laid.blur:
        seen = cv2.GaussianBlur(seen, (0, 0), laid.blur)
    if laid.glare and corners is not None:
        seen = cv2.add(seen, cv2.merge([_reflection(corners, laid.glare)] * 3))
    noise = np.random.default_rng(seed).integers(0, 2 * _NOISE + 1, (HEIGHT, WIDTH), np.uint8)
    noisy = cv2.add(seen, cv2.merge([noise] * 3))
    return cast("Image", cv2.subtract(noisy, np.full_like(noisy, _NOISE)))


def _reflection(corners: Corners, radius: float) -> Image:
    x, y = np.mean(corners, axis=0)
    rows, columns = np.ogrid[:HEIGHT, :WIDTH]
    far = ((columns - x - 60) ** 2 + (rows - y + 40) ** 2) / (radius * PIXELS_PER_MM) ** 2
    return np.minimum(420 * np.exp(-(far**2)), 255).astype(np.uint8)
