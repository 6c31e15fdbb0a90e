"""A simulated card in a real pcscd: the card's end of the virtual reader ``vpcd``."""

import contextlib
import socket
import threading
from typing import Final

from drivers.smart_card.simulated import SimulatedSlot

PORT: Final = 35963
"""Of the first of Debian's two virtual readers."""
_CHUNK: Final = 4096
_CONNECT: Final = 5.0


class VpcdCard:
    """One card that can be put into the reader and taken out again. ``slot`` holds its chip."""

    def __init__(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        self.slot = SimulatedSlot()
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def put(self, name: str) -> None:
        """Raises ``OSError`` when no vpcd listens."""
        self.take()
        self.slot.put(name)
        self.slot.connected()
        self._socket = socket.create_connection(self._address, _CONNECT)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._serve, args=(self._socket,), name="vpcd card", daemon=True)
        self._thread.start()

    def take(self) -> None:
        """Idempotent."""
        if self._socket and self._thread:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._thread.join()
            self.slot.put("")
        self._socket = self._thread = None

    def _serve(self, line: socket.socket) -> None:
        """Until the reader hangs up or the card is out."""
        with line, contextlib.suppress(OSError):
            while self.slot.card and (data := line.recv(_CHUNK)):
                reply = self.slot.answer(data)
                if self.slot.card:
                    line.sendall(reply)
