"""Threads that write at once share one write to the disk.

Whoever gets the lock first leads: it carries out what all the others have handed in meanwhile, in one transaction, and
each finds its own result when the lock comes round to it.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar, cast

from offline_queue.contract import QueueFull, QueueUnavailable

Writing = TypeVar("Writing")
Result = TypeVar("Result")

MOST: Final = 256
"""Jobs in one transaction, so that none waits for ever behind the others."""

REFUSALS: Final = (ValueError, TypeError, KeyError, QueueFull)
"""What a job may raise, before its first change, without harm to the others."""


@dataclass(eq=False)
class _Ticket(Generic[Writing]):
    job: Callable[[Writing], object]
    done: bool = False
    result: object = None
    error: BaseException | None = None


@dataclass(eq=False)
class GroupCommit(Generic[Writing]):
    begin: Callable[[], AbstractContextManager[Writing]]
    """A transaction: durable at its end, or nothing of it happened. Raises ``QueueUnavailable``."""
    _leading: threading.Lock = field(default_factory=threading.Lock)
    _handing_in: threading.Lock = field(default_factory=threading.Lock)
    _waiting: list[_Ticket[Writing]] = field(default_factory=list[_Ticket[Writing]])

    def run(self, job: Callable[[Writing], Result]) -> Result:
        """What ``job`` returns, once it is durable. Raises what it raises, or why the transaction failed."""
        ticket = _Ticket(job)
        with self._handing_in:
            self._waiting.append(ticket)
        with self._leading:
            while not ticket.done:
                self._lead()
        if ticket.error is not None:
            raise ticket.error
        return cast("Result", ticket.result)

    def _lead(self) -> None:
        with self._handing_in:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            with self.begin() as writing:
                for ticket in group:
                    _carry_out(ticket, writing)
        except BaseException as error:
            for ticket in group:
                ticket.error = ticket.error or _passed_on(error)
            if not isinstance(error, QueueUnavailable):
                raise
        finally:
            for ticket in group:
                ticket.done = True


def _carry_out(ticket: _Ticket[Writing], writing: Writing) -> None:
    try:
        ticket.result = ticket.job(writing)
    except REFUSALS as error:
        ticket.error = error


def _passed_on(error: BaseException) -> QueueUnavailable:
    """An exception of its own for each thread: raising one object in several mixes up their tracebacks."""
    if isinstance(error, QueueUnavailable):
        return type(error)(*error.args)
    return QueueUnavailable("The write that this one shared was broken off: try again")
