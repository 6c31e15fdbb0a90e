"""Calls into a library that may never return, each with a deadline."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from time import monotonic
from typing import Any, Final, TypeVar

from drivers.contract import Cancel
from drivers.errors import Cancelled, DeadlineExceeded

T = TypeVar("T")

_SLICE: Final = 0.05
_Job = tuple[Callable[[], Any], "Future[Any]"]


class BoundedCalls:
    """One thread does all calls, in order; who calls waits no longer than the deadline.

    A call that was given up goes on: the next one waits for it within its own deadline, so that never more than one
    thread hangs. The thread is a daemon: a library that hangs does not keep the process.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] | None = None
        self._last: Future[Any] = Future()
        self._last.set_result(None)

    def call(self, work: Callable[[], T], timeout: float, cancel: Cancel) -> T:
        """Raises ``DeadlineExceeded``, ``Cancelled`` and whatever ``work`` raises."""
        deadline = monotonic() + timeout
        self._await(self._last, deadline, cancel)
        result: Future[T] = Future()
        self._last = result
        self._queue().put((work, result))
        self._await(result, deadline, cancel)
        return result.result()

    def close(self) -> None:
        """Let the thread end when it is done. Idempotent; the next call starts another."""
        jobs, self._jobs = self._jobs, None
        if jobs:
            jobs.put(None)

    def _await(self, result: "Future[Any]", deadline: float, cancel: Cancel) -> None:
        while not result.done():
            if cancel.is_set():
                raise Cancelled
            left = deadline - monotonic()
            if left <= 0:
                raise DeadlineExceeded(self._name)
            wait([result], min(left, _SLICE))

    def _queue(self) -> "queue.SimpleQueue[_Job | None]":
        if self._jobs is None:
            self._jobs = queue.SimpleQueue()
            threading.Thread(target=_work, args=(self._jobs,), name=self._name, daemon=True).start()
        return self._jobs


def _work(jobs: "queue.SimpleQueue[_Job | None]") -> None:
    while job := jobs.get():
        work, result = job
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001 - handed to who called
            result.set_exception(error)
