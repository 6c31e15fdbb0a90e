import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.trace import (
    MAX_RECORDS,
    Direction,
    Header,
    Record,
    Trace,
    TraceError,
    as_json,
    create,
    decode,
    from_json,
    header_line,
    load,
    record_line,
    save,
)

HEADER = Header("id_card", "sam", "/dev/ttyS0", "2025-01-02T03:04:05+08:00", "0.1.0")
RECORDS = (
    Record(1, 0.0, Direction.OPENED),
    Record(2, 0.5, Direction.SENT, b"\x00\xff"),
    Record(3, 0.75, Direction.RECEIVED, b"answer"),
    Record(4, 2.0, Direction.ENDED),
)


def lines(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() for value in values]


HEADER_LINE = {
    "format": "kiosk-trace", "version": 1, "kind": "lamp", "driver": "x", "port": "y", "started": "z"
}  # fmt: skip


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "trace"
    save(file, HEADER, RECORDS)
    recording = load(file)
    assert recording.header == HEADER
    assert recording.records == RECORDS


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "trace"
    file.touch(0o644)
    save(file, HEADER, RECORDS)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="link"):
        save(tmp_path / "link", HEADER, RECORDS)
    assert not (tmp_path / "elsewhere").exists()


def test_a_live_trace_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    with create(path) as file:
        print(header_line(HEADER), file=file)
        for count, record in enumerate(RECORDS, 1):
            print(record_line(record), file=file, flush=True)
            assert load(path).records == RECORDS[:count]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ([], "line 1: damaged"),
        ([b"hello"], "line 1: damaged"),
        ([b"[" * 60_000], "line 1: damaged"),
        (lines([1]), "line 1: not the header"),
        (lines(HEADER_LINE | {"format": "else"}), "line 1: not the header"),
        (lines(HEADER_LINE | {"version": 2}), "line 1: version 2"),
        (lines(HEADER_LINE | {"more": "x"}), "line 1: other keys"),
        (lines(HEADER_LINE | {"port": 5}), "line 1: a value that is no text"),
        ([*lines(HEADER_LINE), b'{"n": 1, "t"'], "line 2: damaged"),
        (lines(HEADER_LINE, {"n": 1}), "line 2: no record"),
        (lines(HEADER_LINE, as_json(RECORDS[0]) | {"t": -1}), "line 2: no record"),
        (lines(HEADER_LINE, as_json(RECORDS[0]) | {"t": float("nan")}), "line 2: no record"),
        (lines(HEADER_LINE, as_json(RECORDS[0]), as_json(RECORDS[1]) | {"dir": "up"}), "line 3: .*up"),
        (lines(HEADER_LINE, as_json(RECORDS[1]) | {"hex": "0"}), "line 2: .*fromhex"),
    ],
)
def test_a_damaged_file_says_where(text: list[bytes], message: str) -> None:
    with pytest.raises(TraceError, match=message):
        decode(text)


def test_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "trace").write_bytes(b"\xff\xfe")
    with pytest.raises(TraceError, match="trace: line 1"):
        load(tmp_path / "trace")


@given(st.integers(1), st.floats(0, 1e9), st.sampled_from(Direction), st.binary(max_size=50))
def test_a_record_survives_its_line(number: int, time: float, direction: Direction, data: bytes) -> None:
    back = from_json(json.loads(json.dumps(as_json(Record(number, time, direction, data)))))
    assert (back.number, back.direction, back.data) == (number, direction, data)
    assert abs(back.time - time) < 1e-5 * max(1, time)


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(lines(HEADER_LINE, as_json(RECORDS[1]))))))
def test_nothing_but_trace_errors(text: list[bytes]) -> None:
    try:
        decode(text)
    except TraceError as error:
        assert str(error).startswith("line ")  # noqa: PT017 - it may also be a trace


def test_the_number_of_records_is_bounded() -> None:
    trace = Trace()
    for _ in range(MAX_RECORDS + 5):
        trace.add(0.0, Direction.SENT, b"x")
    assert [trace.records()[0].number, len(trace.records())] == [6, MAX_RECORDS]


def test_long_data_make_several_records() -> None:
    trace = Trace()
    trace.add(1.0, Direction.SENT, bytes(10_000))
    assert [len(record.data) for record in trace.records()] == [4096, 4096, 1808]
    assert {record.time for record in trace.records()} == {1.0}
