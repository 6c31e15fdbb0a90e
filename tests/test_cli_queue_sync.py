"""``kiosk queue sync`` and ``enrol`` against the reference centre, from a queue file alone."""

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import AnyMessage, Nudge, Ok, SyncStatus
from offline_queue.contract import Answer, MatterState, NewMatter, Outcome
from offline_queue.sole_sender import sole_sender
from offline_queue.store import SqliteQueue
from tests.central.helpers import Running, running
from tests.commands import inside
from tests.offline_queue.helpers import NOW
from tests.test_cli_queue import TERMINAL, filled, listed, queue_in, run, states

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Generator[Running]:
    with running(tmp_path_factory.mktemp("central")) as made:
        yield made


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


def trial(**payload: object) -> NewMatter:
    return NewMatter(str(payload["id"]), "trial", 1, payload)


def trials(name: str, count: int) -> list[NewMatter]:
    return [trial(id=f"{name}-{number}") for number in range(count)]


def sync(db: Path, url: str, *options: str) -> tuple[int, list[list[str]]]:
    result = run("sync", "--db", str(db), "--central", url, "--once", "--terminal", TERMINAL, *options)
    return result.exit_code, [line.split(maxsplit=2) for line in result.stdout.splitlines()]


def test_everything_is_sent_once_and_each_answer_is_a_line(centre: Running, db: Path) -> None:
    ids = filled(db, *trials("once", 3), NewMatter("once-bad", "no-such-item", 1, {}))
    status, lines = sync(db, centre.url)
    assert status == 0
    assert [(each[0], each[1]) for each in lines] == [*((name, "filed") for name in ids[:3]), ("once-bad", "refused")]
    assert lines[3][2] == "unknown_item"
    assert [row["number"] for row in listed(db)] == [each[2] for each in lines[:3]] + [""]
    assert sync(db, centre.url) == (0, [])


def test_what_was_filed_is_forgotten_here_but_for_a_copy_for_the_centre(centre: Running, db: Path) -> None:
    (identity,) = filled(db, trial(id="forgotten", name="somebody"))
    assert sync(db, centre.url)[0] == 0
    with queue_in(db) as queue:
        matter = queue.get(identity)
        assert (matter.state, matter.envelope.payload) == (MatterState.FILED, {})
        assert b"somebody" not in queue.kept(identity)
        assert queue.kept(identity)


def test_a_centre_that_is_not_there_leaves_everything_waiting(db: Path) -> None:
    ids = filled(db, *trials("nowhere", 2))
    assert sync(db, NOWHERE)[0] == 4
    assert states(db) == dict.fromkeys(ids, "queued")


@pytest.mark.parametrize(
    "options", [["--central", "centre"], ["--central", "http://a:port"], ["--central", NOWHERE, "--ca-file", __file__]]
)
def test_an_address_or_a_file_that_is_none_is_told(db: Path, options: list[str]) -> None:
    filled(db, *trials("wrong", 1))
    result = run("sync", "--once", "--db", str(db), *options)
    assert (result.exit_code, options[-2] in result.output) == (2, True)


def test_what_waits_for_a_person_is_told_by_the_exit_status(centre: Running, db: Path) -> None:
    ids = filled(db, *trials("parked", 2))
    assert run("park", ids[0], "--reason", "x", "--db", str(db), "--yes").exit_code == 0
    status, lines = sync(db, centre.url)
    assert (status, [each[:2] for each in lines]) == (1, [[ids[1], "filed"]])


def test_a_killed_sender_is_followed_by_another_with_the_same_matters(centre: Running, db: Path) -> None:
    ids = filled(db, *trials("killed", 3))
    with queue_in(db) as queue:
        queue.claim(3, now=NOW)
    assert set(states(db).values()) == {"in_flight"}
    assert [each[0] for each in sync(db, centre.url)[1]] == ids


def test_what_the_centre_lost_comes_back_with_its_number(tmp_path: Path, db: Path) -> None:
    filled(db, *trials("lost", 3))
    with running(tmp_path / "a") as centre:
        centre.centre.storage.backup(tmp_path / "yesterday.db")
        assert sync(db, centre.url)[0] == 0
    numbers = {row["id"]: row["number"] for row in listed(db)}
    (tmp_path / "a" / "central.db").unlink()
    for tail in ("-wal", "-shm"):
        (tmp_path / "a" / f"central.db{tail}").unlink(missing_ok=True)
    (tmp_path / "yesterday.db").rename(tmp_path / "a" / "central.db")
    with running(tmp_path / "a") as centre:
        assert sync(db, centre.url)[0] == 0
        with centre.centre.storage.reading() as transaction:
            assert {one.id: one.number for one in transaction.matters.all()} == numbers


