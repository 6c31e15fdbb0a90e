"""Any history of batches, lost answers, repeats and a centre that falls back to a backup ends with each matter once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from central.replies import Reply
from offline_queue import envelope as wire
from offline_queue.envelope import Envelope
from tests.central.helpers import TERMINAL, make, proof
from tests.central.office import Everything, Office, chained, everything, go_back
from tests.central.test_recovery import kept

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql", "pgbouncer"], indirect=True)

MOST: Final = 6


@dataclass
class History:
    """The centre, and a terminal that keeps every answer it hears."""

    counter: Office
    matters: list[Envelope]
    heard: dict[str, Reply] = field(default_factory=dict[str, Reply])
    backup: Everything = field(default_factory=dict[str, list[dict[str, Any]]])

    def send(self, at: tuple[int, ...], *, is_heard: bool) -> None:
        """Those that no answer was heard to: for the others the terminal asks whether they are lost."""
        envelopes = [self.matters[one] for one in at if self.matters[one].id not in self.heard]
        replies = self.counter.receive(envelopes).replies
        for reply in replies if is_heard else ():
            self.heard.setdefault(reply.id, reply)

    def save(self) -> None:
        self.backup = everything(self.counter.url)

    def fall_back(self) -> None:
        go_back(self.counter.url, self.backup)

    def recover(self) -> None:
        """As the terminal does when the centre counts fewer than it."""
        answered = [one for one in self.matters if one.id in self.heard]
        unknown = self.counter.recovery.unknown(TERMINAL, [(one.id, wire.digest(one)) for one in answered])
        lost = [one for one in answered if one.id in unknown]
        self.counter.recovery.restore(TERMINAL, [kept(one, self.heard[one.id], at) for at, one in enumerate(lost)])

    def play(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("send", at, is_heard):
                self.send(at, is_heard=is_heard)
            case (name,):
                getattr(self, name)()
            case _:
                raise AssertionError(step)


some = st.lists(st.integers(0, MOST - 1), max_size=MOST).map(tuple)
steps = st.lists(
    st.tuples(st.just("send"), some, st.booleans()) | st.sampled_from([("save",), ("fall_back",), ("recover",)]),
    max_size=8,
)


def some_matters() -> Iterator[Envelope]:
    for seq in range(1, MOST + 1):
        yield proof(seq) if seq % 3 else make(seq, item="no-such-item")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_each_matter_is_there_once(counter: Office, played: list[tuple[Any, ...]]) -> None:
    go_back(counter.url, {})
    history = History(counter, chained(some_matters()))
    for step in played:
        history.play(step)
    history.recover()
    history.send(tuple(range(MOST)), is_heard=True)
    last = counter.receive(history.matters)

    assert counter.rows("SELECT count(*) FROM matter") == [(MOST,)]
    assert last.settled == MOST
    numbers = [reply.number for reply in last.replies if reply.outcome == "filed"]
    assert len(set(numbers)) == len(numbers) == 4
    assert sorted(counter.rows("SELECT number FROM acceptance")) == sorted((number,) for number in numbers)
    renumbered = {notice.id for notice in counter.notices() if notice.kind == "renumbered"}
    for reply in last.replies:
        if reply.id not in renumbered:
            assert reply.as_json() == history.heard[reply.id].as_json()


def test_the_model_itself_can_lose(counter: Office) -> None:
    history = History(counter, chained(some_matters()))
    history.send((0, 1), is_heard=True)
    history.fall_back()
    assert counter.rows("SELECT count(*) FROM matter") == [(0,)]


@pytest.mark.parametrize("given_away", [True, False])
def test_a_backup_of_this_morning(counter: Office, given_away: bool) -> None:
    history = History(counter, chained(some_matters()))
    history.send((0,), is_heard=True)
    history.save()
    history.send((1, 3), is_heard=True)
    history.fall_back()
    if given_away:
        history.send((4,), is_heard=True)
    history.recover()
    kinds = [notice.kind for notice in counter.notices()]
    assert kinds == ["renumbered"] * given_away
