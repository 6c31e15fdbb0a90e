"""Whatever stands at the printer's port: typed results, no exception, nothing called printed without its word."""

from threading import Event

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.contract import Outcome
from drivers.errors import ConnectionLost
from drivers.receipt_printer.device import EscposReceiptPrinter
from tests.drivers.receipt_printer.helpers import SHORT


class Babbling:
    """A port whose other end says ``portions``, one a read, and then hangs up."""

    name = "babbling"

    def __init__(self, portions: list[bytes]) -> None:
        self._portions = list(portions)
        self.sent = b""

    def open(self) -> None: ...

    def read(self, max_bytes: int, timeout: float) -> bytes:  # noqa: ARG002
        if not self._portions:
            raise ConnectionLost("hung up")
        portion = self._portions[0]
        self._portions[0] = portion[max_bytes:]
        if not self._portions[0]:
            self._portions.pop(0)
        return portion[:max_bytes]

    def write(self, data: bytes, timeout: float) -> None:  # noqa: ARG002
        self.sent += data

    def discard_input(self) -> None: ...

    def close(self) -> None: ...


portions = st.lists(st.binary(min_size=1, max_size=6), max_size=12)
plausible = st.lists(st.sampled_from([b"\x12", b"\x12\x12", b"\x00", b"\x1a", b"\x12\x00\x12", b"\xff"]), max_size=12)


@settings(deadline=None)
@given(portions | plausible)
def test_status_never_raises(said: list[bytes]) -> None:
    EscposReceiptPrinter(Babbling(said)).status()


@settings(deadline=None)
@given(portions | plausible)
def test_printed_only_if_asked_before_reported_and_asked_after(said: list[bytes]) -> None:
    port = Babbling(said)
    result = EscposReceiptPrinter(port).print("a", SHORT, timeout=2, cancel=Event())
    if result.outcome is Outcome.PRINTED:
        bytes_said = b"".join(said)
        assert len(bytes_said) >= 9
        assert any(byte & 0x90 == 0 for byte in bytes_said)
    if result.outcome is Outcome.FAILED:
        assert b"\x1b@" not in port.sent


def test_a_whole_conversation_is_printed() -> None:
    said = [b"\x12", b"\x12", b"\x12", b"\x12", b"\x00", b"\x12", b"\x12", b"\x12", b"\x12"]
    assert EscposReceiptPrinter(Babbling(said)).print("a", SHORT, timeout=2, cancel=Event()).outcome is Outcome.PRINTED
