"""Files that travel with matters: one suite for both stores."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offline_queue.attachments import LARGEST, SEGMENT, AttachmentFolder
from offline_queue.contract import (
    Answer,
    AttachmentStore,
    MatterState,
    Outcome,
    UnknownMatter,
)
from offline_queue.envelope import Attachment
from offline_queue.hashing import digest
from offline_queue.memory_attachments import MemoryAttachments
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import CANARY, KEY, NOW, TERMINAL, AnyQueue, new_matter, stamp

DAY = 86400.0
PAGE = CANARY.encode() * 9000
"""More than two segments."""


@pytest.fixture
def files(queue: AnyQueue) -> AttachmentStore:
    return queue.attachments if isinstance(queue, SqliteQueue) else MemoryAttachments(queue)


def taken_by(queue: AnyQueue, *pages: Attachment) -> str:
    return queue.put(replace(new_matter(), attachments=pages), now=NOW).id


def settle(queue: AnyQueue, matter_id: str, state: MatterState = MatterState.FILED) -> None:
    if queue.get(matter_id).state is MatterState.QUEUED:
        queue.claim(1, now=NOW, first=matter_id)
    queue.settle([Outcome(matter_id, state, Answer(number="44-1"))], now=NOW)


@pytest.mark.parametrize("size", [1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 3 * SEGMENT - 1])
def test_what_goes_in_comes_out(files: AttachmentStore, size: int) -> None:
    content = os.urandom(size)
    page = files.add("page-1", content, "image/png", now=NOW)
    assert (page.name, page.size, page.media_type) == ("page-1", size, "image/png")
    assert page.digest in (digest(content), digest(content, "gm"))
    assert files.read(page.digest) == content


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, AttachmentFolder]:
    """One file for all examples."""
    queue = SqliteQueue(tmp_path_factory.mktemp("sample") / "queue.db", KEY, TERMINAL, stamp)
    content = os.urandom(2 * SEGMENT + 777)
    queue.attachments.add("page", content, "image/png", now=NOW)
    return content, queue.attachments


@given(st.integers(0, 3 * SEGMENT), st.integers(-1, 3 * SEGMENT))
def test_any_part_can_be_read_alone(sample: tuple[bytes, AttachmentFolder], offset: int, size: int) -> None:
    content, files = sample
    wanted = content[offset:] if size < 0 else content[offset : offset + size]
    assert files.read(digest(content), offset, size) == wanted


def test_an_unknown_one_is_said_to_be_unknown(files: AttachmentStore) -> None:
    for ask in (files.read, files.offset):
        with pytest.raises(UnknownMatter):
            ask("ab" * 32)
    files.uploaded("ab" * 32, 5)
    files.delete(["ab" * 32])


@pytest.mark.parametrize("size", [0, LARGEST + 1])
def test_what_cannot_travel_is_not_taken(files: AttachmentStore, size: int) -> None:
    with pytest.raises(ValueError, match=str(size)):
        files.add("page", bytes(size), "image/png", now=NOW)


def test_the_same_content_is_kept_once_under_any_name(files: AttachmentStore) -> None:
    one = files.add("page-1", PAGE, "image/png", now=NOW)
    files.uploaded(one.digest, 100)
    two = files.add("page-2", PAGE, "image/jpeg", now=NOW)
    assert (two.digest, two.name, two.media_type) == (one.digest, "page-2", "image/jpeg")
    assert files.offset(one.digest) == 100, "the centre has it all the same"


def test_it_is_noted_how_much_the_centre_has(files: AttachmentStore) -> None:
    page = files.add("page", PAGE, "image/png", now=NOW)
    assert files.offset(page.digest) == 0
    files.uploaded(page.digest, 1000)
    assert files.offset(page.digest) == 1000
    files.uploaded(page.digest, 0)
    assert files.offset(page.digest) == 0


@pytest.mark.parametrize("state", [MatterState.FILED, MatterState.REFUSED])
def test_it_goes_when_every_matter_with_it_is_final(
    queue: AnyQueue, files: AttachmentStore, state: MatterState
) -> None:
    page = files.add("page", PAGE, "image/png", now=NOW)
    one, two = taken_by(queue, page, replace(page, name="copy")), taken_by(queue, page)
    assert files.collect(now=NOW + 9 * DAY) == 0
    settle(queue, one, state)
    assert files.collect(now=NOW + 9 * DAY) == 0
    settle(queue, two, state)
    assert files.collect(now=NOW) == 1
    with pytest.raises(UnknownMatter):
        files.read(page.digest)
    assert files.collect(now=NOW + 9 * DAY) == 0


def test_what_is_parked_or_in_flight_keeps_its_pages(queue: AnyQueue, files: AttachmentStore) -> None:
    page = files.add("page", PAGE, "image/png", now=NOW)
    matter_id = taken_by(queue, page)
    queue.park(matter_id, error="by hand")
    assert files.collect(now=NOW + 9 * DAY) == 0
    queue.release(matter_id)
    queue.claim(1, now=NOW)
    assert files.collect(now=NOW + 9 * DAY) == 0
    files.delete([page.digest])
    assert files.read(page.digest) == PAGE


def test_what_no_matter_took_goes_after_a_day_and_not_before(files: AttachmentStore) -> None:
    page = files.add("page", PAGE, "image/png", now=NOW)
    assert files.collect(now=NOW + DAY - 1) == 0
    assert files.collect(now=NOW - 3650 * DAY) == 0, "a clock that was set back makes nothing older"
    assert files.collect(now=NOW + DAY + 1) == 1
    with pytest.raises(UnknownMatter):
        files.offset(page.digest)


def test_the_same_page_of_the_next_journey_is_not_taken_for_the_last_ones(
    queue: AnyQueue, files: AttachmentStore
) -> None:
    page = files.add("page", PAGE, "image/png", now=NOW)
    settle(queue, taken_by(queue, page))
    again = files.add("page", PAGE, "image/png", now=NOW + 5)
    assert files.collect(now=NOW + 10) == 0
    matter_id = taken_by(queue, again)
    assert files.read(page.digest) == PAGE
    settle(queue, matter_id)
    assert files.collect(now=NOW + 20) == 1


def test_a_cancelled_journey_takes_its_pages_along(queue: AnyQueue, files: AttachmentStore) -> None:
    mine = files.add("page", PAGE, "image/png", now=NOW)
    shared = files.add("page", b"shared", "image/png", now=NOW)
    taken_by(queue, shared)
    files.delete([mine.digest, shared.digest])
    assert files.read(shared.digest) == b"shared"
    with pytest.raises(UnknownMatter):
        files.read(mine.digest)
