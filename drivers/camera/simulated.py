"""A simulated camera: a motion-JPEG stream over HTTP, as network cameras send it, of a person before the machine."""

import contextlib
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np

from drivers.camera.contract import Image
from drivers.simulation import Verb, verbs_of

WIDTH, HEIGHT = 640, 480
FRAME_RATE: Final = 15
_POLL_SECONDS: Final = 0.05
_BOUNDARY: Final = "frame"
_BACKDROP: Final = (196, 190, 184)
_FAR: Final = 0.55
_SWAY_PIXELS: Final = 3
_SWAY_SECONDS: Final = 4.0
_NOISE: Final = 3
_JPEG: Final = (cv2.IMWRITE_JPEG_QUALITY, 90)

NOBODY: Final = "nobody"
TWO: Final = "two"


class SimulatedCamera:
    """Streams who stands before it. ``portraits`` maps names (``holder``, ``other``; ``holder_live`` is
    preferred to ``holder``) to pictures of head and shoulders; for a name without one a figure without a face stands
    there.

    ``port`` 0 takes a free one at ``start`` and keeps it over unplugging.
    """

    kind = "camera"

    def __init__(self, portraits: Mapping[str, Path], host: str = "127.0.0.1", port: int = 0) -> None:
        self._portraits = portraits
        self._address = (host, port)
        self._server: _Server | None = None
        self._lock = threading.Lock()
        self._shown = "holder"
        self._far = False
        self._fault = ""
        self._scene = _backdrop()
        self._number = 0

    # --- the device ---------------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        """The URL of the stream; known after ``start``."""
        host, port = self._address
        return f"http://{host}:{port}/stream"

    def start(self) -> None:
        self._compose()
        self.simulate_plug()

    def state(self) -> Mapping[str, str]:
        return {
            "person": self._shown,
            "distance": "far" if self._far else "near",
            "picture": self._fault or "live",
            "cable": "plugged" if self._server else "unplugged",
        }

    def verbs(self) -> Mapping[str, Verb]:
        return verbs_of(self)

    def close(self) -> None:
        self.simulate_unplug()

    # --- the verbs ----------------------------------------------------------------------------------------------

    def simulate_show(self, argument: str = "") -> None:
        """Let somebody step before the camera: ``holder``, ``other``, ``two`` (both) or ``nobody``."""
        if argument not in ("holder", "other", TWO, NOBODY):
            raise ValueError(f"nobody is called {argument!r}: holder, other, two, nobody")
        self._shown = argument
        self._compose()

    def simulate_far(self, _argument: str = "") -> None:
        self._far = True
        self._compose()

    def simulate_near(self, _argument: str = "") -> None:
        self._far = False
        self._compose()

    def simulate_freeze(self, _argument: str = "") -> None:
        """The same picture again and again, as a hung sensor delivers it."""
        self._fault = "frozen"

    def simulate_black(self, _argument: str = "") -> None:
        self._fault = "black"

    def simulate_unplug(self, _argument: str = "") -> None:
        """Cut the running streams and refuse new ones."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.cut()

    def simulate_plug(self, _argument: str = "") -> None:
        with self._lock:
            if self._server is None:
                self._server = _Server(self._address, self)
                self._address = cast("tuple[str, int]", self._server.server_address)
                threading.Thread(
                    target=self._server.serve_forever, args=(_POLL_SECONDS,), name="simulated camera", daemon=True
                ).start()

    def simulate_heal(self, _argument: str = "") -> None:
        """All faults gone, the person near again."""
        self._fault = ""
        self.simulate_near()
        self.simulate_plug()

    # --- the picture --------------------------------------------------------------------------------------------

    def _compose(self) -> None:
        """What stands still in the scene; swaying and noise come with each frame."""
        people = {NOBODY: [], TWO: ["holder", "other"]}.get(self._shown, [self._shown])
        self._scene = compose([self._portrait(name) for name in people], _FAR if self._far else 1.0)

    def _portrait(self, name: str) -> Image:
        # The card shows how somebody looked years ago; before the camera stands the live picture, where there is one.
        path = self._portraits.get(f"{name}_live") or self._portraits.get(name)
        picture = cv2.imread(str(path)) if path else None
        return _figure() if picture is None else cast("Image", picture)

    def jpeg(self) -> bytes:
        """The next frame as a JPEG file."""
        if self._fault != "frozen":
            self._number += 1
        image = np.zeros((HEIGHT, WIDTH, 3), np.uint8) if self._fault == "black" else _move(self._scene, self._number)
        _, data = cv2.imencode(".jpg", image, _JPEG)
        return data.tobytes()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], camera: SimulatedCamera) -> None:
        super().__init__(address, _Stream)
        self.camera = camera
        self.unplugged = threading.Event()

    def cut(self) -> None:
        self.unplugged.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that goes away is no error of the camera."""


class _Stream(BaseHTTPRequestHandler):
    """``multipart/x-mixed-replace``: one JPEG file a part, until somebody hangs up (the format of network cameras)."""

    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not server.unplugged.wait(1 / FRAME_RATE):
                self._send(server.camera.jpeg())
        self.close_connection = True

    def _send(self, jpeg: bytes) -> None:
        head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """A device has no log."""


def compose(people: list[Image], scale: float) -> Image:
    """People side by side before the backdrop, each in an equal share of the width."""
    scene = _backdrop()
    if not people:
        return scene
    share = WIDTH // len(people)
    for place, person in enumerate(people):
        picture = _cover(person, share, HEIGHT)
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        rows, columns = picture.shape[:2]
        left, top = place * share + (share - columns) // 2, (HEIGHT - rows) // 2
        scene[top : top + rows, left : left + columns] = picture
    return scene


def _cover(image: Image, width: int, height: int) -> Image:
    """Scale by height and cut the sides equally; a picture that is too narrow is scaled by width."""
    scale = max(height / image.shape[0], width / image.shape[1])
    size = max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale))
    scaled = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return cast("Image", scaled[top : top + height, left : left + width])


def _move(scene: Image, number: int) -> Image:
    """Nobody stands like a statue, and no sensor is without noise: no two frames are the same."""
    phase = 2 * np.pi * number / (FRAME_RATE * _SWAY_SECONDS)
    sway = np.array([[1, 0, _SWAY_PIXELS * np.sin(phase)], [0, 1, np.cos(2 * phase)]], np.float32)
    moved = cv2.warpAffine(scene, sway, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    noise = np.random.default_rng(number).integers(0, _NOISE + 1, (HEIGHT, WIDTH, 1), np.uint8)
    return cast("Image", cv2.add(moved, np.repeat(noise, 3, axis=2)))


def _backdrop() -> Image:
    """A wall, a little lighter at the top."""
    light = np.linspace(1.0, 0.82, HEIGHT, dtype=np.float32)[:, None, None]
    wall = np.broadcast_to(np.array(_BACKDROP) * light, (HEIGHT, WIDTH, 3))
    return np.ascontiguousarray(wall, np.uint8)


def _figure() -> Image:
    """Head and shoulders without a face, for a machine that has no portraits."""
    picture = _backdrop()
    body, head = (110, 92, 80), (140, 126, 118)
    cv2.ellipse(picture, (WIDTH // 2, HEIGHT + 20), (210, 190), 0, 180, 360, body, -1, cv2.LINE_AA)
    cv2.rectangle(picture, (WIDTH // 2 - 36, 270), (WIDTH // 2 + 36, 330), head, -1)
    cv2.ellipse(picture, (WIDTH // 2, 200), (84, 106), 0, 0, 360, head, -1, cv2.LINE_AA)
    return picture
