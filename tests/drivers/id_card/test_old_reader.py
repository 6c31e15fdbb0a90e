"""Readers that do not know the question for the newest address: a card laid down later is read all the same."""

import pytest

from drivers.contract import Cancel
from drivers.id_card.device import SamIdCardReader
from drivers.serial_port import SerialPort
from tests.fake_card_reader import FakeCardReader, frame, whole

FIND, SELECT, NEWEST_ADDRESS = b"\x20\x01", b"\x20\x02", b"\x30\x03"
EMPTY_SEARCHES = 2


class OldReader(FakeCardReader):
    """The card comes after some searches; ``answer`` is what it says to the unknown question, possibly nothing."""

    def __init__(self, answer: bytes) -> None:
        self._newest = answer
        self._searches = 0
        super().__init__(whole)

    def _reply(self, command: bytes) -> bytes:
        self._searches += command == FIND
        empty = self._searches <= EMPTY_SEARCHES
        if command == NEWEST_ADDRESS:
            return self._newest
        if command == FIND:
            return frame(0x80) if empty else frame(0x9F, bytes(4))
        if command == SELECT and empty:
            return frame(0x81)
        return super()._reply(command)


@pytest.mark.parametrize("answer", [frame(0x21), frame(0x41), frame(0x80), b""], ids=["refused", "41", "80", "silent"])
def test_a_card_that_comes_later_is_read(answer: bytes) -> None:
    simulated = OldReader(answer)
    simulated.start()
    reader = SamIdCardReader(SerialPort(simulated.port))
    try:
        assert reader.read(timeout=20, cancel=Cancel()).name == "证件样本"
    finally:
        reader.close()
        simulated.close()
