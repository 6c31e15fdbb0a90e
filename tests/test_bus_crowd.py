"""The bus when everybody asks at once."""

import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.bus.connection import Server, connect
from kiosk.bus.messages import Ok, Ping

CROWD = 60
PATIENCE = 30.0


def test_nobody_is_turned_away_while_the_server_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device whose address could not be asked for would be told as not there."""
    take, free = Server._accept, threading.Event()  # pyright: ignore[reportPrivateUsage]

    def take_later(server: Server) -> None:
        free.wait()
        take(server)

    monkeypatch.setattr(Server, "_accept", take_later)
    server = Server(tmp_path / "x.sock", lambda _, asker: asker.send(Ok()))
    server.start()
    with ExitStack() as closing:
        crowd = [closing.enter_context(connect(tmp_path / "x.sock")) for _ in range(CROWD)]
        closing.callback(server.close)
        free.set()
        for one in crowd:
            one.send(Ping())
        assert [type(one.receive(PATIENCE)) for one in crowd] == [Ok] * CROWD
