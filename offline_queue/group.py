"""Threads that write at once share one write to the disk.

One of them leads: it carries out what all have handed in, in one transaction, while the others sleep. Those whom one
write served come back together, as a rule; the next leader waits for them, but never longer than a write takes.
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
PATIENCE: Final = 0.001
"""Seconds."""

REFUSALS: Final = (ValueError, TypeError, KeyError, QueueFull)
"""What a job may raise, before its first change, without harm to the others."""


@dataclass(eq=False)
class _Ticket(Generic[Writing]):
    job: Callable[[Writing], object]
    called: threading.Lock = field(default_factory=threading.Lock)
    """Held until the job is done or this thread is to lead: no two who sleep fight for one lock when they wake."""
    leads: bool = False
    result: object = None
    error: BaseException | None = None


@dataclass(eq=False)
class GroupCommit(Generic[Writing]):
    begin: Callable[[], AbstractContextManager[Writing]]
    """A transaction: durable at its end, or nothing of it happened. Raises ``QueueUnavailable``."""
    expected: int = 1
    """Writers that the last write served."""
    _waiting: list[_Ticket[Writing]] = field(default_factory=list[_Ticket[Writing]])
    _led: bool = False
    _gathered: threading.Condition = field(default_factory=lambda: threading.Condition(threading.Lock()))

    @property
    def waiting(self) -> int:
        """Jobs handed in and not begun."""
        return len(self._waiting)

    def run(self, job: Callable[[Writing], Result]) -> Result:
        """What ``job`` returns, once it is durable. Raises what it raises, or why the transaction failed."""
        ticket = _Ticket(job)
        try:
            self._hand_in(ticket)
            group = self._gather() if ticket.leads else []
        except BaseException:  # interrupted: nobody waits for this job any more
            self._give_up(ticket)
            raise
        if group:
            self._lead(group)
        if ticket.error is not None:
            raise ticket.error
        return cast("Result", ticket.result)

    def _hand_in(self, ticket: _Ticket[Writing]) -> None:
        """Until the job is done, or this thread leads."""
        ticket.called.acquire()
        with self._gathered:
            self._waiting.append(ticket)
            if len(self._waiting) >= self.expected:
                self._gathered.notify()
            if not self._led:
                self._led = ticket.leads = True
                return
        ticket.called.acquire()

    def _gather(self) -> list[_Ticket[Writing]]:
        with self._gathered:
            self._gathered.wait_for(lambda: len(self._waiting) >= self.expected, PATIENCE)
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            return group

    def _give_up(self, ticket: _Ticket[Writing]) -> None:
        with self._gathered:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            if ticket.leads:
                self._pass_on()

    def _pass_on(self) -> None:
        """The one who has waited longest leads next."""
        self._led = bool(self._waiting)
        if self._led:
            self._waiting[0].leads = True
            self._waiting[0].called.release()

    def _lead(self, group: list[_Ticket[Writing]]) -> None:
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
            with self._gathered:
                self.expected = len(group)
                self._pass_on()
            for ticket in group:
                ticket.called.release()


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
