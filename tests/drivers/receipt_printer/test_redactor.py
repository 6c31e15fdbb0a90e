"""A trace holds no citizen, and replays what happened."""

from pathlib import Path
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Outcome
from drivers.monitor import Monitor
from drivers.receipt_printer import encoder, raster
from drivers.receipt_printer.contract import Pair, QrCode, Receipt, Text
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.models import MODELS, Model
from drivers.receipt_printer.redactor import ReceiptRedactor
from drivers.receipt_printer.stream import Cut, Feed, Parser, Qr, Raster
from drivers.receipt_printer.stream import Text as Characters
from drivers.replay import ReplayPort
from drivers.trace import Header, save
from tests.drivers.receipt_printer.helpers import Bench, bench, port_of

PERSONAL: Receipt = (
    Pair("姓名", "张样本"),
    Text("ZHANG SPECIMEN 440100199001011234", bold=True),
    QrCode("https://verify.example/440100199001011234"),
)
OTHER_PERSON: Receipt = (
    Pair("姓名", "李试样"),
    Text("LIXYZ SPECIMEN 440100198001011234", bold=True),
    QrCode("https://verify.example/440100198001011234"),
)


def commands(job: bytes) -> list[str]:
    return [type(command).__name__ for command in Parser().feed(job) if not isinstance(command, Characters)]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_of_a_job_only_the_layout_stays(model: Model) -> None:
    job = encoder.encode(PERSONAL, 48, model)
    redacted = ReceiptRedactor().sent(job)
    assert len(redacted) == len(job)
    assert commands(redacted) == commands(job)
    assert b"?" * 10 in redacted
    assert redacted == ReceiptRedactor().sent(encoder.encode(OTHER_PERSON, 48, model))


def test_of_a_picture_only_the_size_stays() -> None:
    job = raster.encode(PERSONAL, 48)
    redacted = ReceiptRedactor().sent(job)
    assert len(redacted) == len(job)
    dots = [command for command in Parser().feed(redacted) if isinstance(command, Raster)]
    assert {byte for picture in dots for byte in picture.data} == {ord("?")}


JOB = encoder.encode(PERSONAL, 48)


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_portions_do_not_matter(first: int, second: int) -> None:
    one, other = sorted((first, second))
    redactor = ReceiptRedactor()
    portions = [redactor.sent(JOB[:one]), redactor.sent(JOB[one:other]), redactor.sent(JOB[other:])]
    assert b"".join(portions) == ReceiptRedactor().sent(JOB)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=10))
def test_it_never_changes_a_length(told: list[tuple[bool, bytes]]) -> None:
    redactor = ReceiptRedactor()
    for sent, data in told:
        assert len(redactor.sent(data) if sent else redactor.received(data)) == len(data)


def test_what_was_not_asked_for_is_noise() -> None:
    """A card reader plugged in by mistake, say."""
    assert set(ReceiptRedactor().received("姓名 ZHANG 440100199001011234".encode())) == {0xFF}


def test_questions_and_their_answers_stay() -> None:
    redactor = ReceiptRedactor()
    assert redactor.sent(b"\x10\x04\x01\x1dr\x01\x1dIC") == b"\x10\x04\x01\x1dr\x01\x1dIC"
    assert redactor.received(b"\x16\x03_TM-T88\0") == b"\x16\x03_TM-T88\0"
    assert redactor.received(b"\x16") == b"\xff"


def test_a_question_after_a_job_that_was_cut_in_two_stays() -> None:
    redactor = ReceiptRedactor()
    redactor.sent(raster.encode(PERSONAL, 48)[:2000])
    assert redactor.sent(b"\x10\x04\x01") == b"\x10\x04\x01"
    assert redactor.received(b"\x12") == b"\x12"


@pytest.mark.parametrize("model", [name for name in MODELS if MODELS[name].confirms])
@pytest.mark.parametrize("verb", ["", "jam"])
def test_a_saved_trace_replays_and_holds_nobody(tmp_path: Path, model: str, verb: str) -> None:
    monitor = Monitor(ReceiptRedactor())
    with bench(model=model) as machine:
        port = monitor.port(port_of(machine.simulated))
        printer = EscposReceiptPrinter(port, model=MODELS[model], answer_timeout=0.5)
        if verb:
            machine.simulated.verbs()[verb]("60")
        happened = Bench(machine.simulated, printer).print(PERSONAL, action="a")
        assert happened.outcome is (Outcome.UNKNOWN if verb else Outcome.PRINTED)
    file = tmp_path / "trace"
    save(file, Header("receipt_printer", "escpos", "x", "2026-01-01T00:00:00+00:00"), monitor.recording())
    sent = b"".join(record.data for record in monitor.recording())
    for name in ("张样本", "姓名"):
        assert name.encode("gb18030") not in sent
    assert b"ZHANG" not in sent
    assert b"4401" not in sent
    replayed = EscposReceiptPrinter(
        ReplayPort(file, redactor=ReceiptRedactor()), model=MODELS[model], answer_timeout=0.5
    )
    again = replayed.print("another action", OTHER_PERSON, timeout=5, cancel=Event())
    assert (again.outcome, again.fault) == (happened.outcome, happened.fault)


def test_the_layout_of_this_test_has_what_it_looks_for() -> None:
    kinds = {type(command) for command in Parser().feed(encoder.encode(PERSONAL, 48))}
    assert {Cut, Feed, Qr, Characters} <= kinds
