"""What a printer says is sorted by its fixed bits, in whatever portions it comes."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.errors import ProtocolError
from drivers.receipt_printer import protocol
from drivers.receipt_printer.answers import Answer, AnswerParser, Block, Report, StatusAnswer, StatusBack
from drivers.receipt_printer.models import MODELS, Question
from drivers.receipt_printer.protocol import Bit

QUIET = bytes.fromhex("10000000")
OPEN = bytes.fromhex("38000c00")
FULL = bytes.fromhex("100f24000001")


def parse(*portions: bytes) -> list[Answer]:
    parser = AnswerParser()
    return [answer for portion in portions for answer in parser.feed(portion)]


ONE_OF_EACH: list[tuple[bytes, Answer]] = [
    (b"\x16", StatusAnswer(b"\x16")),
    (b"\x00", Report()),
    (b"\x0f", Report()),
    (QUIET, StatusBack(frozenset())),
    (OPEN, StatusBack(frozenset({Bit.OFFLINE, Bit.COVER_OPEN, Bit.PAPER_OUT}))),
    (FULL, StatusAnswer(FULL[2:])),
    (b"_TM-T88V\0", Block(b"_TM-T88V")),
    (b"\x37\x22ab12\0", Block(b"\x37\x22ab12")),
    (protocol.CLEARED, Block(b"\x37\x25")),
]


@pytest.mark.parametrize(("said", "answer"), ONE_OF_EACH)
def test_one_of_each(said: bytes, answer: Answer) -> None:
    assert parse(said) == [answer]
    assert parse(*(bytes((byte,)) for byte in said)) == [answer]


@settings(deadline=None)
@given(st.lists(st.sampled_from(ONE_OF_EACH), max_size=8), st.integers(0, 40))
def test_any_sequence_cut_anywhere(told: list[tuple[bytes, Answer]], at: int) -> None:
    said = b"".join(each for each, _ in told)
    assert parse(said[:at], said[at:]) == [answer for _, answer in told]


def test_an_answer_in_the_middle_of_a_packet() -> None:
    assert parse(OPEN[:2] + b"\x12" + OPEN[2:]) == [StatusAnswer(b"\x12"), parse(OPEN)[0]]


def test_flow_control_is_no_answer() -> None:
    assert parse(b"\x13\x12\x11") == [StatusAnswer(b"\x12")]


@pytest.mark.parametrize("noise", [b"\xff", b"\x80", b"\x15", b"\x10\xff", b"\x10\x10", b"_" + b"x" * 100])
def test_noise_is_refused(noise: bytes) -> None:
    with pytest.raises(ProtocolError):
        parse(noise)


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_sorted_or_refused(data: bytes) -> None:
    with suppress(ProtocolError):
        assert len(parse(data)) <= len(data)


@settings(deadline=None)
@given(st.frozensets(st.sampled_from(Bit)))
def test_a_packet_says_what_it_can(bits: frozenset[Bit]) -> None:
    known = {bit for byte in protocol.STATUS_BACK_MEANINGS for _, bit in byte}
    said = protocol.bytes_of(bits | {Bit.OFFLINE}, protocol.STATUS_BACK_MEANINGS, b"\x10\0\0\0")
    assert parse(said) == [StatusBack((bits | {Bit.OFFLINE}) & known)]


QUESTIONS = [question for model in MODELS.values() for question in model.questions]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.request.hex())
@settings(deadline=None)
@given(bits=st.frozensets(st.sampled_from(Bit)))
def test_every_question_is_answered_in_its_own_words(question: Question, bits: frozenset[Bit]) -> None:
    answers = parse(question.answer(bits))
    assert len(answers) == 1
    assert isinstance(answers[0], StatusAnswer)
    known = {bit for byte in question.layout for _, bit in byte}
    assert question.bits(answers[0].data) == bits & known


def test_an_answer_to_another_question_is_none() -> None:
    with pytest.raises(ProtocolError):
        QUESTIONS[0].bits(FULL[2:])


@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].questions])
def test_every_model_tells_of_its_paper_and_its_cover(model: str) -> None:
    known = {bit for question in MODELS[model].questions for byte in question.layout for _, bit in byte}
    assert {Bit.OFFLINE, Bit.COVER_OPEN, Bit.PAPER_OUT, Bit.CUTTER_ERROR} <= known
    assert (Bit.PRESENTED in known) == MODELS[model].presenter
