"""Pages that travel ahead of their matter, over both queues, with a centre that speaks from a script."""

from collections.abc import Sequence

import pytest

from offline_queue.contract import AttachmentStore, MatterState, Queue
from offline_queue.envelope import Envelope
from offline_queue.hashing import Suite
from offline_queue.memory_attachments import MemoryAttachments
from offline_queue.retry import Failure, FailureKind
from offline_queue.store import SqliteQueue
from offline_queue.sync import Synchroniser, SyncReport
from offline_queue.transport import Answered, Transport, TransportFailed, Verdict
from offline_queue.uploads import PIECE
from tests.offline_queue.helpers import NOW, AnyQueue, new_matter
from tests.offline_queue.scripted import ScriptedCentre, filed

PAGE = bytes(range(256)) * 2600
"""More than two pieces."""


def with_page(queue: Queue, files: AttachmentStore, number: int, content: bytes = PAGE) -> str:
    page = files.add("page-1", content, "image/png", now=NOW)
    made = new_matter(f"m{number}")
    queue.put(type(made)(made.id, made.item, 1, made.payload, attachments=(page,)), now=NOW)
    return page.digest


@pytest.fixture
def files(queue: AnyQueue) -> AttachmentStore:
    return queue.attachments if isinstance(queue, SqliteQueue) else MemoryAttachments(queue)


def sending(queue: Queue, centre: Transport, files: AttachmentStore) -> Synchroniser:
    return Synchroniser(queue, centre, attachments=files, chance=lambda: 0.5)


def test_pages_travel_ahead_of_their_matter_in_pieces(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)
    queue.put(new_matter("m2"), now=NOW)
    centre = ScriptedCentre()
    assert sending(queue, centre, files).run_once(NOW).filed == ("m2", "m1")
    assert centre.files[digest] == PAGE
    assert [offset for offset, _ in centre.uploads] == [0, PIECE, 2 * PIECE]
    assert files.offset(digest) == len(PAGE)


def test_the_same_page_is_not_sent_twice(queue: Queue, files: AttachmentStore) -> None:
    with_page(queue, files, 1)
    with_page(queue, files, 2)
    centre = ScriptedCentre()
    sending(queue, centre, files).run_once(NOW)
    assert len(centre.uploads) == 3


def test_an_upload_goes_on_where_the_centre_has_it(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)
    centre = ScriptedCentre()
    centre.files[digest] = PAGE[:1000]
    sending(queue, centre, files).run_once(NOW)
    assert [offset for offset, _ in centre.uploads] == [1000, 1000 + PIECE, 1000 + 2 * PIECE]


def test_an_upload_cut_by_the_line_keeps_what_went(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)

    class Cut(ScriptedCentre):
        def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:
            if offset >= PIECE:
                raise TransportFailed(Failure(FailureKind.NETWORK))
            return super().upload(digest, offset, chunk, length, suite)

    cut = Cut()
    report = sending(queue, cut, files).run_once(NOW)
    assert (report.link, report.filed) == (Failure(FailureKind.NETWORK), ())
    assert files.offset(digest) == PIECE
    centre = ScriptedCentre()
    centre.files = cut.files
    assert sending(queue, centre, files).run_once(NOW).filed == ("m1",)
    assert centre.uploads[0][0] == PIECE


def test_a_page_the_centre_misses_is_sent_again(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)

    def rule(envelope: Envelope) -> Verdict:
        return filed(envelope) if digest in centre.files else Verdict(envelope.id, "later", missing=(digest,))

    centre = ScriptedCentre(rule)
    files.uploaded(digest, len(PAGE))  # the centre had it, and was restored from a backup
    assert sending(queue, centre, files).run_once(NOW).later == ("m1",)
    assert sending(queue, centre, files).run_once(NOW + 400).filed == ("m1",)
    assert centre.files[digest] == PAGE


def test_a_centre_whose_copy_is_bad_gets_it_from_the_start(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)
    centre = ScriptedCentre()
    centre.files[digest] = b"x" * 1000
    assert sending(queue, centre, files).run_once(NOW).filed == ("m1",)
    assert centre.files[digest] == PAGE


def test_a_centre_that_never_gets_on_with_a_page_does_not_hold_up_the_run(queue: Queue, files: AttachmentStore) -> None:
    with_page(queue, files, 1)
    queue.put(new_matter("m2"), now=NOW)

    class Stuck(ScriptedCentre):
        def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:  # noqa: ARG002
            return 0

    report = sending(queue, Stuck(), files).run_once(NOW)
    assert (report.filed, report.later) == (("m2",), ("m1",))


def test_a_matter_whose_page_is_gone_parks_and_says_so(queue: Queue, files: AttachmentStore) -> None:
    with_page(queue, files, 1)
    queue.put(new_matter("m2"), now=NOW)
    report = Synchroniser(queue, ScriptedCentre()).run_once(NOW)
    assert (report.filed, report.parked) == (("m2",), ("m1",))
    assert "attachment" in queue.get("m1").error


def test_a_page_that_is_gone_here_but_whole_at_the_centre_does_no_harm(queue: Queue, files: AttachmentStore) -> None:
    digest = with_page(queue, files, 1)
    centre = ScriptedCentre()
    centre.files[digest] = PAGE
    assert Synchroniser(queue, centre).run_once(NOW).filed == ("m1",)


class Watched(ScriptedCentre):
    """Tells in which order pieces and matters arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.came: list[str] = []

    def upload(self, digest: str, offset: int, chunk: bytes, length: int, suite: Suite) -> int:
        self.came.append("piece")
        return super().upload(digest, offset, chunk, length, suite)

    def submit(self, envelopes: Sequence[Envelope]) -> Answered:
        self.came += [envelope.id for envelope in envelopes]
        return super().submit(envelopes)


def test_a_citizen_does_not_wait_for_the_pages_of_others(queue: Queue, files: AttachmentStore) -> None:
    with_page(queue, files, 1)
    with_page(queue, files, 2, PAGE[::-1])
    centre = Watched()

    def urgent() -> str:
        if len(centre.came) != 1:
            return ""
        queue.put(new_matter("m3"), now=NOW)
        return "m3"

    report = sending(queue, centre, files).run_once(NOW, urgent)
    assert centre.came == ["piece", "m3", "piece", "piece", "m1", "piece", "piece", "piece", "m2"]
    assert report.filed == ("m3", "m1", "m2")
    assert len(centre.uploads) == 6


@pytest.mark.parametrize("prompt", [True, False])
def test_whoever_stops_it_does_not_wait_for_the_end_of_an_upload(
    queue: Queue, files: AttachmentStore, prompt: bool
) -> None:
    with_page(queue, files, 1)
    with_page(queue, files, 2, PAGE[::-1])
    centre = Watched()
    run = sending(queue, centre, files)
    stop = lambda: bool(centre.came)  # noqa: E731
    report = run.prompt("m1", NOW, stop) if prompt else run.run_once(NOW, stop=stop)
    assert (report, centre.came) == (SyncReport(), ["piece"])
    assert queue.counts()[MatterState.QUEUED] == 2
    assert run.run_once(NOW).filed == ("m1", "m2")
    assert len(centre.uploads) == 6
