"""The program as its operators start it: the broker is not there, the centre is killed, both come back."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.cli import main
from central.fanout.example import Inbox, listen
from offline_queue.http_client import open_client
from tests.central.fanout.nats_server import NatsServer, free_port, program
from tests.central.helpers import Terminal, enrol, own_key, post, proof
from tests.central.test_cli import served
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(program() is None, reason="NATS is not installed: apt-get install nats-server")


def waiting(data: Path) -> int:
    shown = CliRunner().invoke(main, ["outbox", "status", "--data", str(data)])
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.output)["waiting"]


def test_what_was_filed_before_the_centre_was_killed_is_told_when_both_are_back(tmp_path: Path) -> None:
    data, inbox = tmp_path / "central", Inbox(tmp_path / "department.db")
    broker = NatsServer(tmp_path / "nats", free_port())
    with served(data, "--nats", broker.url) as (process, url):
        with open_client(url) as anonymous:
            answer = enrol(anonymous, "GD440100", own_key())
        terminal = Terminal("GD440100", own_key(), answer.json()["key_id"], answer.json())
        with open_client(url, terminal.signature()) as client:
            post(client, [proof(seq) for seq in range(1, 4)])
        assert waiting(data) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
    try:
        broker.start()
        with served(data, "--nats", broker.url):
            eventually(lambda: waiting(data) == 0, "the outbox to be empty")

        def is_enough() -> bool:
            return len(inbox.effects()) >= 3

        asyncio.run(asyncio.wait_for(listen(broker.url, "matters.>", "records", inbox, is_enough), 20))
    finally:
        broker.kill()
    assert sorted(reference for reference, *_ in inbox.effects()) == [proof(seq).reference for seq in range(1, 4)]
