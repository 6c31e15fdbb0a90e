"""IPP over HTTP: five operations; aiohttp's exceptions and IPP's status codes become the driver's errors."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import aiohttp
from pyipp.enums import IppOperation, IppStatus
from yarl import URL

from drivers.document_printer.message import Attributes, Message, decode, encode, one
from drivers.document_printer.protocol import JOB_ATTRIBUTES, PRINTER_ATTRIBUTES
from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Refused, Who
from drivers.monitor import Watch

PORT: Final = 631
USER: Final = "kiosk"
"""Stands in the spooler's list as the owner of a job: never a citizen's name."""
HAND_OVER: Final = 30.0
"""Seconds in which a printer takes a document; some wake up first."""
_CONTENT_TYPE: Final = "application/ipp"
_LARGEST_ANSWER: Final = 1 << 20
_OK: Final = range(0x100)
_BUSY: Final = frozenset({IppStatus.ERROR_BUSY, IppStatus.ERROR_TEMPORARY, IppStatus.ERROR_TOO_MANY_JOBS})
_request_ids = itertools.count(1)


class Busy(Refused):
    """The printer has something else to do."""

    code = "busy"
    who = Who.NOBODY


class NoSuchJob(Refused):
    """The printer knows no such job, the queue no such printer."""


class Client:
    """One printer or queue. Every operation raises ``DriverError`` and ends within ``answer_timeout`` seconds, but for
    ``submit``."""

    def __init__(self, session: aiohttp.ClientSession, uri: str, watch: Watch, answer_timeout: float) -> None:
        self._session = session
        self._url = _http(uri)
        self._uri = str(URL(uri).with_user(None))  # goes into every request, and so into the trace
        self._watch = watch
        self._answer_timeout = answer_timeout

    async def printer(self) -> Attributes:
        answer = await self._execute(IppOperation.GET_PRINTER_ATTRIBUTES, {"requested-attributes": PRINTER_ATTRIBUTES})
        return _first(answer.printers, "printer-state")

    async def submit(self, pdf: bytes, name: str) -> int:
        """Hand in the document; returns the job's id. ``NotConnected`` itself or ``Refused``: no job was made."""
        about = {"job-name": name, "document-format": "application/pdf"}
        answer = await self._execute(IppOperation.PRINT_JOB, about, pdf)
        job_id = one(_first(answer.jobs, "job-id"), "job-id", int)
        if not job_id:
            raise ProtocolError("job-id is no number")
        return job_id

    async def job(self, job_id: int) -> Attributes:
        wanted = {"job-id": job_id, "requested-attributes": JOB_ATTRIBUTES}
        answer = await self._execute(IppOperation.GET_JOB_ATTRIBUTES, wanted)
        return _first(answer.jobs, "job-state")

    async def job_named(self, name: str) -> Attributes | None:
        """Ended jobs first: that is what is asked about."""
        for which in ("completed", "not-completed"):
            wanted = {"which-jobs": which, "requested-attributes": JOB_ATTRIBUTES}
            answer = await self._execute(IppOperation.GET_JOBS, wanted)
            for job in answer.jobs:
                if one(job, "job-name", str) == name and "job-state" in job:
                    return job
        return None

    async def cancel(self, job_id: int) -> None:
        await self._execute(IppOperation.CANCEL_JOB, {"job-id": job_id})

    async def _execute(self, operation: IppOperation, attributes: Mapping[str, Any], pdf: bytes = b"") -> Message:
        # RFC 8011 4.1.5: the target and the user stand before the attributes of the operation
        request = {"printer-uri": self._uri}
        if job_id := attributes.get("job-id"):
            request["job-id"] = job_id
        request |= {"requesting-user-name": USER, **attributes}
        question = encode(operation, next(_request_ids) & 0x7FFFFFFF, request)
        self._watch.sent(question)
        answer = await self._post(question + pdf, max(self._answer_timeout, HAND_OVER if pdf else 0))
        self._watch.received(answer)
        message = decode(answer)
        if message.code not in _OK:
            raise _refusal(message.code)
        return message

    async def _post(self, body: bytes, timeout: float) -> bytes:
        headers = {"Content-Type": _CONTENT_TYPE, "Accept": _CONTENT_TYPE}
        try:
            async with (
                asyncio.timeout(timeout),
                self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return await _content(response)
        except (TimeoutError, aiohttp.ClientError, ValueError, OSError) as error:
            raise _translated(error) from None


@asynccontextmanager
async def session(*, verify_tls: bool) -> AsyncGenerator[aiohttp.ClientSession]:
    """A connection each request: one that the printer closed meanwhile would leave it open whether it took a job."""
    connector = aiohttp.TCPConnector(ssl=verify_tls, force_close=True)
    async with aiohttp.ClientSession(connector=connector, trust_env=False) as made:
        yield made


def _http(uri: str) -> URL:
    """Raises ``NotConnected`` unless it is ``ipp://host[:port]/path`` or ``ipps://``."""
    try:
        url = URL(uri)
        number = url.explicit_port or PORT
    except ValueError:
        url, number = URL(), PORT
    if url.scheme not in ("ipp", "ipps") or not url.host:
        raise NotConnected("no address: it looks like ipp://host:631/ipp/print")
    return url.with_scheme("https" if url.scheme == "ipps" else "http").with_port(number)


async def _content(response: aiohttp.ClientResponse) -> bytes:
    if response.status != HTTPStatus.OK:  # RFC 8010 3.4.3: an IPP answer comes with it, whatever it says
        raise Refused(f"HTTP {response.status}")
    if response.content_type != _CONTENT_TYPE:
        raise ProtocolError(f"{response.content_type} instead of {_CONTENT_TYPE}")
    content = bytearray()
    async for portion in response.content.iter_any():
        content += portion
        if len(content) > _LARGEST_ANSWER:
            raise ProtocolError(f"answer of more than {_LARGEST_ANSWER} bytes")
    return bytes(content)


def _first(groups: tuple[Attributes, ...], needed: str) -> Attributes:
    if not groups or needed not in groups[0]:
        raise ProtocolError(f"answer without {needed}")
    return groups[0]


def _refusal(code: int) -> DriverError:
    detail = f"IPP status {code & 0xFFFF:#06x}"
    if code in _BUSY:
        return Busy(detail)
    return NoSuchJob(detail) if code in (IppStatus.ERROR_NOT_FOUND, IppStatus.ERROR_GONE) else Refused(detail)


def _translated(error: Exception) -> DriverError:
    if isinstance(error, TimeoutError):
        return DeadlineExceeded("no answer")
    if isinstance(error, aiohttp.ClientConnectorError):
        return NotConnected(type(error).__name__)
    garbled = isinstance(error, aiohttp.ClientResponseError | aiohttp.ClientPayloadError | ValueError)
    return (ProtocolError if garbled else ConnectionLost)(type(error).__name__)
