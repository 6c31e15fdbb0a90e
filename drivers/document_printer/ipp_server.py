"""The HTTP end of the simulated IPP printer: requests in, whatever bytes it answers out."""

import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from pyipp.enums import IppStatus
from pyipp.serializer import encode_dict

Answer = Callable[[bytes], bytes | None]
"""Takes the body of a request; ``None`` hangs up without a word."""

_MAX_BODY: Final = 32 << 20
_POLL: Final = 0.05


def serve(address: tuple[str, int], answer: Answer) -> ThreadingHTTPServer:
    """Listen and answer in threads until ``shutdown`` is called."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), _MAX_BODY))
            try:
                content = answer(body)
            except (ValueError, KeyError, IndexError, TypeError):
                self.send_error(400)
            else:
                self._send(content)

        def _send(self, content: bytes | None) -> None:
            if content is None:
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/ipp")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """No access log: requests carry documents."""

    server = ThreadingHTTPServer(address, Handler)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(_POLL,), name="document printer", daemon=True).start()
    return server


def response(
    request: Mapping[str, Any],
    status: IppStatus = IppStatus.OK,
    job: Mapping[str, Any] | None = None,
    printer: Mapping[str, Any] | None = None,
) -> bytes:
    """A response has the shape of a request, with a status in the place of the operation (RFC 8010)."""
    return encode_dict(
        {
            "version": (2, 0),
            "operation": status,
            "request-id": request["request-id"],
            "operation-attributes-tag": {"attributes-charset": "utf-8", "attributes-natural-language": "en"},
            "job-attributes-tag": job,
            "printer-attributes-tag": printer,
        }
    )
