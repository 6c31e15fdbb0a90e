"""The real thermometer at a serial port."""

from dataclasses import dataclass
from time import monotonic

from drivers.contract import Capabilities, DeviceStatus, State
from drivers.errors import DeadlineExceeded, DriverError, NotConnected, ProtocolError
from drivers.ports import Port
from toy_thermometer.protocol import ASK, LONGEST, decode

ANSWER_SECONDS = 0.5


@dataclass(frozen=True)
class ThermometerStatus(DeviceStatus):
    degrees: str = ""


class Thermometer:
    def __init__(self, port: Port) -> None:
        self._port = port

    def status(self) -> ThermometerStatus:
        try:
            return ThermometerStatus(State.ONLINE, degrees=f"{self.read():.1f}")
        except DriverError as error:
            state = State.NO_DEVICE if isinstance(error, NotConnected) else State.OFFLINE
            return ThermometerStatus(state, f"thermometer.{error.code}", error.who, error.detail)

    def capabilities(self) -> Capabilities:
        return Capabilities(model="toy thermometer")

    def read(self) -> float:
        self._port.open()
        try:
            self._port.discard_input()
            self._port.write(ASK, ANSWER_SECONDS)
            return decode(self._line())
        finally:
            self._port.close()

    def close(self) -> None:
        self._port.close()

    def _line(self) -> bytes:
        line, deadline = b"", monotonic() + ANSWER_SECONDS
        while not line.endswith(b"\n"):
            if len(line) > LONGEST:
                raise ProtocolError("a line that does not end")
            if (left := deadline - monotonic()) <= 0:
                raise DeadlineExceeded("no answer")
            line += self._port.read(1, left)
        return line
