"""Waiting for commands makes them sooner and never burdens anybody."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from kiosk.sync import prompt
from kiosk.sync.fleet_client import Command, Commands, Orders
from kiosk.sync.prompt import LONGEST_WAIT, Prompt
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import TransportFailed
from tests.waiting import eventually

COMMAND = Command(id="0" * 36, kind="sync_now", expires=9e9)


class Centre:
    """Answers what it is told to, then has nothing for a while."""

    def __init__(self, *answers: Sequence[Command] | TransportFailed) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[float, str]] = []
        self.stop = threading.Event()

    def next(self, wait: float, after: str) -> Commands:
        self.asked.append((wait, after))
        if not self.answers:
            self.stop.wait(30.0)
            return Commands(time=0.0, commands=[])
        answer = self.answers.pop(0)
        if isinstance(answer, TransportFailed):
            raise answer
        return Commands(time=0.0, commands=answer)

    def heartbeat(self, body: Mapping[str, Any]) -> Orders:
        raise NotImplementedError

    def settings(self, version: int) -> Mapping[str, str]:
        raise NotImplementedError


def test_what_comes_is_handed_on_and_not_asked_for_again() -> None:
    centre, came = Centre([COMMAND]), list[Commands]()
    waiting = Prompt(centre, came.append, centre.stop)
    waiting.allow(10 * LONGEST_WAIT, "")
    eventually(lambda: len(centre.asked) == 2, "the second request")
    centre.stop.set()

    assert [one.commands for one in came] == [[COMMAND]]
    assert centre.asked == [(LONGEST_WAIT, ""), (LONGEST_WAIT, COMMAND.id)]


@pytest.mark.parametrize("answer", [[], TransportFailed(Failure(FailureKind.SERVER, "HTTP 500"))])
def test_whoever_does_not_wait_is_left_alone_for_a_while(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []
    centre = Centre(answer)

    def wait(seconds: float | None = None) -> bool:
        rests.append(seconds or 0.0)
        return False

    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", wait)
    Prompt(centre, lambda _: None, stop).allow(25.0, "")
    eventually(lambda: len(centre.asked) == 2, "the second request")
    stop.set()
    centre.stop.set()

    assert len(rests) == 1
    assert rests[0] >= prompt._REST / 2  # pyright: ignore[reportPrivateUsage]


def test_nobody_is_asked_where_the_centre_does_not_want_it() -> None:
    centre = Centre()
    waiting = Prompt(centre, lambda _: None, centre.stop)
    waiting.allow(0.0, "")
    waiting.forbid()

    assert centre.asked == []
