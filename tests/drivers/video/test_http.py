"""Network cameras as they answer: with a password, elsewhere, or not at all like a camera."""

import contextlib
import socket
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Refused
from drivers.video.http import HttpVideo
from tests.drivers.video.test_stream import TWO, TYPE, part
from tests.waiting import eventually

DIGEST = 'Digest realm="camera", nonce="00aa", algorithm=MD5, qop="auth"'


class Camera(BaseHTTPRequestHandler):
    """Each path another kind of answer."""

    def do_GET(self) -> None:
        match self.path:
            case "/moved":
                self._answer(302, Location="/open")
            case "/open":
                self._video()
            case "/basic" | "/digest":
                scheme = self.path[1:]
                allowed = self.headers.get("Authorization", "").lower().startswith(scheme)
                self._video() if allowed else self._answer(
                    401, WWW_Authenticate=DIGEST if scheme == "digest" else "Basic"
                )
            case path:
                self._answer(int(path[1:4]), Content_Type=path[5:].replace("-", "/"))

    def _video(self) -> None:
        self._answer(200, Content_Type=TYPE)
        self.wfile.write(part(TWO[0]))

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


@contextmanager
def serving() -> Generator[str]:
    with HTTPServer(("127.0.0.1", 0), Camera) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["open", "moved", "basic", "digest"])
def test_a_camera_with_or_without_password(path: str) -> None:
    with serving() as place, closing(HttpVideo(f"http://who:secret@{place}/{path}", 2, 2)) as camera:
        camera.open()
        assert camera.content_type == TYPE
        assert camera.read() == part(TWO[0])
        with pytest.raises(ConnectionLost):
            camera.read()


@contextmanager
def trickling() -> Generator[int]:
    """Sends the head of an answer, a byte at a time and without end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def trickle() -> None:
            line, _ = server.accept()
            with line, contextlib.suppress(OSError):
                while not done.wait(0.02):
                    line.send(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            done.set()
            thread.join()


def test_a_head_that_never_ends_is_not_waited_for() -> None:
    with trickling() as port, pytest.raises(DeadlineExceeded):
        HttpVideo(f"http://127.0.0.1:{port}/", 0.1, 0.2).open()


def test_an_opening_that_waits_can_be_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        camera = HttpVideo(f"http://127.0.0.1:{silent.getsockname()[1]}/", 60, 60)
        raised: list[DriverError] = []

        def wait() -> None:
            with pytest.raises(DriverError) as error:
                camera.open()
            raised.append(error.value)

        waiting = threading.Thread(target=wait)
        waiting.start()
        line, _ = silent.accept()
        eventually(lambda: camera.interrupt() or raised)
        waiting.join()
        line.close()
    assert isinstance(raised[0], ConnectionLost)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("404", ProtocolError),
        ("401", Refused),
        ("403", Refused),
        ("500", Refused),
        ("503", Refused),
        ("200", ProtocolError),
        ("200/text-html", ProtocolError),
        ("200/image-jpeg", ProtocolError),
    ],
)
def test_what_is_no_camera_or_does_not_let_in(path: str, error: type[DriverError]) -> None:
    with serving() as place, closing(HttpVideo(f"http://who:secret@{place}/{path}", 2, 2)) as camera:
        with pytest.raises(error) as raised:
            camera.open()
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://", "http://[", "http://127.0.0.1:1/", "http://127.0.0.1:99999/", "http://a b/"]
)
def test_addresses_that_lead_nowhere(url: str) -> None:
    with closing(HttpVideo(url, 2, 2)) as camera, pytest.raises(NotConnected):
        camera.open()
