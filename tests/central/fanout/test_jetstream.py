"""The whole way through a real NATS server: down, killed and restarted, with workers that die and a consumer that
acknowledges too late."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from central.fanout.broker import BrokerUnavailable, JetStream
from central.fanout.events import Event, Message, message
from central.fanout.example import Inbox, listen
from central.fanout.outgoing import Outgoing
from central.fanout.relay import TURN_SECONDS, Relay
from tests.central.fanout.nats_server import NatsServer, nats_server, program
from tests.central.office import Office

NOW = 1_790_049_600.0
pytestmark = pytest.mark.skipif(program() is None, reason="NATS is not installed: apt-get install nats-server")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with nats_server(tmp_path / "nats") as made:
        yield made


def write(counter: Office, cases: str, version: int) -> None:
    for case in cases:
        with counter.storage.transaction() as transaction:
            event = Event("moved", "police", "permit", case, "in_review", NOW, version)
            Outgoing(enabled=True).tell(transaction, [event], counter.now)


def pass_on(counter: Office, broker: JetStream) -> None:
    """As a worker that has just been started, and is killed after it."""
    counter.now += TURN_SECONDS

    async def once() -> None:
        try:
            await Relay(counter.storage, broker, lambda: counter.now).pass_on()
        finally:
            await broker.close()

    asyncio.run(once())


class Forgetful(JetStream):
    """The relay dies when the broker has it, before it knows."""

    async def publish(self, message: Message) -> None:
        await super().publish(message)
        raise BrokerUnavailable("killed")


def test_an_outage_a_power_cut_and_dying_relays_cost_nothing_and_the_effect_is_had_once(
    counter: Office, server: NatsServer, tmp_path: Path
) -> None:
    inbox = Inbox(tmp_path / "department.db")
    write(counter, "AB", 1)
    pass_on(counter, JetStream([server.url]))
    server.kill()
    write(counter, "AB", 2)
    with pytest.raises(BrokerUnavailable):
        pass_on(counter, JetStream([server.url]))
    server.start()
    with pytest.raises(BrokerUnavailable):
        pass_on(counter, Forgetful([server.url]))
    write(counter, "AB", 3)
    pass_on(counter, JetStream([server.url]))
    with counter.storage.reading() as transaction:
        assert transaction.outbox.depth().letters == 0

    def is_enough() -> bool:
        return len(inbox.effects()) >= 6

    asyncio.run(asyncio.wait_for(listen(server.url, "matters.police.>", "records", inbox, is_enough), 20))
    assert sorted(inbox.effects()) == [(case, "moved", "in_review", version) for case in "AB" for version in (1, 2, 3)]
    assert [version for case, _, _, version in inbox.effects() if case == "A"] == [1, 2, 3]


def test_a_copy_beyond_the_brokers_own_memory_has_no_second_effect(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "department.db")
    body = message(Event("filed", "police", "permit", "A", "received", NOW, 1), "id").body
    assert [inbox.take(body), inbox.take(body)] == [True, False]
    assert len(inbox.effects()) == 1


def test_a_department_hears_of_its_own_alone(server: NatsServer, tmp_path: Path) -> None:
    async def publish() -> None:
        stream = JetStream([server.url])
        await stream.open()
        for number, department in enumerate(("police", "housing", "police")):
            event = Event("filed", department, "permit", f"R{number}", "received", NOW, 1)
            await stream.publish(message(event, str(number)))
        await stream.close()

    asyncio.run(publish())
    inbox = Inbox(tmp_path / "department.db")

    def is_enough() -> bool:
        return len(inbox.effects()) >= 2

    asyncio.run(asyncio.wait_for(listen(server.url, "matters.police.>", "records", inbox, is_enough), 20))
    assert [reference for reference, *_ in inbox.effects()] == ["R0", "R2"]


def test_a_broker_that_is_not_there_is_told_without_its_address(tmp_path: Path) -> None:
    stream = JetStream(["nats://user:secret@127.0.0.1:1"])
    with pytest.raises(BrokerUnavailable) as caught:
        asyncio.run(stream.open())
    assert "secret" not in str(caught.value)
