"""Where the centre asks a platform: for so long, so many at once, and nobody else waits for a platform that hangs."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from central.platforms.errors import Conflict, Denied, NotFound, PlatformError, Unavailable, WrongAnswer
from central.problems import Problem, later
from central.storage.errors import StorageUnavailable

log = logging.getLogger(__name__)
_RECOVERY: Final = 60.0
"""Seconds until a platform that answers nonsense may have been mended."""
_TOLD: Final = {
    NotFound: (404, "not-found", "knows nothing of the kind", "Compare what was typed."),
    Denied: (403, "denied", "refuses this", "Go by the problem's type; docs/platforms.md lists them."),
    Conflict: (409, "conflict", "cannot do this as things stand", "Look at the state first."),
    PlatformError: (502, "platform-failed", "failed", "Try again later."),
}
"""Status, end of the problem's type, detail and remedy."""
C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True)
class Limits:
    seconds: float = 5.0
    """For an answer."""
    seats: int = 8
    """Questions at once; one more is told at once that the platform is unavailable."""


class Desk(Generic[C]):
    """Before the connector of one platform. Safe from several threads."""

    def __init__(self, name: str, connector: C, limits: Limits) -> None:
        self.name: Final = name
        self._connector = connector
        self._seconds = limits.seconds
        self._free = threading.BoundedSemaphore(limits.seats)
        self._seats = ThreadPoolExecutor(limits.seats, f"platform-{name}")

    def ask(self, question: Callable[[C], R]) -> R:
        """Raises :class:`PlatformError`, ``StorageUnavailable`` from a reference platform."""
        if not self._free.acquire(blocking=False):
            raise Unavailable("busy")
        answer = self._seats.submit(question, self._connector)
        answer.add_done_callback(lambda _: self._free.release())
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            log.warning("platform %s: no answer in %g s", self.name, self._seconds)
            raise Unavailable("no answer in time") from None
        except (PlatformError, StorageUnavailable):
            raise
        except Exception as error:  # noqa: BLE001 - of whoever wrote the connector
            log.error("platform %s: the connector failed: %s", self.name, type(error).__name__)
            raise WrongAnswer("the connector failed") from None

    def put(self, question: Callable[[C], R]) -> R:
        """:meth:`ask` for a route. Raises :class:`Problem`."""
        try:
            return self.ask(question)
        except PlatformError as error:
            raise as_problem(self.name, error) from None

    def close(self) -> None:
        self._seats.shutdown(wait=False, cancel_futures=True)


def as_problem(name: str, error: PlatformError) -> Problem:
    match error:
        case Unavailable():
            return _later(503, f"The platform {name} does not answer now.", error.retry_after, "platform-unavailable")
        case WrongAnswer():
            detail = f"The platform {name} answered something that does not fit the question."
            return _later(502, detail, _RECOVERY, "platform-wrong")
        case _:
            status, kind, detail, remedy = _TOLD.get(type(error), _TOLD[PlatformError])
            return Problem(status, f"The platform {name} {detail}.", remedy, kind=str(error) or kind)


def _later(status: int, detail: str, seconds: float, kind: str) -> Problem:
    found = later(status, detail, seconds)
    return Problem(status, detail, found.remedy, kind=kind, headers=found.headers)
