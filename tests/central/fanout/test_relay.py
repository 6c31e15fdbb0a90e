"""The relay against a broker that fails at every step, and workers that die in the middle: without a server."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fanout.broker import BrokerUnavailable
from central.fanout.events import Event, Message, message
from central.fanout.outgoing import Outgoing
from central.fanout.relay import LETTERS, TURN_SECONDS, Relay, messages, pause_after, waves
from tests.central.office import Office

NOW = 1_790_049_600.0


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Stream:
    """A broker in memory: each id once, in the order of the first copies."""

    kept: list[Message] = field(default_factory=list[Message])
    copies: int = 0
    fail: Callable[[int], BaseException | None] = lambda _: None
    """Of the so-manieth copy; it may be kept or not when the sender hears of no acknowledgement."""
    loses: bool = False
    """What failed was not kept either."""

    async def open(self) -> None:
        pass

    async def publish(self, message: Message) -> None:
        self.copies += 1
        failure = self.fail(self.copies)
        if not (failure and self.loses) and message.id not in {one.id for one in self.kept}:
            self.kept.append(message)
        if failure:
            raise failure

    async def close(self) -> None:
        pass


def event(reference: str, version: int) -> Event:
    return Event("moved", "police", "permit", reference, "in_review", NOW, version)


def write(counter: Office, transactions: Sequence[Sequence[Event]]) -> None:
    for events in transactions:
        with counter.storage.transaction() as transaction:
            Outgoing(enabled=True).tell(transaction, events, counter.now)


def steps_by_case(kept: Sequence[Message], letters: Sequence[Message]) -> bool:
    """Whether all is there, once, and each case in its order."""
    cases = {one.case for one in letters}
    return all([o.id for o in kept if o.case == case] == [o.id for o in letters if o.case == case] for case in cases)


def pending(counter: Office) -> list[Message]:
    with counter.storage.reading() as transaction:
        return list(messages(transaction.outbox.oldest(1000)))


HISTORY = [[event("A", 1), event("B", 1)], [event("A", 2)], [event("C", 1), event("A", 3)], [event("B", 2)]]


def test_all_is_passed_on_in_order_and_deleted(counter: Office) -> None:
    write(counter, HISTORY)
    told, stream = pending(counter), Stream()
    assert asyncio.run(Relay(counter.storage, stream, lambda: counter.now).pass_on()) == len(HISTORY)
    assert steps_by_case(stream.kept, told)
    assert pending(counter) == []


@pytest.mark.parametrize("error", [BrokerUnavailable("down"), Killed()], ids=["fails", "killed"])
@pytest.mark.parametrize("loses", [True, False], ids=["lost", "kept"])
@pytest.mark.parametrize("step", range(1, 7))
def test_whatever_step_it_fails_at_nothing_is_lost_doubled_or_out_of_order(
    counter: Office, step: int, loses: bool, error: BaseException
) -> None:
    write(counter, HISTORY)
    told = pending(counter)
    stream = Stream(fail=lambda copy: error if copy == step else None, loses=loses)
    with pytest.raises(type(error)):
        asyncio.run(Relay(counter.storage, stream, lambda: counter.now).pass_on())
    counter.now += TURN_SECONDS + 1
    asyncio.run(Relay(counter.storage, stream, lambda: counter.now).pass_on())
    assert steps_by_case(stream.kept, told)
    assert pending(counter) == []


def test_killed_before_it_deletes_it_sends_the_same_ids_again(counter: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    write(counter, HISTORY)
    told, stream = pending(counter), Stream()
    dying = Relay(counter.storage, stream, lambda: counter.now)

    def die(_ids: Sequence[int]) -> None:
        raise Killed

    monkeypatch.setattr(dying, "_remove", die)
    with pytest.raises(Killed):
        asyncio.run(dying.pass_on())
    counter.now += TURN_SECONDS + 1
    asyncio.run(Relay(counter.storage, stream, lambda: counter.now).pass_on())
    assert stream.copies == 2 * len(told)
    assert steps_by_case(stream.kept, told)


def test_one_worker_passes_on_and_the_next_when_its_turn_is_over(counter: Office) -> None:
    first, second = (Relay(counter.storage, Stream(), lambda: counter.now) for _ in range(2))
    write(counter, [[event("A", 1)]])
    assert asyncio.run(first.pass_on()) == 1
    write(counter, [[event("A", 2)]])
    assert asyncio.run(second.pass_on()) == 0
    counter.now += TURN_SECONDS
    assert asyncio.run(second.pass_on()) == 1


def test_a_turn_taken_by_a_clock_that_was_wrong_does_not_last(counter: Office) -> None:
    ahead = Relay(counter.storage, Stream(), lambda: NOW + 365 * 86400)
    write(counter, [[event("A", 1)]])
    assert asyncio.run(ahead.pass_on()) == 1
    write(counter, [[event("A", 2)]])
    assert asyncio.run(Relay(counter.storage, Stream(), lambda: NOW).pass_on()) == 1


def test_workers_that_both_believe_it_is_their_turn_change_no_order(counter: Office) -> None:
    write(counter, [[event(case, version)] for version in range(1, LETTERS) for case in "AB"])
    told, stream = pending(counter), Stream()
    clocks = [0.0, 1000.0, 5000.0]
    relays = [Relay(counter.storage, stream, lambda shift=shift: NOW + shift) for shift in clocks]

    async def all_at_once() -> None:
        while sum(await asyncio.gather(*(relay.pass_on() for relay in relays))):
            pass

    asyncio.run(all_at_once())
    assert steps_by_case(stream.kept, told)
    assert pending(counter) == []


def test_it_goes_on_by_itself_when_the_broker_is_back(counter: Office) -> None:
    write(counter, HISTORY)
    told = pending(counter)
    stream = Stream(fail=lambda copy: BrokerUnavailable("down") if copy < 5 else None, loses=True)
    pauses = list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if not pending(counter):
            raise Killed

    with pytest.raises(Killed):
        asyncio.run(Relay(counter.storage, stream, lambda: counter.now, pause=pause).run())
    assert steps_by_case(stream.kept, told)


def test_nothing_is_kept_for_nobody(counter: Office) -> None:
    with counter.storage.transaction() as transaction:
        Outgoing(enabled=False).tell(transaction, [event("A", 1)], NOW)
    with counter.storage.reading() as transaction:
        assert transaction.outbox.depth().letters == 0


def test_the_depth_says_what_waits_and_since_when(counter: Office) -> None:
    write(counter, HISTORY)
    with counter.storage.reading() as transaction:
        depth = transaction.outbox.depth()
    assert (depth.letters, depth.oldest_at) == (len(HISTORY), counter.now)


@given(st.lists(st.sampled_from("ABCD")))
def test_a_wave_holds_each_case_once_and_all_waves_hold_all(cases: list[str]) -> None:
    ordered = [message(event(case, number), str(number)) for number, case in enumerate(cases)]
    found = list(waves(ordered))
    assert [one for wave in found for one in wave] == ordered
    assert all(len({one.case for one in wave}) == len(wave) for wave in found)


@given(st.text(), st.text())
def test_no_text_leaves_its_place_in_a_subject(department: str, item: str) -> None:
    subject = message(Event("filed", department, item, "r", "received", NOW), "id").subject
    tokens = subject.split(".")
    assert len(tokens) == 4
    assert all(token and not set(token) & set("*> \t\r\n") for token in tokens)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_pauses_grow_to_half_a_minute(failures: int, chance: float) -> None:
    assert 0.25 <= pause_after(failures, chance) <= 30


@pytest.mark.parametrize("database_url", ["pgbouncer"], indirect=True)
def test_behind_a_pooler_that_gives_each_transaction_another_session(counter: Office) -> None:
    write(counter, [[event(case, version)] for version in range(1, 20) for case in "ABC"])
    told, stream = pending(counter), Stream()
    relays = [Relay(counter.storage, stream, lambda: counter.now) for _ in range(2)]

    async def all_at_once() -> None:
        while pending(counter):
            await asyncio.gather(*(relay.pass_on() for relay in relays))
            counter.now += TURN_SECONDS / 2

    asyncio.run(all_at_once())
    assert steps_by_case(stream.kept, told)
