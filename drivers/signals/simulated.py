"""A simulated I/O board behind a cable with faults, at a TCP port or on a pseudo-terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pymodbus.constants import ExcCodes

from drivers.signals.numbers import INPUTS, LIGHTS, LOCK
from drivers.signals.simulated_board import Board
from drivers.simulation.cable import Line, TcpLine
from drivers.simulation.on_cable import DeviceOnCable
from drivers.simulation.pseudo_terminal import PseudoTerminal

_PRESS: Final = 1.0
_FOR_EVER: Final = float("inf")


class SimulatedBoard(DeviceOnCable):
    """``endpoint`` is ``link`` or, without one, ``tcp://127.0.0.1:port``. Verbs may be called from any thread."""

    kind = "signals"

    def __init__(self, link: Path | None = None) -> None:
        self._board = Board(serial=link is not None)
        line: Line = PseudoTerminal(link) if link else TcpLine(self._board.connected)
        super().__init__(line, self._board)

    def state(self) -> Mapping[str, str]:
        with self._lock:
            lit = ", ".join(name for name, number in LIGHTS.items() if self._board.coil(number))
            contacts = {name: "closed" if self._board.contact(name) else "open" for name in INPUTS if name != "door"}
            return {
                "door": "open" if self._board.contact("door") else "closed",
                "lock": "powered" if self._board.coil(LOCK) else "off",
                "lights": lit or "none",
                **contacts,
                "fault": self._faults(self._board.faults),
            }

    # --- what people do ----------------------------------------------------------------------------------------------

    def simulate_open_door(self, _: str = "") -> None:
        """With the key; the lock's coil opens it, too."""
        self._set("door", closed=True)

    def simulate_close_door(self, _: str = "") -> None:
        self._set("door", closed=False)

    def simulate_tamper(self, _: str = "") -> None:
        """Until healed."""
        self._set("tamper", closed=True)

    def simulate_come(self, _: str = "") -> None:
        """Somebody steps before the terminal."""
        self._set("presence", closed=True)

    def simulate_leave(self, _: str = "") -> None:
        self._set("presence", closed=False)

    def simulate_press_call(self, argument: str = "") -> None:
        """Press the staff call button for so many seconds, else for one."""
        with self._lock:
            self._board.press(float(argument or _PRESS))

    def _set(self, name: str, *, closed: bool) -> None:
        with self._lock:
            self._board.close_contact(name, closed=closed)

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    def simulate_restart(self, _: str = "") -> None:
        """The board loses power for a moment and forgets its outputs."""
        with self._lock:
            self._board.restart()

    def simulate_wrong_unit(self, _: str = "") -> None:
        """The board has another device id."""
        with self._lock:
            self._board.other_unit = True

    def simulate_illegal_address(self, _: str = "") -> None:
        """The board has no coil or input of any number asked for."""
        self._refuse(ExcCodes.ILLEGAL_ADDRESS)

    def simulate_board_fault(self, _: str = "") -> None:
        """The board reports that it failed."""
        self._refuse(ExcCodes.DEVICE_FAILURE)

    def simulate_old_board(self, _: str = "") -> None:
        """The board does not know the functions it is asked for."""
        self._refuse(ExcCodes.ILLEGAL_FUNCTION)

    def _refuse(self, code: ExcCodes) -> None:
        with self._lock:
            self._board.refuse(code)

    def simulate_busy(self, argument: str = "") -> None:
        """Exception 06 for so many seconds, else until healed."""
        with self._lock:
            self._board.be_busy(float(argument or _FOR_EVER))

    def simulate_heal(self, _: str = "") -> None:
        """Undo every fault, shut the door."""
        with self._lock:
            self._board.other_unit = False
            self._board.refuse(None)
            self._board.be_busy(0.0)
            for name in ("door", "tamper"):
                self._board.close_contact(name, closed=False)
        super().simulate_heal()
