"""Quirks of single readers, each told by a table from command to replies."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, ProtocolError, Refused
from drivers.fake_ports import DelayedPort, LossyPort, ScriptedPort
from drivers.id_card.contract import CardRejected, CardType, CardUnreadable, NoCard
from drivers.id_card.device import SamIdCardReader, Timings
from drivers.id_card.protocol import Command, Status, encode, encode_card, encode_reply
from drivers.id_card.simulated import SimulatedReader
from drivers.id_card.specimens import PUBLISHED, SPECIMENS
from tests.drivers.id_card.helpers import PATIENCE, QUICK, read

FOUND = encode_reply(Status.CARD_FOUND, bytes(4))
SELECTED = encode_reply(Status.SUCCESS, bytes(8))
NO_CARD = encode_reply(Status.NO_CARD)
NOT_SELECTED = encode_reply(Status.SELECT_FAILED)
FAILED = encode_reply(Status.READ_FAILED)
REJECTED = encode_reply(Status.SAM_REJECTS_CARD)
EMPTY = encode_reply(Status.EMPTY)
CARD = encode_reply(Status.SUCCESS, encode_card(PUBLISHED[CardType.RESIDENT].data()))
OTHER_CARD = encode_reply(Status.SUCCESS, encode_card(SPECIMENS["resident2"].data()))
MOMENT = 0.05


class Script:
    """Answers each command with its replies in turn, and with the last of them from then on."""

    def __init__(self, replies: Mapping[Command, Sequence[bytes]]) -> None:
        self._replies = {encode(command): list(answers) for command, answers in replies.items()}
        self.port = ScriptedPort(self._answer)
        self.reader = SamIdCardReader(self.port, QUICK)

    def _answer(self, request: bytes) -> bytes:
        answers = self._replies.get(request, [FAILED])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def count(self, command: Command) -> int:
        return self.port.written.count(encode(command))


# --- searching is not believed ---------------------------------------------------------------------------------------


def test_a_reader_that_does_not_find_the_card_it_selects() -> None:
    script = Script({Command.FIND_CARD: [NO_CARD], Command.SELECT_CARD: [SELECTED], Command.READ_CARD: [CARD]})
    assert read(script.reader).name == "证件样本"


def test_a_reader_that_refuses_to_select_the_card_it_reads() -> None:
    script = Script({Command.FIND_CARD: [FOUND], Command.SELECT_CARD: [NOT_SELECTED], Command.READ_CARD: [CARD]})
    assert read(script.reader).name == "证件样本"


def test_a_reader_that_claims_a_resting_card_when_there_is_none() -> None:
    script = Script({Command.FIND_CARD: [NO_CARD], Command.READ_NEWEST_ADDRESS: [EMPTY]})
    with pytest.raises(NoCard):
        read(script.reader, timeout=MOMENT)


@pytest.mark.parametrize("status", [Status.READ_FAILED, Status.NO_CARD, Status.NOT_PERMITTED, Status.UNKNOWN_CARD_TYPE])
def test_what_tells_that_the_card_was_lifted(status: Status) -> None:
    script = Script({Command.READ_NEWEST_ADDRESS: [encode_reply(status)]})
    assert not script.reader.card_present()


@pytest.mark.parametrize("data", [b"", "新地址".ljust(35).encode("utf-16-le")], ids=["none", "newer"])
def test_what_tells_that_the_card_lies_there(data: bytes) -> None:
    script = Script({Command.READ_NEWEST_ADDRESS: [encode_reply(Status.SUCCESS if data else Status.EMPTY, data)]})
    assert script.reader.card_present()


def test_a_reader_that_cannot_tell_whether_the_card_lies_there() -> None:
    script = Script({Command.READ_NEWEST_ADDRESS: [encode_reply(Status.HOST_COMMAND)]})
    with pytest.raises(Refused):
        script.reader.card_present()


# --- a card that failed must be lifted -------------------------------------------------------------------------------


def test_a_failed_card_that_still_lies_there_is_no_news() -> None:
    script = Script({Command.FIND_CARD: [FOUND], Command.SELECT_CARD: [SELECTED], Command.READ_CARD: [FAILED]})
    with pytest.raises(CardUnreadable):
        read(script.reader)
    with pytest.raises(CardUnreadable):
        read(script.reader, timeout=MOMENT)
    assert script.count(Command.READ_CARD) > 2


def test_a_failed_card_is_read_when_it_was_laid_again() -> None:
    script = Script(
        {
            Command.FIND_CARD: [FOUND, FOUND, NO_CARD, FOUND],
            Command.SELECT_CARD: [SELECTED, SELECTED, NOT_SELECTED, SELECTED],
            Command.READ_CARD: [FAILED, FAILED, CARD],
        }
    )
    with pytest.raises(CardUnreadable):
        read(script.reader)
    assert read(script.reader).name == "证件样本"


def test_a_second_failure_after_lifting_is_news() -> None:
    script = Script(
        {
            Command.FIND_CARD: [FOUND, NO_CARD, FOUND],
            Command.SELECT_CARD: [SELECTED, NOT_SELECTED, SELECTED],
            Command.READ_CARD: [FAILED],
        }
    )
    for expected_reads in (1, 2):
        with pytest.raises(CardUnreadable):
            read(script.reader)
        assert script.count(Command.READ_CARD) == expected_reads


def test_a_card_that_the_module_rejects() -> None:
    script = Script({Command.FIND_CARD: [FOUND], Command.SELECT_CARD: [REJECTED]})
    with pytest.raises(CardRejected):
        read(script.reader)
    assert script.count(Command.READ_CARD) == 0


# --- replies that are late, damaged or none --------------------------------------------------------------------------


class InFlight:
    """A port on which ``late`` is still on its way when the input is discarded."""

    def __init__(self, port: ScriptedPort) -> None:
        self.name = port.name
        self.late = b""
        self.open, self.write = port.open, port.write
        self.discard_input, self.close = port.discard_input, port.close
        self._port = port

    def read(self, max_bytes: int, timeout: float) -> bytes:
        late, self.late = self.late, b""
        return late or self._port.read(max_bytes, timeout)


def test_the_late_reply_to_a_cancelled_read_is_not_the_next_card() -> None:
    """The first citizen cancels while the reader works; what then comes must not be taken for the second's."""
    script = Script({Command.FIND_CARD: [FOUND], Command.READ_CARD: [b"", OTHER_CARD]})
    port = InFlight(script.port)
    reader = SamIdCardReader(port, QUICK)
    cancel, asked = threading.Event(), threading.Event()
    script.port.on_write = lambda data: asked.set() if data == encode(Command.READ_CARD) else None
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(reader.read, timeout=PATIENCE, cancel=cancel)
        assert asked.wait(PATIENCE)
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    port.late = CARD
    assert read(reader).name == "样本乙"
    assert script.count(Command.FIND_CARD) == 2, "each search got its own reply"


