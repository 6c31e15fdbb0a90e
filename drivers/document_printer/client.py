"""Four IPP operations over pyipp, its exceptions and aiohttp's translated into the driver's."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from pyipp import IPP
from pyipp.enums import IppOperation
from pyipp.exceptions import IPPConnectionError, IPPError, IPPParseError

from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Refused

Attributes = Mapping[str, Any]

USER: Final = "kiosk"
"""Stands in the spooler's list as the owner of a job: never a citizen's name."""
_PRINTER_ATTRIBUTES: Final = ("printer-state", "printer-state-reasons")
_JOB_ATTRIBUTES: Final = ("job-id", "job-state", "job-state-reasons", "time-at-processing")


class Client:
    """Every operation raises ``DriverError`` and ends within ``answer_timeout`` seconds."""

    def __init__(self, ipp: IPP, answer_timeout: float) -> None:
        self._ipp = ipp
        self._answer_timeout = answer_timeout

    async def printer(self) -> Attributes:
        wanted = {"requested-attributes": _PRINTER_ATTRIBUTES}
        return _first(await self._execute(IppOperation.GET_PRINTER_ATTRIBUTES, wanted), "printers", "printer-state")

    async def submit(self, pdf: bytes, title: str) -> int:
        """Hand in the document; returns the job's id. ``NotConnected`` itself or ``Refused``: no job was made."""
        about = {"job-name": title, "document-format": "application/pdf"}
        answer = await self._execute(IppOperation.PRINT_JOB, about, pdf)
        job_id = _first(answer, "jobs", "job-id")["job-id"]
        if not isinstance(job_id, int):
            raise ProtocolError("job-id is no number")
        return job_id

    async def job(self, job_id: int) -> Attributes:
        wanted = {"job-id": job_id, "requested-attributes": _JOB_ATTRIBUTES}
        return _first(await self._execute(IppOperation.GET_JOB_ATTRIBUTES, wanted), "jobs", "job-state")

    async def cancel(self, job_id: int) -> None:
        await self._execute(IppOperation.CANCEL_JOB, {"job-id": job_id})

    async def _execute(self, operation: IppOperation, attributes: Attributes, data: bytes = b"") -> Attributes:
        message = {"operation-attributes-tag": {"requesting-user-name": USER, **attributes}, "data": data}
        try:
            async with asyncio.timeout(self._answer_timeout):
                return await self._ipp.execute(operation, message)
        except (TimeoutError, IPPError, aiohttp.ClientError, UnicodeDecodeError, OSError) as error:
            raise _translated(error) from None


@asynccontextmanager
async def connect(uri: str, answer_timeout: float) -> AsyncGenerator[Client]:
    async with IPP(uri, request_timeout=max(1, round(answer_timeout))) as ipp:
        yield Client(ipp, answer_timeout)


def _first(answer: Attributes, group: str, needed: str) -> Attributes:
    groups: list[Attributes] = answer.get(group) or []
    if not groups or needed not in groups[0]:
        raise ProtocolError(f"answer without {needed}")
    return groups[0]


def _translated(error: Exception) -> DriverError:
    cause = error.__cause__ if isinstance(error, IPPConnectionError) else error
    if isinstance(cause, TimeoutError):
        return DeadlineExceeded("no answer")
    if isinstance(cause, aiohttp.ClientConnectorError):
        return NotConnected(type(cause).__name__)
    if isinstance(cause, IPPParseError | UnicodeDecodeError):
        return ProtocolError(type(cause).__name__)
    if isinstance(cause, IPPError):
        return Refused(_code(cause))
    return ConnectionLost(type(cause).__name__)


def _code(error: IPPError) -> str:
    """HTTP or IPP status code, which pyipp puts into a dictionary beside the message."""
    for part in error.args[1:]:
        return f"status {part.get('status-code', '')}"
    return str(error)
