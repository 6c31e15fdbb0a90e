"""A reply that can only belong to another question is nobody's answer."""

import itertools

import pytest

from drivers.errors import ProtocolError
from drivers.fake_ports import ScriptedPort
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.fitting import fits
from drivers.id_card.protocol import Command, Reply, Status, encode, encode_card, encode_reply
from drivers.id_card.specimens import SPECIMENS
from tests.drivers.id_card.helpers import QUICK, read

REPLIES = {
    Command.SAM_STATUS: Reply(Status.SUCCESS),
    Command.SAM_ID: Reply(Status.SUCCESS, bytes(16)),
    Command.FIND_CARD: Reply(Status.CARD_FOUND, bytes(4)),
    Command.SELECT_CARD: Reply(Status.SUCCESS, bytes(8)),
    Command.READ_CARD: Reply(Status.SUCCESS, bytes(1284)),
    Command.READ_NEWEST_ADDRESS: Reply(Status.SUCCESS, bytes(70)),
}


@pytest.mark.parametrize("command", REPLIES)
def test_each_reply_fits_its_question(command: Command) -> None:
    assert fits(command, REPLIES[command])


@pytest.mark.parametrize(("command", "other"), list(itertools.permutations(REPLIES, 2)))
def test_and_no_other_that_could_pass_for_a_person(command: Command, other: Command) -> None:
    harmless = (Command.SELECT_CARD, Command.SAM_STATUS)  # a select without a number: read afterwards tells
    assert fits(command, REPLIES[other]) == ((command, other) == harmless)


@pytest.mark.parametrize("status", [Status.READ_FAILED, Status.NO_CARD, Status.SELF_TEST_FAILED, Status.HOST_COMMAND])
def test_failures_fit_where_they_make_sense(status: Status) -> None:
    about_the_card = status in (Status.READ_FAILED, Status.NO_CARD)
    assert fits(Command.READ_CARD, Reply(status))
    assert fits(Command.SAM_STATUS, Reply(status)) != about_the_card


def answer(request: bytes) -> bytes:
    """Each reply comes with the other person's card in front of it."""
    late = encode_reply(Status.SUCCESS, encode_card(SPECIMENS["resident"].data()))
    match request:
        case _ if request == encode(Command.FIND_CARD):
            return late + encode_reply(Status.CARD_FOUND, bytes(4))
        case _ if request == encode(Command.SELECT_CARD):
            return late + encode_reply(Status.SUCCESS, bytes(8))
        case _ if request == encode(Command.READ_CARD):
            return encode_reply(Status.SUCCESS, encode_card(SPECIMENS["resident2"].data()))
        case _:
            return late


def test_a_late_card_is_not_the_next_person_s() -> None:
    assert read(SamIdCardReader(ScriptedPort(answer), QUICK)).name == "样本乙"


def test_a_late_card_alone_is_no_answer() -> None:
    reader = SamIdCardReader(ScriptedPort(answer), QUICK)
    with pytest.raises(ProtocolError, match="1 replies to something else"):
        reader.card_present()