def test_what_arrived_before_the_question_is_no_answer() -> None:
    script = Script({Command.SAM_STATUS: [SELECTED], Command.READ_NEWEST_ADDRESS: [EMPTY]})
    script.reader.status()
    script.port.push(FAILED)
    assert script.reader.card_present()


def test_a_reader_that_was_plugged_again_tells_of_a_bad_card_anew() -> None:
    script = Script({Command.FIND_CARD: [FOUND], Command.SELECT_CARD: [SELECTED], Command.READ_CARD: [FAILED]})
    with pytest.raises(CardUnreadable):
        read(script.reader)
    script.port.present = False
    with pytest.raises(ConnectionLost):
        read(script.reader)
    script.port.present = True
    with pytest.raises(CardUnreadable):
        read(script.reader)
    assert script.count(Command.READ_CARD) == 2


@pytest.mark.parametrize("answer", [b"\x00\xff" * 9, FOUND[:-1], FOUND[:3]], ids=["noise", "most", "little"])
def test_bytes_that_are_no_whole_reply_point_to_the_line(answer: bytes) -> None:
    reader = SamIdCardReader(ScriptedPort(lambda _: answer), Timings(gap=0.02, slice=0.01))
    with pytest.raises(ProtocolError):
        read(reader)


def test_silence_points_to_the_reader() -> None:
    reader = SamIdCardReader(ScriptedPort(lambda _: b""), Timings(command=0.02, slice=0.01))
    with pytest.raises(DeadlineExceeded):
        read(reader)


def test_card_data_of_a_wrong_length() -> None:
    broken = encode_reply(Status.SUCCESS, b"\x01\x00\x04\x00")
    script = Script({Command.FIND_CARD: [FOUND], Command.SELECT_CARD: [SELECTED], Command.READ_CARD: [broken]})
    with pytest.raises(ProtocolError):
        read(script.reader)


def test_one_lost_byte_is_healed_wherever_it_was() -> None:
    timings = Timings(poll=0.001, gap=0.01, slice=0.01)
    for lost in range(0, 1329, 17):
        simulated = SimulatedReader()
        simulated.simulate_place("resident")
        port = LossyPort(ScriptedPort(simulated.answer), lambda at, lost=lost: at == lost)
        assert read(SamIdCardReader(port, timings)).name == "证件样本"


def test_a_delayed_line() -> None:
    simulated = SimulatedReader()
    simulated.simulate_place("resident")
    assert read(SamIdCardReader(DelayedPort(ScriptedPort(simulated.answer), 0.002), QUICK)).name == "证件样本"
