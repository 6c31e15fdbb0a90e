"""The HTTP end of the simulated printer: requests in, whatever it answers out."""

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Final, cast

from drivers.errors import ProtocolError
from drivers.simulation.server import Connection

_MAX_BODY: Final = 32 << 20


@dataclass(frozen=True)
class Answer:
    content: bytes
    content_type: str = "application/ipp"


HUNG_UP: Final = Answer(b"", "")
"""No word, and the connection is closed."""


def converse(connection: Connection, answer: Callable[[bytes], Answer]) -> None:
    """Serve one connection until it ends."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MAX_BODY))
            try:
                said = answer(body)
            except ProtocolError:
                self.send_error(400)
            else:
                self._send(said)

        def _send(self, said: Answer) -> None:
            if said is HUNG_UP:
                return
            self.send_response(200)
            self.send_header("Content-Type", said.content_type)
            self.send_header("Content-Length", str(len(said.content)))
            self.end_headers()
            self.wfile.write(said.content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """No access log: requests carry documents."""

    # a handler needs no server, and of a socket no more than a Connection has
    Handler(cast("Any", connection), ("", 0), cast("Any", None))
