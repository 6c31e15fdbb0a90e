"""What the service manager wants to hear."""

import contextlib
import os
import socket


def sd_notify(state: str) -> None:
    """Tell systemd, if it started us (sd_notify(3)); ``@`` stands for the zero byte of an abstract socket."""
    if address := os.environ.get("NOTIFY_SOCKET"):
        target = "\0" + address[1:] if address.startswith("@") else address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock, contextlib.suppress(OSError):
            sock.sendto(state.encode(), target)
