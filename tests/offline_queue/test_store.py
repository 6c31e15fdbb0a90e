"""What only the queue on disk must stand: kills, full and damaged disks, wrong keys, other processes, thieves."""

import base64
import math
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from offline_queue.contract import Answer, Draft, MatterState, Outcome, QueueUnavailable, Quota
from offline_queue.database import Database, migrations, open_encrypted
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import (
    CANARY,
    CANARY_NUMBER,
    KEY,
    NOW,
    TERMINAL,
    canary_matter,
    mark_filed,
    new_matter,
    stamp,
)

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "offline_queue" / "schema.sql"
WRITER = """
import sys
from pathlib import Path
from offline_queue.contract import NewMatter
from offline_queue.store import SqliteQueue
queue = SqliteQueue(Path(sys.argv[1]), bytes(range(32)), "GD440100")
for number in range(int(sys.argv[3])):
    queue.put(NewMatter(f"{sys.argv[2]}-{number}", "item", 1, {"n": number}), now=1.0)
    print(f"{sys.argv[2]}-{number}", flush=True)
"""


def open_again(path: Path, key: bytes = KEY) -> SqliteQueue:
    return SqliteQueue(path, key, TERMINAL, stamp)


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_schema_is_what_the_migrations_lead_to(tmp_path: Path) -> None:
    statement = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    current = open_encrypted(tmp_path / "a.db", KEY, [SCHEMA.read_text(encoding="utf-8")])
    migrated = open_encrypted(tmp_path / "b.db", KEY, migrations())
    assert current.execute(statement).fetchall() == migrated.execute(statement).fetchall()
    current.close()
    migrated.close()


def test_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    open_encrypted(tmp_path / "queue.db", KEY, [*migrations(), "CREATE TABLE later (a)"]).close()
    with pytest.raises(QueueUnavailable, match="newer"):
        open_again(tmp_path / "queue.db").counts()


def test_settings_that_durability_rests_on(tmp_path: Path) -> None:
    connection = open_encrypted(tmp_path / "queue.db", KEY)
    settings = {
        name: next(iter(connection.execute(f"PRAGMA {name}").fetchall()[0].values()))
        for name in ("journal_mode", "synchronous", "secure_delete")
    }
    connection.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


def test_only_the_owner_may_read_the_files(store: SqliteQueue, tmp_path: Path) -> None:
    store.put(new_matter(), now=NOW)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("queue.db*")} == {0o600}


