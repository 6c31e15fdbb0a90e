"""The sync process between a real queue file and the real centre over real HTTP."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bus.messages import Children, ChildrenRequest, Failed, Nudge, Ok, Ping, Stop
from kiosk.catalogue.cache import CatalogueCache
from offline_queue.contract import Answer, MatterState, NewMatter, Queue
from offline_queue.http_transport import HttpTransport
from offline_queue.store import SqliteQueue
from tests.central.helpers import Running, proof, running
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, stamp
from tests.sync.helpers import NEVER, http, public_key, raw_server, syncing
from tests.waiting import eventually


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[SqliteQueue]:
    made = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    yield made
    made.close()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "central") as made:
        yield made


def cache_for(folder: Path, data: Path) -> CatalogueCache:
    return CatalogueCache(folder / "catalogue.json", [public_key((data / "catalogue.pub").read_bytes())])


def put(queue: Queue, seq: int = 1) -> str:
    matter = proof(seq)
    queue.put(NewMatter(matter.id, matter.item, 1, matter.payload, matter.consents), now=NOW)
    return matter.id


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_a_nudge_files_at_once(queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path) -> None:
    cache = cache_for(tmp_path, centre.data)
    with syncing(queue, centre.url, centre.token, cache, run_dir, NEVER) as process:
        process.status_when(lambda now: now.online)
        matter_id = put(queue)
        queue.save_draft(matter_id, b"the citizen is here")
        assert process.ask(Nudge()) == Ok()
        eventually(lambda: queue.get(matter_id).state is MatterState.FILED)
        status = process.status_when(lambda now: now.waiting == 0)
    matter = queue.get(matter_id)
    assert matter.answer.number.startswith("44-")
    assert matter.answer.result["certificate"]
    assert status.last_contact


def test_what_is_delivered_is_forgotten_unless_its_citizen_is_here(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    here, gone = put(queue, 1), put(queue, 2)
    queue.save_draft(here, b"")
    with syncing(queue, centre.url, centre.token, cache_for(tmp_path, centre.data), run_dir):
        eventually(lambda: queue.counts()[MatterState.FILED] == 2)
        eventually(lambda: not queue.get(gone).envelope.payload)
        assert queue.get(here).envelope.payload
        queue.drop_draft()
        eventually(lambda: not queue.get(here).envelope.payload)
    assert queue.get(here).answer.number


def test_what_a_killed_predecessor_left_is_forgotten(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    here = put(queue)
    queue.claim(1, now=NOW)
    queue.filed(here, Answer(number="44-1", result={"certificate": {}}))
    with syncing(queue, centre.url, centre.token, cache_for(tmp_path, centre.data), run_dir):
        eventually(lambda: not queue.get(here).envelope.payload)
    assert queue.get(here).answer.number


def test_offline_is_said_and_back_again_files_each_once(queue: SqliteQueue, tmp_path: Path, run_dir: Path) -> None:
    port, data = free_port(), tmp_path / "central"
    with running(data) as before:
        token, cache = before.token, cache_for(tmp_path, data)
    first = put(queue)
    with syncing(queue, f"http://127.0.0.1:{port}", token, cache, run_dir) as process:
        offline = process.status_when(lambda now: now.online is False and now.waiting)
        assert (offline.waiting, offline.last_contact) == (1, None)
        assert offline.error.startswith("network")
        second = put(queue, 2)
        process.ask(Nudge())
        with running(data, port) as centre, centre.client() as client:
            eventually(lambda: queue.counts()[MatterState.FILED] == 2)
            online = process.status_when(lambda now: now.online and not now.waiting)
            assert online.error == ""
            for matter_id in (first, second):
                matter = queue.get(matter_id)
                view = client.get(f"/v1/matters/{matter.envelope.reference}").json()
                assert view["number"] == matter.answer.number
        process.status_when(lambda now: now.online is False)
        assert process.status().last_contact


def test_an_answer_lost_on_the_way_is_asked_for_again(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    """The first submission reaches the centre, its answer does not reach the terminal."""
    matter_id = put(queue)
    with centre.client() as client:
        (lost,) = HttpTransport(client).submit([queue.claim(1, now=NOW)[0].envelope])
    with syncing(queue, centre.url, centre.token, cache_for(tmp_path, centre.data), run_dir):
        eventually(lambda: queue.get(matter_id).state is MatterState.FILED)
    assert queue.get(matter_id).answer.number == lost.answer.number


def test_a_catalogue_arrives_and_is_kept(queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path) -> None:
    cache = cache_for(tmp_path, centre.data)
    with syncing(queue, centre.url, centre.token, cache, run_dir):
        eventually(cache.load)
    assert cache.etag()


def test_a_catalogue_of_a_stranger_is_not_taken(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    with running(tmp_path / "other") as other:
        cache = cache_for(tmp_path, other.data)
    with syncing(queue, centre.url, centre.token, cache, run_dir) as process:
        process.status_when(lambda now: now.online and now.error.startswith("catalogue"))
    assert cache.load() is None


def test_a_wrong_token_parks_nothing_and_is_said(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    matter_id = put(queue)
    with syncing(queue, centre.url, "wrong", cache_for(tmp_path, centre.data), run_dir) as process:
        status = process.status_when(lambda now: now.error.startswith("unauthorised"))
    assert status.online is False
    assert queue.get(matter_id).state is MatterState.QUEUED


def test_patience_the_centre_asks_for_is_kept_even_when_nudged(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    matter_id = put(queue)
    there, busy = http("200 OK", b"{}"), http("503 Busy", b"", "Retry-After: 600")
    with (
        raw_server([there, busy, there]) as url,
        syncing(queue, url, "token", cache_for(tmp_path, centre.data), run_dir) as process,
    ):
        eventually(lambda: queue.get(matter_id).error == "busy")
        for _ in range(3):
            process.ask(Nudge())
            contact = process.status().last_contact or 0.0
            process.status_when(lambda now, old=contact: (now.last_contact or 0.0) > old)
    matter = queue.get(matter_id)
    assert (matter.state, matter.attempts) == (MatterState.QUEUED, 1)


def test_a_queue_that_cannot_be_used_is_said_and_tried_again(centre: Running, tmp_path: Path, run_dir: Path) -> None:
    (tmp_path / "folder").write_bytes(b"")
    queue = SqliteQueue(tmp_path / "folder" / "queue.db", KEY, TERMINAL, stamp)
    with syncing(queue, centre.url, centre.token, cache_for(tmp_path, centre.data), run_dir) as process:
        process.status_when(lambda now: "queue file" in now.error)
        (tmp_path / "folder").unlink()
        matter_id = put(queue)
        eventually(lambda: queue.get(matter_id).state is MatterState.FILED)
    queue.close()


def test_ping_unknown_and_stop(queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path) -> None:
    cache = cache_for(tmp_path, centre.data)
    with syncing(queue, centre.url, centre.token, cache, run_dir, NEVER) as process:
        assert process.ask(Ping()) == Ok()
        assert isinstance(process.ask(ChildrenRequest()), Failed)
        assert isinstance(process.ask(Children(rows=[])), Failed)
        assert process.ask(Stop()) == Ok()
        process.thread.join(10)
        assert not process.thread.is_alive()
