"""A network camera's answer to HTTP, byte by byte; what httpx raises is translated here."""

import contextlib
import socket
import threading
from collections.abc import Generator, Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx

from drivers.errors import ConnectionLost, DeadlineExceeded, NotConnected, ProtocolError, Refused

_PAGE: Final = ("text/", "application/json", "image/")
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_FAILED: Final = 400
_HUNG_UP: Final = ("disconnected", "closed connection")
_BUSY: Final = frozenset({409, 423, 429, 503})


class HttpVideo:
    """One GET for a stream without an end. ``connect`` and ``read`` are the longest silences, in seconds."""

    def __init__(self, url: str, connect: float, read: float) -> None:
        self._url = url
        self._timeout = httpx.Timeout(read, connect=connect)
        self._whole_head = connect + read
        self._line: socket.socket | None = None
        self._late = False
        self._response: httpx.Response | None = None
        self._chunks: Iterator[bytes] = iter(())
        self.content_type = ""
        self.server = ""

    def open(self) -> None:
        """Read the answer's head. Raises ``NotConnected``, ``DeadlineExceeded``, ``ProtocolError`` for what is no
        camera, ``Refused`` for one that is busy or wants another password."""
        # What trickles is never silent: the head has a deadline of its own.
        alarm = threading.Timer(self._whole_head, self._give_up)
        alarm.daemon = True
        alarm.start()
        try:
            with _translated():
                self._response = self._get(None)
                if self._response.status_code == _UNAUTHORIZED and self._wants_digest():
                    self._response.close()
                    self._response = self._get(self._digest())
        except ConnectionLost:
            if self._late:
                raise DeadlineExceeded("no whole answer in time") from None
            raise
        finally:
            alarm.cancel()
        self._check(self._response)
        self._chunks = self._response.iter_raw()

    def read(self) -> bytes:
        """The next bytes. Raises ``ConnectionLost``, ``DeadlineExceeded``, ``ProtocolError``."""
        with _translated():
            data = next(self._chunks, b"")
        if not data:
            raise ConnectionLost("the stream ended")
        return data

    def interrupt(self) -> None:
        """Wake the thread that reads; from any thread."""
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        response, self._response = self._response, None
        if response:
            response.close()

    def _give_up(self) -> None:
        self._late = True
        self.interrupt()

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore tells what it does; nothing else names the socket before the answer is there."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._line = info["return_value"].get_extra_info("socket")

    def _get(self, auth: httpx.Auth | None) -> httpx.Response:
        # A name and password within the address are sent as Basic unless ``auth`` is given.
        client = _client()
        request = client.build_request("GET", self._url, timeout=self._timeout, extensions={"trace": self._trace})
        if auth is None:
            return client.send(request, stream=True, follow_redirects=True)
        return client.send(request, stream=True, follow_redirects=True, auth=auth)

    def _wants_digest(self) -> bool:
        answer = self._response.headers.get("www-authenticate", "") if self._response else ""
        return "digest" in answer.lower() and bool(urlsplit(self._url).username)

    def _digest(self) -> httpx.Auth:
        url = urlsplit(self._url)
        return httpx.DigestAuth(unquote(url.username or ""), unquote(url.password or ""))

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        self.content_type = response.headers.get("content-type", "")
        self.server = response.headers.get("server", "")
        if status in _BUSY:
            raise Refused(f"HTTP {status}: busy")
        if status == _NOT_FOUND:
            raise ProtocolError("HTTP 404: there is no camera at this path")
        if status >= _FAILED:
            raise Refused(f"HTTP {status}")
        if not self.content_type or self.content_type.startswith(_PAGE):
            raise ProtocolError(f"no video but {self.content_type or 'something unnamed'}")


@cache
def _client() -> httpx.Client:
    """One for all: making it reads the certificates, which takes longer than asking a camera."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    return httpx.Client(trust_env=False, limits=limits, headers={"Accept": "*/*", "Connection": "close"})


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """Details name the kind only: an address may hold a password."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise NotConnected(type(error).__name__) from None
    except httpx.TimeoutException:
        raise DeadlineExceeded("the camera is silent") from None
    except (httpx.RemoteProtocolError, httpx.DecodingError, httpx.TooManyRedirects) as error:
        if any(word in str(error) for word in _HUNG_UP):  # there is no type of its own for it
            raise ConnectionLost("hung up") from None
        raise ProtocolError(f"no HTTP: {type(error).__name__}") from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeError, ValueError):
        raise NotConnected("no address of a camera") from None
    except (httpx.TransportError, httpx.StreamError, OSError) as error:
        raise ConnectionLost(type(error).__name__) from None
