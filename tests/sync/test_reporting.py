"""What a terminal tells is never in the way of what it tells next."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.sync.commands import Desk
from kiosk.sync.condition import Condition, Figures
from kiosk.sync.fleet_client import Command, Commands, Orders
from kiosk.sync.ledger import Ledger
from kiosk.sync.reporting import Reporting
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import TransportFailed

NONE = Figures(0, 0, None)


class Centre:
    """Reads nothing of what became of commands."""

    def __init__(self, kind: FailureKind) -> None:
        self.kind = kind

    def heartbeat(self, body: Mapping[str, Any]) -> Orders:
        if body["results"]:
            raise TransportFailed(Failure(self.kind, "HTTP"))
        return Orders(time=0.0, commands=[], interval=30.0, splay=0.0, wait=0.0)

    def settings(self, version: int) -> Mapping[str, str]:
        raise NotImplementedError

    def next(self, wait: float, after: str) -> Commands:
        raise NotImplementedError


class Settings:
    applied = 0

    def apply(self, version: int, settings: Mapping[str, str]) -> str:
        raise NotImplementedError


@pytest.mark.parametrize(("kind", "kept"), [(FailureKind.REJECTED, False), (FailureKind.NETWORK, True)])
def test_results_the_centre_cannot_read_keep_no_heartbeat_from_it(
    tmp_path: Path, kind: FailureKind, kept: bool
) -> None:
    condition = Condition(tmp_path, tmp_path, "0.1.0", lambda: 7)
    desk = Desk(Ledger(tmp_path / "commands.json"), {})
    reporting = Reporting(condition, Centre(kind), desk, Settings(), lambda: None, threading.Event())
    reporting.took(Commands(time=0.0, commands=[Command(id="1", kind="sing", expires=9e9)]))
    reporting.work()

    with pytest.raises(TransportFailed):
        reporting.beat(NONE)
    assert [one["id"] for one in desk.untold()] == (["1"] if kept else [])
    if not kept:
        assert reporting.beat(NONE).interval == 30.0