def test_everything_is_there_after_opening_again(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    first = open_again(path)
    envelope = first.put(canary_matter(), now=NOW)
    first.save_draft("s", b"draft", now=NOW)
    first.begin_effect("p", "print")
    first.claim(1, now=NOW)
    first.close()
    second = open_again(path)
    assert second.get(envelope.id).envelope == envelope
    assert second.get(envelope.id).state is MatterState.IN_FLIGHT
    assert second.load_draft() == Draft("s", b"draft", NOW)
    assert second.begin_effect("p", "print") == "unknown"
    second.close()


def test_acknowledged_puts_survive_kill_and_none_is_twice(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    acknowledged: list[str] = []
    for trial in range(8):
        child = writer(path, f"t{trial}", 10_000)
        assert child.stdout
        acknowledged += [child.stdout.readline().strip() for _ in range(7 * trial + 1)]
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
        acknowledged += rest.splitlines()[: rest.count("\n")]
        child.stdout.close()
        assert child.wait(10) == -signal.SIGKILL
    queue = open_again(path)
    stored = [matter.envelope for matter in queue.matters()]
    queue.close()
    ids = [envelope.id for envelope in stored]
    assert set(acknowledged) <= set(ids)
    assert len(acknowledged) >= 8
    assert len(ids) == len(set(ids))
    assert [envelope.seq for envelope in stored] == list(range(1, len(stored) + 1))


def test_processes_at_once_agree_on_one_sequence(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    children = [writer(path, name, 40) for name in ("a", "b", "a", "c")]  # two of them put the same ids
    outputs = [child.communicate(timeout=60)[0] for child in children]
    assert [child.returncode for child in children] == [0] * 4
    assert all(len(output.split()) == 40 for output in outputs)
    queue = open_again(path)
    assert [matter.envelope.seq for matter in queue.matters()] == list(range(1, 121))
    queue.close()


@pytest.mark.parametrize("key", [bytes(32), KEY[::-1]])
def test_wrong_key_is_said_so_and_harms_nothing(store: SqliteQueue, tmp_path: Path, key: bytes) -> None:
    envelope = store.put(new_matter(), now=NOW)
    store.close()
    with pytest.raises(QueueUnavailable, match="key"):
        open_again(tmp_path / "queue.db", key).put(new_matter(), now=NOW)
    assert store.get(envelope.id).envelope == envelope


def test_damaged_file_is_said_so_and_not_replaced(store: SqliteQueue, tmp_path: Path) -> None:
    for _ in range(50):
        store.put(new_matter(text="x" * 3000), now=NOW)
    store.close()
    path = tmp_path / "queue.db"
    content = bytearray(path.read_bytes())
    content[-2000] ^= 1  # every page carries an authentication tag: one bit is enough
    path.write_bytes(content)
    with pytest.raises(QueueUnavailable, match="damaged"):
        open_again(path).matters()
    assert path.stat().st_size == len(content)


def test_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(QueueUnavailable):
        open_again(tmp_path / "file" / "queue.db").counts()


@contextmanager
def no_file_larger_than(size: int) -> Generator[None]:
    """The kernel refuses to let any file of this process grow beyond it."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def test_full_disk_is_said_so_and_the_queue_goes_on_afterwards(store: SqliteQueue) -> None:
    durable: list[str] = []

    def put_many() -> None:
        durable.extend(store.put(new_matter(text="x" * 2000), now=NOW).id for _ in range(1000))

    with no_file_larger_than(200_000), pytest.raises(QueueUnavailable, match=r"[Dd]isk"):
        put_many()
    assert durable
    assert [matter.envelope.id for matter in store.matters()] == durable
    assert store.put(new_matter(), now=NOW).seq == len(durable) + 1


def test_clock_set_back_does_not_change_the_order(tmp_path: Path) -> None:
    store = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp, quota=Quota(age=math.inf))
    for now in (NOW, NOW - 3e8, NOW + 3e8):
        store.put(new_matter(), now=now)
    assert [matter.envelope.seq for matter in store.claim(9, now=NOW - 6e8)] == [1, 2, 3]
    store.close()


def traces(text: str) -> list[bytes]:
    """The text in the encodings in which it could lie on a disk."""
    plain = [text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("gb18030")]
    shifted = [base64.b64encode(b"\0" * shift + text.encode())[4:-4] for shift in range(3)]
    return [*plain, *shifted, text.encode("unicode_escape")]


def test_a_thief_of_the_disk_reads_no_person(store: SqliteQueue, tmp_path: Path) -> None:
    envelope = store.put(canary_matter(), now=NOW)
    store.save_draft(envelope.id, f"{CANARY} {CANARY_NUMBER}".encode(), now=NOW)
    store.claim(1, now=NOW)
    mark_filed(store, envelope.id, Answer(number="44-1", result={"certificate": {"name": CANARY}}), now=NOW)
    files = sorted(tmp_path.glob("queue.db*"))
    assert {"queue.db", "queue.db-shm", "queue.db-wal"} <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        for word in (CANARY, CANARY_NUMBER, "social-insurance-proof"):
            assert not [trace for trace in traces(word) if trace in content]


def decrypted(path: Path, copy: Path) -> bytes:
    """All pages as whoever has the key sees them, free ones included."""
    shutil.copy(path, copy)
    connection = open_encrypted(copy, KEY)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA rekey = ''")
    connection.close()
    return copy.read_bytes()


def test_wiped_means_gone_even_for_whoever_has_the_key(store: SqliteQueue, tmp_path: Path) -> None:
    envelope = store.put(canary_matter(), now=NOW)
    long = store.put(new_matter(name=CANARY, pages="0123456789" * 5000), now=NOW)  # spills to overflow pages
    store.claim(2, now=NOW)
    mark_filed(store, envelope.id, Answer(number="44-1", result={"certificate": {"name": CANARY}}), now=NOW)
    mark_filed(store, long.id, Answer(number="44-2"), now=NOW)
    Database(tmp_path / "queue.db", KEY).forget_log()
    assert CANARY.encode() in decrypted(tmp_path / "queue.db", tmp_path / "before.db")
    store.wipe(envelope.id)
    store.wipe(long.id)
    assert (tmp_path / "queue.db-wal").stat().st_size == 0
    after = decrypted(tmp_path / "queue.db", tmp_path / "after.db")
    assert after.startswith(b"SQLite format 3")
    assert envelope.reference.encode() in after
    assert CANARY.encode() not in after
    assert CANARY_NUMBER.encode() not in after
    assert b"0123456789" * 10 not in after


def test_settled_and_wiped_in_one_breath(store: SqliteQueue, tmp_path: Path) -> None:
    envelope = store.put(canary_matter(), now=NOW)
    store.claim(1, now=NOW)
    answer = Answer(number="44-1", result={"name": CANARY})
    store.settle([Outcome(envelope.id, MatterState.FILED, answer, wipe=True)], now=NOW)
    assert (tmp_path / "queue.db-wal").stat().st_size == 0
    assert CANARY.encode() not in decrypted(tmp_path / "queue.db", tmp_path / "after.db")


def test_in_the_suite_gm_what_is_personal_is_sealed_within_the_file(tmp_path: Path) -> None:
    store = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp, suite="gm")
    envelope = store.put(canary_matter(), now=NOW)
    store.claim(1, now=NOW)
    outcome = Outcome(envelope.id, MatterState.FILED, Answer(number="44-1", result={"name": CANARY}), keep=b"A" * 64)
    store.settle([outcome], now=NOW)
    assert store.get(envelope.id).envelope == envelope
    store.close()
    content = decrypted(tmp_path / "queue.db", tmp_path / "after.db")
    assert envelope.reference.encode() in content
    assert not [word for word in (CANARY.encode(), CANARY_NUMBER.encode(), b"A" * 64) if word in content]


def test_a_file_that_could_not_be_opened_is_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "file" / "queue.db"
    (tmp_path / "file").write_bytes(b"")
    queue = open_again(path)
    with pytest.raises(QueueUnavailable):
        queue.counts()
    (tmp_path / "file").unlink()
    assert queue.put(new_matter(), now=NOW).seq == 1
    queue.close()


def test_closed_twice(store: SqliteQueue) -> None:
    store.counts()
    store.close()
    store.close()


def test_real_clock_of_this_machine(tmp_path: Path) -> None:
    queue = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL)
    created = queue.put(new_matter(), now=NOW).created
    queue.close()
    assert (created.wall, created.boot_id) == (NOW, Path("/proc/sys/kernel/random/boot_id").read_text().strip())
    assert created.monotonic > 0


def test_read_only_file(store: SqliteQueue, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    store.put(new_matter(), now=NOW)
    store.close()
    (tmp_path / "queue.db").chmod(0o400)
    with pytest.raises(QueueUnavailable):
        open_again(tmp_path / "queue.db").put(new_matter(), now=NOW)
