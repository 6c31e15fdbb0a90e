"""Several workers on one socket: those that die are replaced, and all end together."""

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from central.cli import main
from central.workers import pause_after
from offline_queue import suites
from offline_queue.envelope import Envelope
from offline_queue.http_client import Signature, open_client
from tests.central import crews
from tests.central.helpers import TERMINAL, Key, enrol, make, post
from tests.central.postgres import Cluster
from tests.central.test_cli import served
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
MATTERS = 6


def test_who_dies_early_starts_again_later_and_later_but_not_for_ever_later() -> None:
    pauses = [pause_after(deaths) for deaths in range(60)]
    assert pauses[0] == 0
    assert pauses == sorted(pauses)
    assert 0 < pauses[1] < 1
    assert pauses[-1] == 30


def test_sqlite_has_one_writer_and_so_one_worker(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["serve", "--workers", "2", "--data", str(tmp_path / "new")])
    assert result.exit_code == 2
    assert "--workers 2" in result.stderr
    assert "--database postgresql" in result.stderr
    assert not (tmp_path / "new").exists()


@contextmanager
def crew(folder: Path, kind: str = "sound") -> Generator[subprocess.Popen[str]]:
    argv = [sys.executable, "-m", "tests.central.crews", str(folder), kind]
    process = subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def workers(folder: Path) -> set[int]:
    return {int(path.name.removeprefix("worker-")) for path in folder.glob("worker-*")}


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and not _is_dead(pid)}


def _is_dead(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_who_is_killed_is_replaced_and_all_end_together(tmp_path: Path) -> None:
    with crew(tmp_path) as process:
        eventually(lambda: len(workers(tmp_path)) == crews.COUNT and (tmp_path / "begun").exists(), "the workers")
        first = workers(tmp_path)
        os.kill(min(first), signal.SIGKILL)
        eventually(lambda: len(alive(workers(tmp_path) - first)) == 1, "another")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert (tmp_path / "ending").exists()
        assert alive(workers(tmp_path)) == set()
        assert err.count("ended (-9)") == 1


def test_who_does_not_end_is_ended(tmp_path: Path) -> None:
    with crew(tmp_path, "stubborn") as process:
        eventually(lambda: (tmp_path / "begun").exists() and len(workers(tmp_path)) == crews.COUNT, "the workers")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 0
        assert alive(workers(tmp_path)) == set()


def test_those_that_cannot_start_are_tried_again_and_nobody_is_told_that_they_answer(tmp_path: Path) -> None:
    with crew(tmp_path, "sick") as process:
        eventually(lambda: len(workers(tmp_path)) > crews.COUNT, "more of them")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
        assert process.returncode == 0
        assert not (tmp_path / "begun").exists()


def test_workers_outlive_nobody_who_started_them(tmp_path: Path) -> None:
    with crew(tmp_path) as process:
        eventually(lambda: (tmp_path / "begun").exists() and len(workers(tmp_path)) == crews.COUNT, "the workers")
        process.kill()
        eventually(lambda: not alive(workers(tmp_path)), "their end")
        assert (tmp_path / "left-alone").exists()


@pytest.fixture
def database(postgres: Cluster, tmp_path: Path) -> str:
    return postgres.create(f"workers_{tmp_path.name}".lower().replace("-", "_")[:60])


def test_two_of_the_centre_answer_as_one(tmp_path: Path, database: str) -> None:
    """One is killed amid the filing: what is sent again is filed once, and both count into one page of metrics."""
    options = ("--workers", "2", "--database", database, "--drain", "0.5")
    key = suites.generate()
    with served(tmp_path, *options) as (process, address):
        with open_client(address) as client:
            key_id = enrol(client, TERMINAL, key).json()["key_id"]
        send = partial(_send, ssl.create_default_context(), address, Key(key, key_id))
        numbers: set[str] = set()
        for seq in range(1, MATTERS + 1):
            matter = make(seq, item="trial")
            first = eventually(partial(send, matter), "an answer")
            if seq == MATTERS // 2:
                os.kill(_a_worker(process.pid), signal.SIGKILL)
            assert eventually(partial(send, matter), "the same answer") == first
            numbers.add(first["number"])
        assert len(numbers) == MATTERS
        token = (tmp_path / "metrics.token").read_text()
        with open_client(address) as client:
            page = client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
        assert f'central_matters_total{{outcome="filed"}} {2.0 * MATTERS}' in page
        process.send_signal(signal.SIGTERM)
        eventually(lambda: not (tmp_path / "address").exists(), "the end")
        process.communicate(timeout=30)
        assert process.returncode == 0


def _send(context: ssl.SSLContext, address: str, key: Key, matter: Envelope) -> dict[str, str] | None:
    """Over a connection of its own; ``None`` when the worker died that had it."""
    with open_client(address, Signature(lambda: key), context) as client:
        try:
            return post(client, [matter], key.key)[0]
        except httpx.HTTPError:
            return None


def _a_worker(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(one) for one in children if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes())
