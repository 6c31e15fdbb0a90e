"""Damaged files: whatever is whole comes over, the rest is counted, and the damaged file stays."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from offline_queue import pages
from offline_queue.contract import Answer, MatterState, Outcome, QueueUnavailable
from offline_queue.database import Database, migrations, open_encrypted
from offline_queue.incidents import Incident
from offline_queue.pages import PAGE, PageCipher
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, canary_matter, new_matter, stamp

MATTERS = 200
CIPHER = PageCipher(KEY)


def opened(path: Path) -> SqliteQueue:
    return SqliteQueue(path, KEY, TERMINAL, stamp)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 matters of many sizes, some of which run over several pages; nothing in the log."""
    path = tmp_path_factory.mktemp("whole") / "queue.db"
    queue = opened(path)
    sizes = [13_000 if number % 40 == 7 else number * 61 % 900 for number in range(MATTERS)]
    queue.put_all([new_matter(text="x" * size) for size in sizes], now=NOW)
    queue.claim(20, now=NOW)
    queue.save_draft("session", b"draft", now=NOW)
    queue.begin_effect("print-1", "print")
    queue.close()
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    for file in whole.parent.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
        (tmp_path / file.name).chmod(0o600)
    return tmp_path / whole.name


def damage(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x40]))


def wipe_out(path: Path, *numbers: int) -> None:
    """A disk that gives zeros for what it cannot read."""
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE)
            file.write(bytes(PAGE))


def checked(path: Path) -> list[Incident]:
    database = Database(path, KEY)
    try:
        return database.check()
    finally:
        database.close()


def seqs_on(path: Path, damaged: int) -> set[int]:
    """The matters that have a part of themselves on that page, told by the undamaged file."""
    content = path.read_bytes()
    count = len(content) // PAGE
    whole = {
        number: CIPHER.open(number, content[(number - 1) * PAGE : number * PAGE]) for number in range(1, count + 1)
    }
    found = set[int]()
    for number in range(1, count + 1):
        touched = {number}

        def follow(other: int, touched: set[int] = touched) -> bytes | None:
            touched.add(other)
            return whole[other]

        for record in pages.rows(whole[number] or b"", number, follow):
            if len(record.values) > 25 and damaged in touched:
                found.add(record.rowid)
            touched.intersection_update({number})
    return found


def page_count(path: Path) -> int:
    return path.stat().st_size // PAGE


