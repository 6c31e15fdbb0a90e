"""Whatever stands at the printer's address: typed results, no exception, nothing called printed."""

from collections.abc import Iterator
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyipp.enums import IppTag
from pyipp.serializer import construct_attribute

from drivers.contract import Outcome
from drivers.document_printer.device import IppDocumentPrinter
from drivers.document_printer.ipp_server import response, serve

VALID = response(
    {"request-id": 1}, printer={"printer-state": 5, "printer-state-reasons": ["media-jam-error", "paused"]}
)
NUMBER_FOR_WORDS = VALID[:-1] + construct_attribute("printer-state-reasons", 7, IppTag.INTEGER) + VALID[-1:]


class Babbler:
    """An HTTP server that answers every question with the same bytes."""

    def __init__(self) -> None:
        self.answer = b""
        self._server = serve(("127.0.0.1", 0), lambda _: self.answer)
        self.printer = IppDocumentPrinter(f"ipp://127.0.0.1:{self._server.server_port}/ipp/print", answer_timeout=2)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


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
    answers_are_survived(babbler, NUMBER_FOR_WORDS)
