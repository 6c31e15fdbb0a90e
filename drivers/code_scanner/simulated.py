"""A simulated code scanner: real bytes on a pseudo-terminal, in the language of each dialect."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

from drivers.code_scanner import protocol
from drivers.code_scanner.keyboard import WEDGE, encode_keys
from drivers.code_scanner.protocol import GM65, Dialect, encode_answer
from drivers.simulation.on_cable import DeviceOnCable
from drivers.simulation.pseudo_terminal import PseudoTerminal

_LAG: Final = 0.5
_SLOW: Final = 0.1
_CHATTER: Final = 3
_AGAIN: Final = 0.2
"""Seconds until a scanner that needs no trigger reads a code that is still there once more."""
_ENDING: Final = "\r\n"
_DEFAULT: Final = "https://example.org/qr/0001?name=样本"
_COMMANDS_AT_MOST: Final = 256


def _as_text(text: str) -> bytes:
    return text.encode()


@dataclass(frozen=True)
class Voice:
    """How a module says the two things it has to say."""

    dialect: Dialect
    identity: bytes = b""
    code: Callable[[str], bytes] = _as_text
    default: str = field(default=_DEFAULT)


VOICES: Final[Mapping[str, Voice]] = {
    "gm65": Voice(GM65),
    "honeywell": Voice(protocol.HONEYWELL, b"Product Name: Simulated N3680\r\nSerial Number: 000042\r\nREVINF\x06."),
    "newland": Voice(protocol.NEWLAND, b"\x02\x010000#QRYSYSProduct Name: Simulated FM430\r\n\x06;\x03"),
    "wedge": Voice(WEDGE, code=encode_keys, default="https://example.org/qr/0001"),
}


class SimulatedCodeScanner(DeviceOnCable):
    """The module behind its window. Verbs may be called from any thread.

    ``voice`` is a name of :data:`VOICES`. ``endpoint`` is ``link`` or, without one, the pty's own path, which changes
    when the scanner is plugged again.
    """

    kind = "code_scanner"

    def __init__(self, link: Path | None = None, *, voice: str = "gm65") -> None:
        self._voice = VOICES[voice]
        super().__init__(PseudoTerminal(link), self)
        self._shown = ""
        self._lag, self._times, self._ending = 0.0, 1, _ENDING
        self._busy_until = self._slow = 0.0
        self._lit = False
        self._received = b""
        self._due: threading.Timer | None = None

    # --- the device --------------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, str]:
        """What the code says is not told."""
        with self._cable.lock:
            present = {"lag": self._lag, "chatter": self._times > 1, "no_ending": not self._ending, "busy": self._busy}
            light = "on" if self._lit else "off"
            return {"code": "shown" if self._shown else "none", "light": light, "fault": self._faults(present)}

    def close(self) -> None:
        self._look_later(None)
        super().close()

    # --- Answering ---------------------------------------------------------------------------------------------------

    def connected(self) -> None:
        self._received, self._lit = b"", False

    def answer(self, data: bytes) -> bytes:
        self._received = (self._received + data)[-_COMMANDS_AT_MOST:]
        replies = b""
        while (command := self._next_command()) and not self._busy:
            replies += self._obey(command)
        return replies

    def _next_command(self) -> bytes:
        dialect = self._voice.dialect
        known = [each for each in (dialect.start, dialect.stop, dialect.query, dialect.who) if each]
        found = re.search(b"|".join(map(re.escape, known)), self._received) if known else None
        if found is None:
            return b""
        self._received = self._received[found.end() :]
        return found[0]

    def _obey(self, command: bytes) -> bytes:
        dialect = self._voice.dialect
        if command == dialect.who:
            return self._voice.identity
        if command == dialect.query:
            return encode_answer(int(self._lit))
        self._lit = command == dialect.start
        return encode_answer() if dialect.answers else b""

    def _answered(self) -> None:
        """The code follows the acknowledgement, never the other way round."""
        if self._voice.dialect.start:
            self._look_later(self._lag if self._lit else None)

    # --- looking -----------------------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        return monotonic() < self._busy_until

    @property
    def _looks(self) -> bool:
        return self._lit or not self._voice.dialect.start

    def _look_later(self, seconds: float | None) -> None:
        with self._cable.lock:
            if self._due:
                self._due.cancel()
            self._due = None if seconds is None else threading.Timer(seconds, self._look)
            if self._due:
                self._due.daemon = True
                self._due.start()

    def _look(self) -> None:
        with self._cable.lock:
            if not (self._shown and self._looks):
                return
            if not self._busy:
                self._cable.send(self._voice.code(self._shown + self._ending) * self._times)
                self._lit = False
            if not self._voice.dialect.start:
                self._look_later(self._lag + self._slow + _AGAIN)

    # --- the verbs ---------------------------------------------------------------------------------------------------

    def simulate_show(self, argument: str = "") -> None:
        """Hold a code before the window that says ``argument``, else a harmless address."""
        if len(argument.encode()) > protocol.LONGEST:
            raise ValueError("no code holds so much")
        self._voice.code(argument)
        with self._cable.lock:
            self._shown = argument or self._voice.default
            if self._looks:
                self._look_later(self._lag)

    def simulate_take(self, _: str = "") -> None:
        """Take the code away."""
        with self._cable.lock:
            self._shown = ""

    def simulate_lag(self, argument: str = "") -> None:
        """Send each code so many seconds after the trigger was acknowledged, else half a second."""
        self._lag = float(argument or _LAG)

    def simulate_chatter(self, argument: str = "") -> None:
        """Send each code so many times, else three times."""
        self._times = int(argument or _CHATTER)

    def simulate_no_ending(self, argument: str = "") -> None:
        """Send codes without a line end, or with ``cr``, ``lf`` or ``crlf``."""
        endings = {"": "", "cr": "\r", "lf": "\n", "crlf": "\r\n"}
        if argument not in endings:
            raise ValueError(f"{argument!r} is none of cr, lf, crlf")
        self._ending = endings[argument]

    def simulate_unreadable(self, _: str = "") -> None:
        """Show a code that holds no text."""
        self.simulate_show("\x01\x02\x03")

    def simulate_busy(self, argument: str = "") -> None:
        """Ignore commands and codes, as a module does while its setting code is read."""
        with self._cable.lock:
            self._busy_until = monotonic() + float(argument) if argument else float("inf")

    def simulate_plug(self, _: str = "") -> None:
        """Put the cable back."""
        super().simulate_plug()
        self._look_later(self._lag)

    def simulate_slow(self, seconds: str = "") -> None:
        """Acknowledge late, and see a code late, by so many seconds or a tenth of one."""
        super().simulate_slow(seconds)
        self._slow = float(seconds or _SLOW)
        if not self._voice.dialect.start:
            self._look_later(self._lag + self._slow)

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault; a code stays as it is held."""
        with self._cable.lock:
            self._lag, self._times, self._ending, self._busy_until, self._slow = 0.0, 1, _ENDING, 0.0, 0.0
        super().simulate_heal()
        self._look_later(self._lag)
