"""Who the terminal is to the centre, and a centre that forgot it, or what it had filed."""

import shutil
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from kiosk.bus.messages import Nudge
from kiosk.catalogue.cache import CatalogueCache
from offline_queue.contract import MatterState
from offline_queue.http_transport import HttpTransport
from offline_queue.retry import Failure, FailureKind
from offline_queue.store import SqliteQueue
from offline_queue.transport import Standing, TransportFailed
from tests.central.helpers import Running, running
from tests.offline_queue.helpers import TERMINAL
from tests.sync.helpers import cache_for, free_port, is_filed, number_at, put, syncing
from tests.waiting import eventually

DAY = 86400.0


# --- who it is ------------------------------------------------------------------------------------------------------


def test_a_stranger_is_refused_loses_nothing_and_is_told_what_to_do(
    queue: SqliteQueue, tmp_path: Path, run_dir: Path
) -> None:
    matter_id = put(queue)
    with running(tmp_path / "central", neighbours=False) as centre:
        cache = cache_for(tmp_path, centre.data)
        with syncing(queue, centre.url, cache, run_dir, code="wrong") as process:
            status = process.status_when(lambda now: now.error.startswith("unauthorised"))
    assert status.online is False
    assert "one-time code" in status.error
    assert queue.get(matter_id).state is MatterState.QUEUED


def test_the_identity_is_found_again(queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path) -> None:
    for _ in range(2):
        with syncing(queue, centre.url, cache, run_dir) as process:
            process.status_when(lambda now: now.online and now.certificate_days)
    assert queue.file.epoch() == 1


def test_a_centre_that_forgot_the_terminal_gets_it_back(queue: SqliteQueue, tmp_path: Path, run_dir: Path) -> None:
    port, first = free_port(), put(queue)
    url = f"http://127.0.0.1:{port}"
    with running(tmp_path / "one", port), syncing(queue, url, cache_for(tmp_path, tmp_path / "one"), run_dir):
        eventually(lambda: is_filed(queue, first))
    second = put(queue, 2)
    with running(tmp_path / "two", port), syncing(queue, url, cache_for(tmp_path, tmp_path / "two"), run_dir):
        eventually(lambda: is_filed(queue, second))


def test_a_higher_epoch_of_the_centre_is_gone_on_with(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path
) -> None:
    """The disk was lost and with it the key: what was filed from the old one must not be numbered again."""
    centre.enrolled()
    with syncing(queue, centre.url, cache, run_dir) as process:
        process.status_when(lambda now: now.online)
        matter_id = put(queue)
        process.ask(Nudge(matter=matter_id))
        eventually(lambda: is_filed(queue, matter_id))
    envelope = queue.get(matter_id).envelope
    assert (envelope.epoch, envelope.seq) == (2, 1)


# --- what the centre lost -------------------------------------------------------------------------------------------


def test_a_centre_restored_from_yesterdays_backup_gets_back_what_it_lost(
    queue: SqliteQueue, tmp_path: Path, run_dir: Path
) -> None:
    port, data, backup = free_port(), tmp_path / "central", tmp_path / "backup"
    url = f"http://127.0.0.1:{port}"
    before = put(queue, 1)
    with running(data, port):
        cache = cache_for(tmp_path, data)
        with syncing(queue, url, cache, run_dir):
            eventually(lambda: is_filed(queue, before))
    shutil.copytree(data, backup)
    lost = [put(queue, 2), put(queue, 3)]
    with running(data, port), syncing(queue, url, cache, run_dir):
        eventually(lambda: all(is_filed(queue, matter_id) for matter_id in lost))
    shutil.rmtree(data)
    backup.rename(data)
    with running(data, port) as centre, syncing(queue, url, cache, run_dir) as process:
        status = process.status_when(lambda now: now.restored)
        assert (status.restored, status.lost) == (2, 0)
        for matter_id in (before, *lost):
            matter = queue.get(matter_id)
            assert number_at(centre, matter.envelope.reference) == matter.answer.number
            assert not matter.envelope.payload


def test_a_terminal_enrolled_anew_after_the_backup_returns_by_itself_with_all_its_numbers(
    queue: SqliteQueue, tmp_path: Path, run_dir: Path
) -> None:
    """The restored centre knows an older key and epoch of it, and has given it no code."""
    port, data, backup = free_port(), tmp_path / "central", tmp_path / "backup"
    url = f"http://127.0.0.1:{port}"
    ids = [put(queue, 1)]
    with running(data, port, neighbours=False) as centre:
        cache = cache_for(tmp_path, data)
        with syncing(queue, url, cache, run_dir, code=centre.code(TERMINAL)):
            eventually(lambda: is_filed(queue, ids[0]))
    shutil.copytree(data, backup)
    shutil.rmtree(tmp_path / "identity")  # it enrols anew
    with ExitStack() as day:
        code = day.enter_context(running(data, port, neighbours=False)).code(TERMINAL)
        process = day.enter_context(syncing(queue, url, cache, run_dir, code=code))
        process.status_when(lambda now: now.online)
        ids += [put(queue, 2), put(queue, 3)]
        eventually(lambda: all(is_filed(queue, matter_id) for matter_id in ids))
    ids.append(put(queue, 4))
    shutil.rmtree(data)
    backup.rename(data)
    with running(data, port, neighbours=False) as centre, syncing(queue, url, cache, run_dir) as process:
        assert process.status_when(lambda now: now.restored).restored == 2
        eventually(lambda: is_filed(queue, ids[-1]))
        matters = [queue.get(matter_id) for matter_id in ids]
        assert [(one.envelope.epoch, one.envelope.seq) for one in matters] == [(1, 1), (2, 1), (2, 2), (2, 3)]
        assert len({one.answer.number for one in matters}) == len(ids)
        with centre.centre.storage.reading() as transaction:
            for matter in matters:
                found = transaction.matters.look_up(matter.envelope.reference)
                assert (found and found.number) == matter.answer.number
            assert transaction.terminals.epoch(TERMINAL) == 2
            assert transaction.receipts.notices() == []


@pytest.mark.parametrize("kind", [FailureKind.SERVER, FailureKind.REJECTED, FailureKind.TOO_LARGE])
def test_filing_does_not_wait_for_a_centre_that_cannot_say_what_it_has(
    queue: SqliteQueue,
    centre: Running,
    cache: CatalogueCache,
    run_dir: Path,
    kind: FailureKind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cannot(transport: HttpTransport, epoch: int | None = None) -> Standing:
        raise TransportFailed(Failure(kind, "scripted"))

    monkeypatch.setattr(HttpTransport, "standing", cannot)
    matter_id = put(queue)
    with syncing(queue, centre.url, cache, run_dir) as process:
        eventually(lambda: is_filed(queue, matter_id))
        assert process.status().online


def test_copies_are_kept_for_their_days_and_a_clock_gone_wild_forgets_none(
    queue: SqliteQueue, centre: Running, cache: CatalogueCache, run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.stock.is_synchronised", lambda: False)
    matter_id = put(queue)
    with syncing(queue, centre.url, cache, run_dir):
        eventually(lambda: is_filed(queue, matter_id))
    later = time.time() + 3650 * DAY
    with syncing(queue, centre.url, cache, run_dir, wall=lambda: later) as process:
        status = process.status_when(lambda now: now.skew)
        assert status.skew == pytest.approx(3650 * DAY, abs=60)
        eventually(lambda: process.status().last_contact)
    assert queue.kept(matter_id)
    with syncing(queue, centre.url, cache, run_dir, keep_days=-1.0):
        eventually(lambda: not queue.kept(matter_id))
