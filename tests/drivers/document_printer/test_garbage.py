"""Whatever stands at the printer's address: typed results, no exception, nothing called printed."""

from collections.abc import Iterator
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.contract import Outcome
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.message import encode
from drivers.document_printer.simulated_http import Answer, converse
from drivers.simulation.server import TcpServer

VALID = encode(0, 1, {}, printer={"printer-state": 5, "printer-state-reasons": ["media-jam-error", "paused"]})
NUMBER_FOR_WORDS = encode(0, 1, {}, printer={"printer-state-reasons": "none"}).replace(
    b"\x44\x00\x15printer-state-reasons\x00\x04none", b"\x21\x00\x15printer-state-reasons\x00\x04\x00\x00\x00\x07"
)


class Babbler:
    """An HTTP server that answers every question with the same bytes."""

    def __init__(self) -> None:
        self.answer = b""
        self._line = TcpServer(lambda connection: converse(connection, lambda _: Answer(self.answer)))
        self._line.plug()
        address = "ipp://{}:{}/ipp/print".format(*self._line.address)
        self.printer = IppDocumentPrinter(address, answer_timeout=2, patience=0.1)

    def close(self) -> None:
        self._line.unplug()


@pytest.fixture(scope="module")
def babbler() -> Iterator[Babbler]:
    made = Babbler()
    yield made
    made.close()


def answers_are_survived(babbler: Babbler, answer: bytes) -> None:
    babbler.answer = answer
    babbler.printer.status()
    result = babbler.printer.print(repr(answer), b"%PDF", "certificate", timeout=0.2, cancel=Event())
    assert result.outcome is not Outcome.PRINTED


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes(babbler: Babbler, answer: bytes) -> None:
    answers_are_survived(babbler, answer)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(VALID) - 1), st.integers(0, 255), st.integers(0, len(VALID)))
def test_one_wrong_byte_and_a_torn_end(babbler: Babbler, at: int, byte: int, end: int) -> None:
    wrong = bytearray(VALID)
    wrong[at] = byte
    answers_are_survived(babbler, bytes(wrong[:end]))
    answers_are_survived(babbler, bytes(wrong))


def test_attributes_of_a_wrong_kind(babbler: Babbler) -> None:
    assert b"none" not in NUMBER_FOR_WORDS
    answers_are_survived(babbler, NUMBER_FOR_WORDS)


def test_an_answer_that_never_ends(babbler: Babbler) -> None:
    babbler.answer = bytes(4 << 20)
    assert babbler.printer.status().fault == "document_printer.protocol_error"
