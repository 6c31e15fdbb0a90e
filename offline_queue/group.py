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
    done: bool = False
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
    _mutex: threading.Lock = field(default_factory=threading.Lock)
    _done: threading.Condition = field(init=False)
    _gathered: threading.Condition = field(init=False)

    def __post_init__(self) -> None:
        self._done = threading.Condition(self._mutex)
        self._gathered = threading.Condition(self._mutex)

    @property
    def waiting(self) -> int:
        """Jobs handed in and not begun."""
        return len(self._waiting)

    def run(self, job: Callable[[Writing], Result]) -> Result:
        """What ``job`` returns, once it is durable. Raises what it raises, or why the transaction failed."""
        ticket = _Ticket(job)
        if group := self._turn(ticket):
            self._lead(group)
        if ticket.error is not None:
            raise ticket.error
        return cast("Result", ticket.result)

    def _turn(self, ticket: _Ticket[Writing]) -> list[_Ticket[Writing]]:
        """Wait until the job is done, or until this thread leads: then with whom."""
        leads = False
        with self._mutex:
            self._waiting.append(ticket)
            if len(self._waiting) >= self.expected:
                self._gathered.notify()
            try:
                self._done.wait_for(lambda: ticket.done or not self._led)
                if not ticket.done:
                    leads = self._led = True
                    self._gathered.wait_for(lambda: len(self._waiting) >= self.expected, PATIENCE)
            except BaseException:  # interrupted: nobody waits for this job any more
                self._give_up(ticket, leads=leads)
                raise
            return self._group() if leads else []

    def _group(self) -> list[_Ticket[Writing]]:
        group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return group

    def _give_up(self, ticket: _Ticket[Writing], *, leads: bool) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
        if leads:
            self._led = False
            self._done.notify_all()

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
            with self._mutex:
                for ticket in group:
                    ticket.done = True
                self._led, self.expected = False, len(group)
                self._done.notify_all()


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
