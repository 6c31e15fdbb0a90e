"""The registry's row, the trace's redaction, and what can go wrong below the dialogue without a real service."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from drivers.discovery import Attachment
from drivers.errors import Cancelled, DeadlineExceeded, DeviceFault, DriverError, NotConnected, Refused
from drivers.monitor import Unwatched
from drivers.smart_card.bounded import BoundedCalls
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable, ServiceDown, SmartCardReader
from drivers.smart_card.driver import PCSC, PcscOptions
from drivers.smart_card.pcsc_errors import error_of
from drivers.smart_card.redaction import CardRedactor
from drivers.smart_card.simulated import SimulatedCardReader
from drivers.smart_card.vpcd import GET_ATR, frame
from tests.drivers.smart_card.helpers import PATIENCE


@pytest.fixture
def simulated() -> Generator[SimulatedCardReader]:
    made = SimulatedCardReader()
    made.start()
    yield made
    made.close()


# --- the row ---------------------------------------------------------------------------------------------------------


def test_the_driver_opens_the_simulated_reader(simulated: SimulatedCardReader) -> None:
    simulated.simulate_put("other")
    reader = cast(SmartCardReader, PCSC.open(PcscOptions(port=simulated.endpoint), Unwatched()))
    assert reader.read(timeout=PATIENCE, cancel=threading.Event()).name == "样本乙"
    reader.close()


@pytest.mark.parametrize("port", ["", "/dev/ttyUSB0", "tcp://127.0.0.1:1", "vpcd://127.0.0.1"])
def test_a_port_that_is_none(port: str) -> None:
    with pytest.raises(NotConnected):
        PCSC.open(PcscOptions(port=port), Unwatched())


@pytest.mark.parametrize("wrong", [{"read_style": "both"}, {"left_after": "1"}, {"pin": "123456"}])
def test_settings_that_are_none(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PcscOptions.model_validate(wrong)


def test_the_probe_finds_the_simulated_reader(simulated: SimulatedCardReader) -> None:
    assert PCSC.probe
    finding = PCSC.probe.ask(Attachment(simulated.endpoint.replace("vpcd", "tcp"), "tcp"), PATIENCE)
    assert finding
    assert (finding.port, finding.evidence) == (simulated.endpoint, "no card is in")


@pytest.mark.parametrize("verb", ["mute", "garbage", "wrong_model"])
def test_the_probe_passes_over_what_is_none(simulated: SimulatedCardReader, verb: str) -> None:
    assert PCSC.probe
    simulated.verbs()[verb]("")
    assert PCSC.probe.ask(Attachment(simulated.endpoint, "tcp"), 0.2) is None


# --- the trace -------------------------------------------------------------------------------------------------------

RECORD = bytes.fromhex("0904") + "张三".encode("gbk") + b"\x90\x00"
READ = frame(bytes.fromhex("00B2090020"))


def masked(sent: bytes, received: bytes) -> bytes:
    redactor = CardRedactor()
    redactor.sent(sent)
    return redactor.received(received)


def test_a_record_keeps_its_form_and_loses_its_value() -> None:
    assert masked(READ, frame(RECORD)) == frame(bytes.fromhex("0904") + b"0000" + b"\x90\x00")


@pytest.mark.parametrize("answer", ["9000", "6A83", "6C20", "E0", "E1", ""])
def test_what_is_no_value_stays(answer: str) -> None:
    assert masked(READ, frame(bytes.fromhex(answer))) == frame(bytes.fromhex(answer))


def test_an_answer_to_reset_keeps_its_length() -> None:
    atr = bytes.fromhex("3B6D000080318065B00102030483009000")
    assert masked(frame(GET_ATR), frame(atr)) == frame(b"\x3b" + b"0" * 14 + b"\x90\x00")


def test_a_command_of_the_dialogue_stays_and_another_does_not() -> None:
    assert CardRedactor().sent(READ) == READ
    verify = frame(bytes.fromhex("002000000631323334FFFF"))
    assert CardRedactor().sent(verify) == bytes(len(verify))


@given(st.binary(max_size=300), st.integers(1, 9))
def test_portions_are_masked_like_the_whole(data: bytes, size: int) -> None:
    redactor = CardRedactor()
    portions = b"".join(redactor.received(data[at : at + size]) for at in range(0, len(data), size))
    assert portions == masked(READ, data)
    assert len(portions) == len(data)


# --- below -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x8010001D, ServiceDown),
        (0x8010002E, NotConnected),
        (0x80100069, CardUnreadable),
        (0x80100066, CardMute),
        (0x8010000B, CardInUse),
        (0x8010006A, Refused),
        (0x80100006, DeviceFault),
    ],
)
def test_result_codes_of_the_service(code: int, error: type[DriverError]) -> None:
    # the library returns them as signed or unsigned numbers, by its build
    for number in (code, code - (1 << 32)):
        assert type(error_of(number, "words.")) is error
        assert f"{code:08X}" in str(error_of(number, "words."))


@pytest.fixture
def calls() -> Generator[BoundedCalls]:
    made = BoundedCalls("test")
    yield made
    made.close()


def test_a_call_that_hangs_is_given_up_and_waited_for_by_the_next(calls: BoundedCalls) -> None:
    released = threading.Event()
    never = threading.Event()
    with pytest.raises(DeadlineExceeded):
        calls.call(released.wait, 0.02, never)
    with pytest.raises(DeadlineExceeded):
        calls.call(lambda: "next", 0.02, never)
    released.set()
    assert calls.call(lambda: "next", PATIENCE, never) == "next"


def test_a_call_is_cancelled(calls: BoundedCalls) -> None:
    released, cancel = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(calls.call, released.wait, PATIENCE, cancel)
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    released.set()


def test_a_call_raises_what_it_raises_and_the_next_works_after_a_close(calls: BoundedCalls) -> None:
    def fails() -> None:
        raise CardMute

    attempt: Callable[[], None] = fails
    with pytest.raises(CardMute):
        calls.call(attempt, PATIENCE, threading.Event())
    calls.close()
    calls.close()
    assert calls.call(lambda: 1, PATIENCE, threading.Event()) == 1