def kinds(path: Path) -> dict[str, list[int]]:
    content = path.read_bytes()
    names = {2: "inner index", 5: "inner table", 10: "index", 13: "table"}
    found: dict[str, list[int]] = {}
    for number in range(2, len(content) // PAGE + 1):
        page = CIPHER.open(number, content[(number - 1) * PAGE : number * PAGE])
        found.setdefault(names.get((page or b"\0")[0], "overflow"), []).append(number)
    return found


def last_page_of_matters(path: Path) -> int:
    content = path.read_bytes()
    places: dict[int, int] = {}
    for number in kinds(path)["table"]:
        page = CIPHER.open(number, content[(number - 1) * PAGE : number * PAGE]) or b""
        for record in pages.rows(page, number, lambda _: None):
            if len(record.values) > 25:
                places[record.rowid] = number
    return places[max(places)]


def free_pages(path: Path) -> int:
    connection = open_encrypted(path, KEY)
    count = connection.execute("PRAGMA freelist_count").fetchall()[0]["freelist_count"]
    connection.close()
    return count


def test_damage_where_nothing_is_does_no_harm(path: Path) -> None:
    queue = opened(path)
    queue.save_draft("s", bytes(100_000), now=NOW)
    queue.drop_draft()
    queue.close()
    wipe_out(path, *range(page_count(path) - 20, page_count(path) + 1))
    database = Database(path, KEY)
    assert database.check() == []
    queue = opened(path)
    for _ in range(60):
        queue.put(new_matter(text="x" * 3000), now=NOW)
    database.rekey()
    database.compact()
    database.close()
    queue.close()


def test_each_page_damaged_in_turn(whole: Path, tmp_path: Path) -> None:
    lost_somewhere, unnoticed, original = 0, list[int](), whole.read_bytes()
    assert set(kinds(whole)) == {"inner table", "table", "inner index", "index", "overflow"}
    for number in range(1, page_count(whole) + 1):
        path = tmp_path / f"{number}.db"
        path.write_bytes(original)
        damage(path, (number - 1) * PAGE + 1000)
        incidents = checked(path)
        queue = opened(path)
        there = {matter.envelope.seq for matter in queue.matters()}
        gone = set(range(1, MATTERS + 1)) - there
        assert gone == seqs_on(whole, number)
        if not incidents:
            unnoticed.append(number)
            continue
        assert [(one.kind, one.saved, one.lost, one.epoch) for one in incidents] == [
            ("damaged", MATTERS - len(gone), len(gone), 2)
        ]
        assert (tmp_path / incidents[0].file).stat().st_size == len(original)
        assert queue.counts() == dict.fromkeys(MatterState, 0) | {
            MatterState.QUEUED: len(there),
            MatterState.DRAFT: queue.counts()[MatterState.DRAFT],
        }
        queue.close()
        lost_somewhere += len(gone)
    assert lost_somewhere >= MATTERS
    assert len(unnoticed) == max(free_pages(whole) - 1, 0)  # the first of them lists the others


def test_what_else_was_in_the_file_comes_over(path: Path) -> None:
    wipe_out(path, 1)
    assert [one.lost for one in checked(path)] == [0]
    queue = opened(path)
    draft = queue.load_draft()
    assert draft
    assert (draft.session, draft.content) == ("session", b"draft")
    assert queue.begin_effect("print-1", "print") == "unknown"
    assert len(queue.claim(MATTERS, now=NOW)) == MATTERS
    assert queue.verify().good
    queue.close()


def test_numbers_are_not_used_again_and_salvage_can_be_salvaged(path: Path) -> None:
    for epoch in (2, 3, 4):
        wipe_out(path, last_page_of_matters(path))
        assert [(one.kind, one.epoch) for one in checked(path)] == [("damaged", epoch)]
        queue = opened(path)
        references = {matter.envelope.reference for matter in queue.matters()}
        fresh = [queue.put(new_matter(), now=NOW) for _ in range(3)]
        assert {envelope.epoch for envelope in fresh} == {epoch}
        assert not references & {envelope.reference for envelope in fresh}
        queue.close()
    database = Database(path, KEY)
    incidents = database.incidents()
    assert [one.epoch for one in incidents] == [2, 3, 4]
    assert sum(one.lost for one in incidents) + database.read("matters")[0]["count"] == MATTERS + 9
    assert {file.name for file in path.parent.glob("*damaged*")} == {one.file for one in incidents}
    assert database.verify().problems == ()
    database.close()


def test_all_pages_but_those_of_the_matters_are_gone(path: Path) -> None:
    kind = kinds(path)
    wipe_out(path, 1, *kind["inner table"], *kind["inner index"], *kind["index"])
    assert [(one.saved, one.lost) for one in checked(path)] == [(MATTERS, 0)]


def test_sealed_matters_survive_any_one_page(tmp_path: Path) -> None:
    original = tmp_path / "queue.db"
    queue = SqliteQueue(original, KEY, TERMINAL, stamp, suite="gm")
    envelope = queue.put(canary_matter(), now=NOW)
    queue.close()
    content = original.read_bytes()
    for number in range(1, page_count(original) + 1):
        path = tmp_path / f"{number}.db"
        path.write_bytes(content)
        wipe_out(path, number)
        checked(path)
        queue = SqliteQueue(path, KEY, TERMINAL, stamp, suite="gm")
        saved = [matter.envelope for matter in queue.matters()]
        assert saved == ([envelope] if saved else [])
        assert bool(saved) != bool(seqs_on(original, number))
        queue.close()


def test_sealed_matters_whose_key_is_lost_are_lost_and_hold_up_nobody(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    queue = SqliteQueue(path, KEY, TERMINAL, stamp, suite="gm")
    page = queue.attachments.add("page", b"scan", "image/png", now=NOW)
    lost = [replace(canary_matter(), id="m1"), replace(canary_matter(), id="m2", attachments=(page,))]
    settled, _ = queue.put_all(lost, now=NOW)
    queue.claim(1, now=NOW)
    queue.settle([Outcome(settled.id, MatterState.FILED, Answer(number="44-1", result={"a": 1}), keep=b"k")], now=NOW)
    queue.close()
    wipe_out(path, *pages_with(path, is_sealing_key))
    assert [(one.saved, one.lost) for one in checked(path)] == [(1, 1)]
    queue = SqliteQueue(path, KEY, TERMINAL, stamp, suite="gm")
    (left,) = queue.matters()
    assert (left.envelope.id, left.envelope.payload, left.answer.number) == ("m1", {}, "44-1")
    assert queue.kept("m1") == b""
    assert queue.attachments.collect(now=NOW) == 1
    after = queue.put(replace(canary_matter(), id="m3"), now=NOW)
    assert [matter.envelope for matter in queue.claim(5, now=NOW)] == [after]
    queue.close()


def is_sealing_key(record: pages.Record) -> bool:
    """As the table has it, or its index."""
    return len(record.values) == 2 and any(isinstance(value, bytes) and len(value) == 32 for value in record.values)


def pages_with(path: Path, wanted: Callable[[pages.Record], bool]) -> list[int]:
    content, found = path.read_bytes(), list[int]()
    for number in range(1, page_count(path) + 1):
        page = CIPHER.open(number, content[(number - 1) * PAGE : number * PAGE]) or b""
        records = [read(page, number, lambda _: None) for read in (pages.rows, pages.entries)]
        if any(wanted(record) for some in records for record in some):
            found.append(number)
    return found


def test_second_half_of_the_file_is_missing(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(page_count(path) // 2 * PAGE - 100)
    (incident,) = checked(path)
    assert incident.kind == "damaged"
    assert incident.saved > 20
    assert incident.saved + incident.lost <= MATTERS
    queue = opened(path)
    assert len(queue.matters()) == incident.saved
    queue.close()


def in_the_log(path: Path) -> list[str]:
    """Ten matters that are only in the log, as if the power had gone right after."""
    queue, copy = opened(path), path.with_name("copy")
    ids = [queue.put(new_matter(text="y" * 500), now=NOW).id for _ in range(10)]
    copy.write_bytes(Path(f"{path}-wal").read_bytes())
    main = path.read_bytes()
    queue.close()
    path.write_bytes(main)
    Path(f"{path}-wal").write_bytes(copy.read_bytes())
    copy.unlink()
    return ids


FRAME = 24 + PAGE


@pytest.mark.parametrize("where", ["header", "salt", "first page", "middle page", "commit mark"])
def test_damage_in_the_log_hides_nothing(path: Path, where: str) -> None:
    """SQLite itself would go on without a word, and without all that follows in the log."""
    ids = in_the_log(path)
    log = Path(f"{path}-wal")
    frames = pages.committed(log.read_bytes())
    middle = frames[len(frames) // 3].start
    offset = {
        "header": 20,
        "salt": middle - 12,
        "first page": frames[0].start + 500,
        "middle page": middle + 500,
        "commit mark": middle - 18,
    }
    damage(log, offset[where])
    damaged = log.read_bytes()
    with pytest.raises(QueueUnavailable, match="damaged"):
        opened(path).counts()
    (incident,) = checked(path)
    queue = opened(path)
    there = {matter.envelope.id for matter in queue.matters()}
    if where in ("header", "commit mark"):
        assert set(ids) <= there
    assert len(set(ids) - there) <= 1
    assert (incident.saved, incident.lost) == (len(there), MATTERS + 10 - len(there))
    assert Path(f"{path.with_name(incident.file)}-wal").read_bytes() == damaged
    queue.close()


def test_a_last_write_that_the_power_cut_broke_is_no_damage(path: Path) -> None:
    ids = in_the_log(path)
    log = Path(f"{path}-wal")
    damage(log, pages.committed(log.read_bytes())[-1].start + PAGE - 100)
    assert checked(path) == []
    queue = opened(path)
    assert [matter.envelope.id for matter in queue.matters()][-9:] == ids[:-1]
    queue.close()


def test_file_is_gone_and_its_log_is_still_there(path: Path) -> None:
    ids = in_the_log(path)
    path.unlink()
    (incident,) = checked(path)
    assert incident.kind == "missing"
    assert incident.saved >= 1
    queue = opened(path)
    assert queue.matters()[-1].envelope.id == ids[-1]
    queue.close()


def test_no_room_to_salvage_leaves_everything_as_it_was(path: Path, file_size_limit: Callable[[int], None]) -> None:
    wipe_out(path, 1)
    before = path.read_bytes()
    names = {file.name for file in path.parent.iterdir()}
    for limit in (8 * PAGE, 30 * PAGE, len(before) - PAGE):
        file_size_limit(limit)
        with pytest.raises(QueueUnavailable, match=r"[Dd]isk"):
            checked(path)
        file_size_limit(-1)
        assert path.read_bytes() == before
        assert {file.name for file in path.parent.iterdir()} - names <= {"queue.db.lock", "queue.db.turn"}
    assert [(one.saved, one.lost) for one in checked(path)] == [(MATTERS, 0)]


def test_wrong_key_is_no_damage(path: Path) -> None:
    wipe_out(path, 5)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    database = Database(path, KEY[::-1])
    for use in (database.check, database.epoch, database.rekey):
        with pytest.raises(QueueUnavailable, match="key does not fit"):
            use()
    assert not database.verify().key_fits
    database.close()
    after = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() <= {"queue.db.lock", "queue.db.turn"}


def test_file_of_an_older_program_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    connection = open_encrypted(path, KEY, migrations()[:1])
    for number in range(1, 61):
        connection.execute(
            "INSERT INTO matter (id, terminal, reference, item, item_version, envelope_version, wall, monotonic,"
            " boot_id, trusted, consents, payload, state)"
            " VALUES (:id, 't', :id, 'i', 1, 1, 1.0, 1.0, 'b', 0, '[]', :text, 'queued')",
            {"id": str(number), "text": '{"text": "' + "x" * 500 + '"}'},
        )
    connection.close()
    wipe_out(path, kinds(path)["table"][-1])
    (incident,) = checked(path)
    assert incident.saved + incident.lost == 60
    assert 0 < incident.lost < 30
    queue = opened(path)
    assert len(queue.claim(100, now=NOW)) == incident.saved
    queue.close()


def test_nothing_personal_is_told(path: Path) -> None:
    queue = opened(path)
    queue.put(canary_matter(), now=NOW)
    queue.close()
    wipe_out(path, 1)
    assert CANARY not in repr(checked(path))
    for file in path.parent.iterdir():
        assert CANARY.encode() not in file.read_bytes()
