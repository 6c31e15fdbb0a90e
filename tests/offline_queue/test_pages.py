"""Pages and records, against what SQLite itself writes, and against noise."""

import struct
from collections.abc import Mapping
from pathlib import Path

import apsw
import pytest
from cryptography.hazmat.primitives.poly1305 import Poly1305
from hypothesis import given
from hypothesis import strategies as st

from offline_queue import pages
from offline_queue.connection import Connection, open_encrypted, quick_check
from offline_queue.pages import PAGE, USABLE, Frame, PageCipher
from tests.offline_queue.helpers import KEY

CIPHER = PageCipher(KEY)
SCRIPT = "CREATE TABLE thing (id INTEGER PRIMARY KEY, a, b, c); CREATE INDEX thing_a ON thing (a);"


def plain(path: Path, key: bytes = KEY) -> dict[int, bytes]:
    content, cipher = path.read_bytes(), PageCipher(key)
    cut = {n + 1: content[n * PAGE : (n + 1) * PAGE] for n in range(len(content) // PAGE)}
    return {number: page for number, raw in cut.items() if (page := cipher.open(number, raw)) is not None}


def read(found: dict[int, bytes]) -> dict[int, tuple[pages.Value, ...]]:
    records = (record for number, page in found.items() for record in pages.rows(page, number, found.get))
    return {record.rowid: record.values[1:] for record in records if len(record.values) == 4}


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    return open_encrypted(tmp_path / "a.db", KEY, [SCRIPT])


def fill(connection: Connection, rows: "Mapping[int, tuple[pages.Value, ...]]") -> None:
    for rowid, values in rows.items():
        connection.execute("INSERT INTO thing VALUES (?, ?, ?, ?)", (rowid, *values))


VALUES: "list[pages.Value]" = [None, 0, 1, -1, 127, -128, 2**15, -(2**23), 2**31, 2**47, -(2**63), 2**63 - 1, 1.5, -0.1,
                               "", "好", b"", b"\0\xff", "é" * 300]  # fmt: skip


def test_all_kinds_of_values(connection: Connection, tmp_path: Path) -> None:
    rows = {2**index * (-1) ** index: (value, "x", None) for index, value in enumerate(VALUES)}
    fill(connection, rows)
    connection.close()
    assert read(plain(tmp_path / "a.db")) == rows


@pytest.mark.parametrize("edge", [USABLE - 35, USABLE - 4, 2 * USABLE - 8, 40_000])
def test_payloads_round_the_edges_where_they_spill(connection: Connection, tmp_path: Path, edge: int) -> None:
    rows = {n: (bytes([n]) * (edge - 20 + n), "end", n) for n in range(1, 40)}
    fill(connection, rows)
    connection.close()
    found = plain(tmp_path / "a.db")
    assert read(found) == rows
    indexed = [entry for number, page in found.items() for entry in pages.entries(page, number, found.get)]
    assert {(entry.values[0], entry.rowid) for entry in indexed} == {(row[0], rowid) for rowid, row in rows.items()}


def test_every_page_below_the_root_is_reached(connection: Connection, tmp_path: Path) -> None:
    fill(connection, {n: ("x" * 900, n, n) for n in range(1, 500)})
    connection.close()
    found = plain(tmp_path / "a.db")
    roots = {record.values[1]: record.values[3] for record in pages.rows(found[1], 1, found.get)}
    waiting, seen = list(roots.values()), {1}
    while waiting:
        number = waiting.pop()
        assert isinstance(number, int)
        seen.add(number)
        waiting += pages.children(found[number], number)
    assert seen == set(found)


def test_one_bit_anywhere_in_a_page_is_noticed(connection: Connection, tmp_path: Path) -> None:
    connection.close()
    content = (tmp_path / "a.db").read_bytes()
    for number in (1, 2):
        page = content[(number - 1) * PAGE : number * PAGE]
        assert CIPHER.open(number, page) is not None
        for offset in [*range(0, PAGE, 97), PAGE - 33, PAGE - 32, PAGE - 17, PAGE - 16, PAGE - 1]:
            changed = bytearray(page)
            changed[offset] ^= 1
            assert CIPHER.open(number, bytes(changed)) is None
        assert CIPHER.open(number + 1, page) is None
        assert CIPHER.open(number, page[:-1]) is None
        assert PageCipher(KEY[::-1]).open(number, page) is None


def sealed(number: int, plain: bytes, nonce: bytes, counter: int) -> bytes:
    once = pages.chacha20(KEY, counter, nonce, bytes(64))
    body = pages.chacha20(once[32:], (counter + 1) % 2**32, nonce, plain) + nonce + struct.pack("<I", counter ^ number)
    return body + Poly1305.generate_tag(once[:32], body)


@pytest.mark.parametrize("nonce", [b"\x01" * 12, b"\xff" * 12])
@pytest.mark.parametrize("counter", [0, 2**32 - 1, 2**32 - 2, 2**32 - 30, 2**32 - 63, 2**32 - 64, 2**32 - 65])
def test_the_library_reads_pages_of_ours(connection: Connection, tmp_path: Path, nonce: bytes, counter: int) -> None:
    """Among them those whose block counter overflows: one page in seventy million."""
    fill(connection, {1: ("x" * 3000, "a", "b")})
    connection.close()
    path = tmp_path / "a.db"
    content = path.read_bytes()
    for number, page in plain(path).items():
        if number > 1:
            again = sealed(number, page, nonce, counter)
            assert CIPHER.open(number, again) == page
            content = content[: (number - 1) * PAGE] + again + content[number * PAGE :]
    path.write_bytes(content)
    connection = open_encrypted(path, KEY, [SCRIPT])
    assert connection.execute("SELECT * FROM thing").fetchall() == [{"id": 1, "a": "x" * 3000, "b": "a", "c": "b"}]
    assert quick_check(connection) == []
    connection.close()


def test_committed_frames_of_the_log(connection: Connection, tmp_path: Path) -> None:
    log = tmp_path / "a.db-wal"
    fill(connection, {1: ("one", 1, 1)})
    first = pages.committed(log.read_bytes())
    connection.execute("BEGIN")
    connection.execute("PRAGMA cache_size = 5")
    fill(connection, {n: ("x" * 3000, n, n) for n in range(2, 60)})  # spills into the log before it is committed
    assert log.stat().st_size > 32 + len(first) * (PAGE + 24)
    assert pages.committed(log.read_bytes()) == first
    connection.execute("COMMIT")
    content = log.read_bytes()
    frames = pages.committed(content)
    assert frames[: len(first)] == first
    opened = {frame.number: CIPHER.open(frame.number, content[frame.start : frame.start + PAGE]) for frame in frames}
    whole = {number: page for number, page in opened.items() if page is not None}
    assert read(whole) == {1: ("one", 1, 1)} | {n: ("x" * 3000, n, n) for n in range(2, 60)}
    assert frames[-1].size == max(whole)
    connection.close()


def test_frames_of_an_older_run_are_not_taken(connection: Connection, tmp_path: Path) -> None:
    log = tmp_path / "a.db-wal"
    fill(connection, {n: ("x" * 3000, n, n) for n in range(1, 60)})
    long = len(pages.committed(log.read_bytes()))
    connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_RESTART)
    fill(connection, {100: ("new", 1, 1)})
    content = log.read_bytes()
    assert len(content) == 32 + long * (PAGE + 24)
    frames = pages.committed(content)
    assert 0 < len(frames) < 10
    assert pages.committed(b"\0" * 32 + content[32:]) == frames
    assert not pages.has_header(b"\0" * 32 + content[32:])
    connection.close()


def no_more(number: int) -> bytes | None:
    return None


@given(st.binary(max_size=USABLE + 10), st.integers(1, 3))
def test_noise_has_no_records_or_none_that_harm(noise: bytes, number: int) -> None:
    for page in (noise, bytes([13]) + noise, bytes([10]) + noise, bytes([2]) + noise):
        for record in [*pages.rows(page, number, no_more), *pages.entries(page, number, no_more)]:
            assert all(value is None or isinstance(value, int | float | str | bytes) for value in record.values)
        assert all(0 <= child < 2**32 for child in pages.children(page, number))


@given(st.data())
def test_pages_of_noise_that_point_at_each_other_come_to_an_end(data: st.DataObject) -> None:
    numbers = st.integers(0, 3).map(lambda number: struct.pack(">I", number))
    heap = {number: data.draw(numbers) + data.draw(st.binary(max_size=USABLE)) for number in (0, 1, 2, 3)}
    cells = struct.pack(">BHHHB", 13, 0, 3, 0, 0) + struct.pack(
        ">3H", *data.draw(st.tuples(*[st.integers(14, 99)] * 3))
    )
    page = cells + data.draw(st.binary(min_size=100, max_size=USABLE - 14))
    assert len(list(pages.rows(page, 2, heap.get))) <= 3


@given(st.binary(max_size=3 * (PAGE + 24)))
def test_noise_as_a_log(noise: bytes) -> None:
    for content in (noise, b"\x37\x7f\x06\x82" + noise):
        frames = pages.committed(content)
        assert all(isinstance(frame, Frame) and frame.start + PAGE <= len(content) for frame in frames)
        assert not any(CIPHER.open(frame.number, content[frame.start : frame.start + PAGE]) for frame in frames)


@given(st.integers(1, 2**32 - 1), st.binary(min_size=1, max_size=200))
def test_noise_is_no_page(number: int, noise: bytes) -> None:
    assert CIPHER.open(number, (noise * PAGE)[:PAGE]) is None
