"""A TCP port of this machine that an unplugged device keeps for itself."""

import os
import socket
import weakref


class ReservedPort:
    """Between two ``listen`` nobody is there, and yet no other program can get the port: neither as a server with a
    free one, nor as the near end of a connection. The constructor does no I/O; port 0 becomes a free one at the first
    ``listen`` and stays the same.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.address = (host, port)
        self._held = False

    @property
    def number(self) -> int:
        """0 as long as none was chosen."""
        return self.address[1]

    def listen(self) -> socket.socket:
        """Raises ``OSError`` when somebody else listens there."""
        if not self._held:
            self._hold()
        return socket.create_server(self.address)

    def _hold(self) -> None:
        # Linux lets a second socket bind the port, and listen, as long as the first only holds it and both say
        # SO_REUSEADDR; it refuses connections then, and the kernel gives the port to nobody who asks for any.
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind(self.address)
        except OSError:
            holder.close()
            raise
        self.address = self.address[0], holder.getsockname()[1]
        self._held = True
        weakref.finalize(self, os.close, holder.detach())