def test_a_terminal_that_a_restored_centre_does_not_know_returns_without_a_code(tmp_path: Path, db: Path) -> None:
    filled(db, *trials("forgotten", 2))
    with running(tmp_path / "a", neighbours=False) as centre:
        centre.centre.storage.backup(tmp_path / "yesterday.db")
        assert sync(db, centre.url, "--code", centre.code(TERMINAL))[0] == 0
    numbers = {row["id"]: row["number"] for row in listed(db)}
    (tmp_path / "yesterday.db").rename(tmp_path / "a" / "central.db")
    with running(tmp_path / "a", neighbours=False) as centre:
        assert sync(db, centre.url)[0] == 0
        with centre.centre.storage.reading() as transaction:
            assert {one.id: one.number for one in transaction.matters.all()} == numbers


# --- enrolment --------------------------------------------------------------------------------------------------------


def test_a_terminal_elsewhere_needs_a_code(tmp_path: Path, db: Path) -> None:
    (identity,) = filled(db, trial(id="code"))
    with running(tmp_path / "central", neighbours=False) as centre:
        refused = run("sync", "--db", str(db), "--central", centre.url, "--once", "--terminal", TERMINAL)
        assert (refused.exit_code, states(db)) == (4, {identity: "queued"})
        assert "code" in refused.output
        code = centre.code(TERMINAL)
        assert sync(db, centre.url, "--code", code) == (0, [[identity, "filed", listed(db)[0]["number"]]])
        assert sync(db, centre.url) == (0, [])


def test_enrolment_begins_the_epoch_that_the_centre_says(tmp_path: Path, db: Path) -> None:
    with running(tmp_path / "central", neighbours=False) as centre:
        for epoch in (1, 2):
            code = centre.code(TERMINAL)
            done = run("enrol", "--central", centre.url, "--code", code, "--db", str(db), "--terminal", TERMINAL)
            assert (done.exit_code, f"epoch {epoch}" in done.stdout) == (0, True)
            filled(db, trial(id=f"epoch-{epoch}"))
        assert [(row["epoch"], row["seq"]) for row in listed(db)] == [(1, 1), (2, 1)]
        spent = run("enrol", "--central", centre.url, "--code", code, "--db", str(db), "--terminal", TERMINAL)
        assert spent.exit_code == 4
        assert sync(db, centre.url)[0] == 0


# --- another process sends ------------------------------------------------------------------------------------------


def test_two_do_not_send_from_one_queue(db: Path) -> None:
    ids = filled(db, *trials("two", 1))
    with sole_sender(db):
        result = run("sync", "--db", str(db), "--central", NOWHERE, "--once")
    assert (result.exit_code, "another program sends" in result.output) == (1, True)
    assert states(db) == dict.fromkeys(ids, "queued")


class SyncProcess:
    """Files everything as soon as it is asked to; or says why it cannot."""

    def __init__(self, queue: SqliteQueue, error: str) -> None:
        self.queue = queue
        self.error = error

    def __call__(self, message: AnyMessage, connection: Connection) -> None:
        if not isinstance(message, Nudge):
            connection.send(SyncStatus(online=not self.error, last_contact=None, waiting=0, error=self.error))
            return
        connection.send(Ok())
        if not self.error:
            claimed = self.queue.claim(100, now=NOW)
            filed = [Outcome(one.envelope.id, MatterState.FILED, Answer(f"N{one.envelope.seq}")) for one in claimed]
            self.queue.settle(filed, now=NOW)


@pytest.mark.parametrize("error", ["", "network: gone"])
def test_a_running_terminal_is_asked_to_send(tmp_path_factory: pytest.TempPathFactory, error: str) -> None:
    folder = tmp_path_factory.mktemp("q")
    db = folder / "state_dir" / "queue.db"
    db.parent.mkdir()
    filled(db, *trials("owner", 2))
    with queue_in(db) as queue, sole_sender(db):
        server = Server(folder / "run_dir" / "sync.sock", SyncProcess(queue, error))
        server.start()
        settings = ["--set", "queue.key_file=queue.db.key"]
        done = inside(folder, *settings, "queue", "sync", "--once")
        listing = json.loads(inside(folder, *settings, "queue", "list", "--json").stdout)
        server.close()
    outcome = ("queued", "queued") if error else ("filed N1", "filed N2")
    assert done.stdout.splitlines() == [f"owner-{number} {word}" for number, word in enumerate(outcome)]
    assert (done.returncode, "asked to do it" in done.stderr) == (4 if error else 0, True)
    assert error in done.stderr
    assert [row["state"] for row in listing] == [word.split()[0] for word in outcome]
