"""What the simulated modules do not do."""

import time
from dataclasses import replace

import pytest

from drivers.code_scanner.device import LineCodeScanner
from drivers.code_scanner.protocol import Dialect
from drivers.code_scanner.simulated import VOICES
from tests.drivers.code_scanner.helpers import QUICK, scan


class Late:
    """A port at which the rest of an older code comes in when the scan has begun."""

    def __init__(self) -> None:
        self.name = "late"
        self.arriving = [b"345\r\n", b"", b"", b"", b"9876\r\n"]

    def open(self) -> None: ...

    def read(self, max_bytes: int, timeout: float) -> bytes:
        data = self.arriving.pop(0) if self.arriving else b""
        if not data:
            time.sleep(timeout)
        return data[:max_bytes]

    def write(self, data: bytes, timeout: float) -> None: ...

    def discard_input(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize(
    "dialect", [VOICES["honeywell"].dialect, VOICES["newland"].dialect], ids=lambda each: each.name
)
def test_the_rest_of_an_older_code_is_no_code(dialect: Dialect) -> None:
    scanner = LineCodeScanner(Late(), replace(dialect, who=b""), timings=QUICK)
    assert scan(scanner).text == "9876"
