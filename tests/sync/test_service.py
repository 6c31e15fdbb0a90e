"""The sync process between a real queue file and the real centre over real HTTP."""

import threading
import time
from pathlib import Path

import pytest

from kiosk.bus.messages import Children, ChildrenRequest, Failed, Nudge, Ok, Ping, Stop
from kiosk.catalogue.cache import CatalogueCache
from offline_queue.contract import Answer, MatterState, NewMatter, Outcome, QueueUnavailable
from offline_queue.faults import Damaged, said
from offline_queue.http_transport import HttpTransport
from offline_queue.incidents import Incident
from offline_queue.store import SqliteQueue
from tests.central.helpers import CANARY, Key, Running, proof, running
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, stamp
from tests.offline_queue.web import Asked, Reply, web
from tests.sync.helpers import DEADLINE, NEVER, cache_for, free_port, is_filed, number_at, put, syncing
from tests.waiting import eventually

# --- filing ---------------------------------------------------------------------------------------------------------


def test_it_enrols_by_itself_and_a_nudge_files_at_once(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    with syncing(queue, centre.url, cache, run_dir, NEVER) as process:
        process.status_when(lambda now: now.online)
        matter_id = put(queue)
        queue.save_draft(matter_id, b"the citizen is here", now=NOW)
        assert process.ask(Nudge(matter=matter_id)) == Ok()
        eventually(lambda: is_filed(queue, matter_id))
        status = process.status_when(lambda now: now.waiting == 0 and now.certificate_days)
    matter = queue.get(matter_id)
    assert matter.answer.number.startswith("44-")
    assert matter.answer.result["certificate"]
    assert status.last_contact
    assert status.certificate_days
    assert status.certificate_days > 30
    assert abs(status.skew or 0.0) < 30


def test_what_is_delivered_is_forgotten_unless_its_citizen_is_here(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    here, gone = put(queue, 1), put(queue, 2)
    queue.save_draft(here, b"", now=NOW)
    with syncing(queue, centre.url, cache, run_dir):
        eventually(lambda: queue.counts()[MatterState.FILED] == 2)
        eventually(lambda: not queue.get(gone).envelope.payload)
        assert queue.get(here).envelope.payload
        queue.drop_draft()
        eventually(lambda: not queue.get(here).envelope.payload)
    assert queue.get(here).answer.number
    assert queue.kept(here)
    assert CANARY.encode() not in queue.kept(here)


def test_what_a_killed_predecessor_left_is_forgotten(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    here = put(queue)
    queue.claim(1, now=NOW)
    queue.settle([Outcome(here, MatterState.FILED, Answer(number="44-1", result={"certificate": {}}))], now=NOW)
    with syncing(queue, centre.url, cache, run_dir):
        eventually(lambda: not queue.get(here).envelope.payload)
    assert queue.get(here).answer.number


def test_pages_go_with_their_matter_and_are_then_deleted(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    scan, signature = CANARY.encode() * 40_000, b"<svg/>"
    page = queue.attachments.add("page-1", scan, "image/png", now=time.time())
    signed = queue.attachments.add("signature", signature, "image/svg+xml", now=time.time())
    matter = proof(1)
    queue.put(
        NewMatter(matter.id, matter.item, 1, matter.payload, attachments=(page, signed)),
        now=time.time(),
    )
    with syncing(queue, centre.url, cache, run_dir):
        eventually(lambda: is_filed(queue, matter.id))
        eventually(lambda: not list(queue.attachments.folder.glob("*/*")))
    at_the_centre = centre.centre.attachments
    assert [at_the_centre.read(TERMINAL, file.digest) for file in (page, signed)] == [scan, signature]


def test_an_answer_lost_on_the_way_is_asked_for_again(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    """The first submission reaches the centre, its answer does not reach the terminal."""
    matter_id, terminal = put(queue), centre.enrolled()
    (claimed,) = queue.claim(1, now=NOW)
    with centre.client(terminal) as client:
        answered = HttpTransport(client, lambda: Key(terminal.key, terminal.key_id)).submit([claimed.envelope])
    with syncing(queue, centre.url, cache, run_dir):
        eventually(lambda: is_filed(queue, matter_id))
    assert queue.get(matter_id).answer.number == answered.verdicts[0].answer.number


# --- the line -------------------------------------------------------------------------------------------------------


def test_offline_is_said_and_back_again_files_each_once(queue: SqliteQueue, tmp_path: Path, run_dir: Path) -> None:
    port, data = free_port(), tmp_path / "central"
    with running(data):
        cache = cache_for(tmp_path, data)
    first = put(queue)
    with syncing(queue, f"http://127.0.0.1:{port}", cache, run_dir) as process:
        offline = process.status_when(lambda now: now.online is False and now.waiting)
        assert (offline.waiting, offline.last_contact) == (1, None)
        assert offline.oldest
        assert offline.error.startswith("network")
        second = put(queue, 2)
        process.ask(Nudge(matter=second))
        with running(data, port) as centre:
            eventually(lambda: queue.counts()[MatterState.FILED] == 2)
            online = process.status_when(lambda now: now.online and not now.waiting)
            assert online.error == ""
            for matter_id in (first, second):
                matter = queue.get(matter_id)
                assert number_at(centre, matter.envelope.reference) == matter.answer.number
        process.status_when(lambda now: now.online is False)
        assert process.status().last_contact


def test_after_an_outage_the_backlog_waits_its_turn_and_the_citizen_does_not(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    told: list[tuple[str, float]] = []

    def long(terminal: str, outage: float) -> float:
        told.append((terminal, outage))
        return 3600.0

    backlog = [put(queue, seq) for seq in (1, 2, 3)]
    with syncing(queue, centre.url, cache, run_dir, spread=long) as process:
        process.status_when(lambda now: now.online and now.waiting == 3)
        mine = put(queue, 4)
        process.ask(Nudge(matter=mine))
        eventually(lambda: is_filed(queue, mine))
        assert not any(is_filed(queue, matter_id) for matter_id in backlog)
    assert told[0][0] == TERMINAL
    assert told[0][1] > 0


def test_patience_the_centre_asks_for_is_kept_even_when_nudged(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    with syncing(queue, centre.url, cache_for(tmp_path, centre.data), run_dir) as process:
        process.status_when(lambda now: now.online)
    matter_id = put(queue)

    def answer(asked: Asked) -> Reply:
        return Reply(503, b"", {"Retry-After": "600"}) if asked.method == "POST" else Reply(200, b"{}")

    with web(answer) as busy, syncing(queue, busy.url, cache_for(tmp_path, centre.data), run_dir) as process:
        eventually(lambda: queue.get(matter_id).error == "busy")
        for _ in range(3):
            process.ask(Nudge(matter=matter_id))
            assert process.ask(Ping()) == Ok()
        process.status_when(lambda now: now.error.startswith("busy"))
    assert [asked.method for asked in busy.asked].count("POST") == 1
    matter = queue.get(matter_id)
    assert (matter.state, matter.attempts) == (MatterState.QUEUED, 1)


# --- the rest -------------------------------------------------------------------------------------------------------


def test_a_catalogue_arrives_and_is_kept(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    with syncing(queue, centre.url, cache, run_dir):
        eventually(cache.load)
    assert cache.etag()


def test_a_catalogue_of_a_stranger_is_not_taken(
    queue: SqliteQueue, centre: Running, tmp_path: Path, run_dir: Path
) -> None:
    with running(tmp_path / "other") as other:
        cache = cache_for(tmp_path, other.data)
    with syncing(queue, centre.url, cache, run_dir) as process:
        process.status_when(lambda now: now.online and now.error.startswith("catalogue"))
    assert cache.load() is None


def test_a_queue_that_cannot_be_used_is_said_and_tried_again(
    centre: Running, cache: CatalogueCache, tmp_path: Path, run_dir: Path
) -> None:
    (tmp_path / "folder").write_bytes(b"")
    queue = SqliteQueue(tmp_path / "folder" / "queue.db", KEY, TERMINAL, stamp)
    with pytest.raises(QueueUnavailable) as unusable:
        queue.counts()
    with syncing(queue, centre.url, cache, run_dir) as process:
        process.status_when(lambda now: str(unusable.value) in now.error)
        (tmp_path / "folder").unlink()
        matter_id = put(queue)
        eventually(lambda: is_filed(queue, matter_id))
    queue.close()


def test_damage_that_shows_while_it_runs_is_mended_at_once(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with syncing(queue, centre.url, cache, run_dir) as process:
        process.status_when(lambda now: now.online)
        count, check = queue.counts, queue.file.check
        mended = threading.Event()

        def counts() -> dict[MatterState, int]:
            if not mended.is_set():
                raise said(Damaged)
            return count()

        def mend() -> list[Incident]:
            mended.set()
            return check()

        monkeypatch.setattr(queue, "counts", counts)
        monkeypatch.setattr(queue.file, "check", mend)
        assert mended.wait(DEADLINE)
        matter_id = put(queue)
        eventually(lambda: is_filed(queue, matter_id))


def test_ping_unknown_and_stop(queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path) -> None:
    with syncing(queue, centre.url, cache, run_dir, NEVER) as process:
        assert process.ask(Ping()) == Ok()
        assert isinstance(process.ask(ChildrenRequest()), Failed)
        assert isinstance(process.ask(Children(rows=[])), Failed)
        assert process.ask(Stop()) == Ok()
        process.thread.join(10)
        assert not process.thread.is_alive()
