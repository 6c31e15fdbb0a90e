from collections.abc import Generator
from pathlib import Path

import pytest

from drivers.id_card.protocol import Command, ReplyParser, Status, decode_address, decode_card, encode
from drivers.id_card.simulated import SimulatedReader
from drivers.id_card.simulated_sam import SimulatedSam
from drivers.id_card.specimens import SPECIMENS, Specimen
from drivers.serial_port import SerialPort

TIMEOUT = 10.0


@pytest.fixture
def simulated(tmp_path: Path) -> Generator[SimulatedReader]:
    made = SimulatedReader(tmp_path / "reader")
    made.start()
    yield made
    made.close()


def statuses(simulated: SimulatedReader, *commands: Command) -> list[int]:
    parser = ReplyParser()
    parser.receive_data(b"".join(simulated.answer(encode(command)) for command in commands))
    return [getattr(parser.next_event(), "status", -1) for _ in commands]


def ask(port: SerialPort) -> bytes:
    port.open()
    port.write(encode(Command.SAM_STATUS), TIMEOUT)
    reply = b""
    while len(reply) < len(STATUS_REPLY):
        data = port.read(100, TIMEOUT)
        assert data
        reply += data
    port.close()
    return reply


STATUS_REPLY = bytes.fromhex("AAAAAA9669 0004 000090 94")


def test_a_card_is_found_once_and_read_as_long_as_it_rests() -> None:
    simulated = SimulatedReader()
    simulated.simulate_place("resident")
    commands = (Command.FIND_CARD, Command.SELECT_CARD, Command.READ_CARD)
    assert statuses(simulated, *commands) == [Status.CARD_FOUND, Status.SUCCESS, Status.SUCCESS]
    assert statuses(simulated, *commands) == [Status.NO_CARD, Status.SELECT_FAILED, Status.SUCCESS]
    simulated.simulate_take()
    assert statuses(simulated, *commands) == [Status.NO_CARD, Status.SELECT_FAILED, Status.READ_FAILED]


def test_commands_beyond_the_ordinary_read() -> None:
    sam = SimulatedSam()
    sam.place(Specimen(SPECIMENS["resident"].type, SPECIMENS["resident"].fields, newest_address="测试路2号"))
    parser = ReplyParser()
    parser.receive_data(sam.answer(encode(Command.FIND_CARD) + encode(Command.SELECT_CARD))[-19:])
    parser.next_event()
    parser.receive_data(sam.answer(encode(Command.READ_CARD_WITH_FINGERPRINT)))
    assert len(decode_card(getattr(parser.next_event(), "data", b""), fingerprint=True).fingerprint) == 1024
    parser.receive_data(sam.answer(encode(Command.READ_NEWEST_ADDRESS)))
    assert decode_address(getattr(parser.next_event(), "data", b"")) == "测试路2号"
    parser.receive_data(sam.answer(encode(Command.READ_MANAGEMENT_NUMBER)))
    assert getattr(parser.next_event(), "status", -1) == Status.HOST_COMMAND


def test_the_line_survives_any_number_of_closings(simulated: SimulatedReader) -> None:
    port = SerialPort(simulated.endpoint)
    for _ in range(20):
        assert ask(port) == STATUS_REPLY


def test_the_endpoint_stays_the_same_over_unplugging(simulated: SimulatedReader) -> None:
    endpoint = simulated.endpoint
    for _ in range(3):
        simulated.simulate_unplug()
        assert not Path(endpoint).exists()
        simulated.simulate_plug()
        assert simulated.endpoint == endpoint
        assert ask(SerialPort(endpoint)) == STATUS_REPLY


def test_without_a_link_the_pty_itself_is_the_endpoint() -> None:
    simulated = SimulatedReader()
    assert simulated.endpoint == ""
    simulated.start()
    assert ask(SerialPort(simulated.endpoint)) == STATUS_REPLY
    simulated.close()


def test_start_and_close_are_idempotent(simulated: SimulatedReader) -> None:
    simulated.start()
    assert ask(SerialPort(simulated.endpoint)) == STATUS_REPLY
    simulated.close()
    simulated.close()


def test_every_verb_takes_an_empty_argument_and_heal_undoes_it(simulated: SimulatedReader) -> None:
    for name, verb in simulated.verbs().items():
        verb("")
        simulated.simulate_heal()
        assert simulated.state()["fault"] == "", name
    assert ask(SerialPort(simulated.endpoint)) == STATUS_REPLY


@pytest.mark.parametrize("verb", ["place", "garbage", "slow", "lift_during_read"])
def test_an_unknown_argument_is_refused(verb: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        SimulatedReader().verbs()[verb]("nonsense")


def test_state(simulated: SimulatedReader) -> None:
    assert simulated.state() == {"card": "none", "fault": ""}
    simulated.simulate_place("hmt")
    simulated.simulate_mute()
    assert simulated.state() == {"card": "hmt", "fault": "mute"}
    simulated.simulate_unplug()
    assert simulated.state() == {"card": "hmt", "fault": "unplugged, mute"}
    simulated.simulate_take()
    assert simulated.state()["card"] == "none"
