"""Lines of payloads into the queue: each told once it is durable, bad ones by their number, whatever the pieces."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.queue_stream import BadLine, Kind, Lines, NoRoom, Stream, payload
from offline_queue.contract import NewMatter, QueueUnavailable, Quota
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from tests.offline_queue.helpers import NOW, TERMINAL, stamp

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
PAYLOADS = st.dictionaries(TEXTS, st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXTS, max_size=4)


class CountingQueue(MemoryQueue):
    def __init__(self, quota: Quota | None = None) -> None:
        super().__init__(TERMINAL, stamp, quota=quota)
        self.writes: list[int] = []

    def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
        envelopes = super().put_all(matters, now=now)
        self.writes.append(len(matters))
        return envelopes


@dataclass
class Played:
    queue: CountingQueue = field(default_factory=CountingQueue)
    kind: Kind = field(default_factory=lambda: Kind("proof", 3))
    ids: list[str] = field(default_factory=list[str])
    bad: dict[int, str] = field(default_factory=dict[int, str])

    def play(self, *chunks: bytes) -> Stream:
        stream = Stream(self.queue, self.kind, lambda: NOW, self.ids.extend, self.bad.__setitem__)
        stream.run(chunks)
        return stream

    def payloads(self) -> list[object]:
        return [dict(matter.envelope.payload) for matter in self.queue.matters()]


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


# --- good lines -------------------------------------------------------------------------------------------------------


@given(st.lists(PAYLOADS, max_size=8), st.lists(st.integers(0, 400), max_size=6))
def test_every_line_is_one_matter_in_order_however_it_is_cut(
    payloads: list[dict[str, object]], cuts: list[int]
) -> None:
    data = b"".join(json.dumps(each).encode() + b"\n" for each in payloads)
    played = Played()
    played.play(*pieces(data, cuts))
    assert played.payloads() == [json.loads(line) for line in data.splitlines()]
    assert played.ids == [matter.envelope.id for matter in played.queue.matters()]
    assert not played.bad


def test_what_arrives_together_shares_one_write_and_a_single_line_waits_for_nobody() -> None:
    played = Played()
    played.play(b'{"a":1}\n{"a":2}\n{"a"', b":3}\n", b'{"a":4}\n')
    assert played.queue.writes == [2, 1, 1]


def test_a_last_line_without_an_end_counts() -> None:
    played = Played()
    played.play(b'{"a":1}\n{"a":2}')
    assert played.payloads() == [{"a": 1}, {"a": 2}]


def test_matters_of_one_case_say_so() -> None:
    played = Played(kind=Kind("proof", case_field="case"))
    played.play(b'{"case":"A7"}\n{"case":12}\n{"n":1}\n{"case":["x"]}\n')
    first, second, third = played.queue.matters()
    assert (first.envelope.case, second.envelope.case, third.envelope.case) == ("A7", "12", third.envelope.id)
    assert list(played.bad) == [4]


# --- bad lines --------------------------------------------------------------------------------------------------------

SECRET = "王小明11010519491231002X"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[1]",
        b"1",
        b'{"a":1} {"a":2}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        f'{{"name":"{SECRET}'.encode(),
        f'"{SECRET}"'.encode(),
    ],
    ids=lambda line: line[:12],
)
def test_a_line_that_is_no_payload_is_told_by_its_number_and_the_others_go_on(line: bytes) -> None:
    played = Played()
    stream = played.play(b'{"a":1}\n' + line + b'\n{"a":2}\n')
    assert played.payloads() == [{"a": 1}, {"a": 2}]
    assert (list(played.bad), stream.bad) == ([2], 1)
    assert SECRET not in played.bad[2]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_payloads_or_bad_lines(data: bytes, cuts: list[int]) -> None:
    played = Played()
    played.play(*pieces(data, cuts))
    lines = data.split(b"\n")
    assert len(played.ids) + len(played.bad) == len(lines) - (lines[-1] == b"")


@pytest.mark.parametrize("cut", [1, 7, 10, 11, 12, 25])
def test_a_line_that_is_too_long_is_not_kept(cut: int) -> None:
    lines = Lines(longest=10)
    data = b"0123456789\n0123456789A\n" + b"x" * 40 + b"\nend"
    found = [
        each
        for piece in (data[start : start + cut] for start in range(0, len(data), cut))
        for each in lines.feed(piece)
    ]
    assert [*found, *lines.end()] == [(1, b"0123456789"), (2, None), (3, None), (4, b"end")]


def test_what_is_too_long_for_the_centre_is_refused() -> None:
    with pytest.raises(BadLine, match="attachments"):
        payload(None)


# --- a queue that takes no more ---------------------------------------------------------------------------------------


def test_a_full_queue_takes_what_fits_and_says_from_which_line_on_it_does_not() -> None:
    played = Played(CountingQueue(Quota(count=3)))
    with pytest.raises(NoRoom) as caught:
        played.play(b'{"a":1}\nx\n', b'{"a":2}\n{"a":3}\n{"a":4}\n{"a":5}\n')
    assert caught.value.line == 5
    assert played.payloads() == [{"a": 1}, {"a": 2}, {"a": 3}]
    assert played.ids == [matter.envelope.id for matter in played.queue.matters()]


@pytest.mark.parametrize("after", [0, 1])
def test_what_was_told_before_the_queue_broke_is_there(after: int) -> None:
    class Breaking(CountingQueue):
        def put_all(self, matters: Sequence[NewMatter], *, now: float) -> list[Envelope]:
            if len(self.writes) == after:
                raise QueueUnavailable("read-only")
            return super().put_all(matters, now=now)

    played = Played(Breaking())
    with pytest.raises(QueueUnavailable):
        played.play(b'{"a":1}\n', b'{"a":2}\n')
    assert len(played.ids) == len(played.queue.matters()) == after
