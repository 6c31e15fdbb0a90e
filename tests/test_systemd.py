"""The one datagram of sd_notify(3)."""

import os
import socket

import pytest

from kiosk.systemd import sd_notify

DEADLINE = 30.0


def test_abstract_notify_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"\0kiosk-test-{os.getpid()}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@kiosk-test-{os.getpid()}")
        sd_notify("READY=1")
        systemd.settimeout(DEADLINE)
        assert systemd.recv(100) == b"READY=1"
