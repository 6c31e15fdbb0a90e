"""Attachments on the centre's disk: whatever is cut, doubled or torn, what is whole has its digest."""

import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central import attachments
from central.attachments import AttachmentFiles, NoRoom, Progress, TooMuch, WrongDigest, WrongOffset
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from tests.central.helpers import CANARY, TERMINAL

KEY = bytes(range(32))
CONTENT = CANARY.encode() * 100
DIGEST = hashing.digest(CONTENT)


@pytest.fixture
def files(tmp_path: Path) -> AttachmentFiles:
    return AttachmentFiles(tmp_path, KEY)


def put(files: AttachmentFiles, content: bytes, piece: int, digest: str = "") -> Progress:
    """All of ``content`` from where the centre is."""
    digest = digest or hashing.digest(content)
    while True:
        start = files.progress(TERMINAL, digest).offset
        made = files.append(TERMINAL, digest, "standard", content[start : start + piece], start, len(content))
        if made.complete:
            return made


def unfinished(folder: Path, digest: str = DIGEST) -> Path:
    return folder / TERMINAL / "unfinished" / digest


@pytest.mark.parametrize("piece", [1, 33, 1 << 20])
def test_pieces_of_any_size_make_the_whole(files: AttachmentFiles, tmp_path: Path, piece: int) -> None:
    content = CONTENT[:70]
    digest = hashing.digest(content)
    assert files.missing(TERMINAL, [digest]) == [digest]
    assert put(files, content, piece) == files.progress(TERMINAL, digest) == Progress(70, complete=True)
    assert files.missing(TERMINAL, [digest]) == []
    assert files.missing("GD440200", [digest]) == [digest]
    assert files.read(TERMINAL, digest) == content
    assert (tmp_path / TERMINAL / digest[:2] / digest).exists()
    assert not unfinished(tmp_path, digest).exists()


def test_what_a_matter_is_filed_by_is_on_the_disk_with_its_name(
    files: AttachmentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(files, CONTENT, 1 << 20)
    synced: list[Path] = []
    monkeypatch.setattr(attachments, "sync_folder", synced.append)
    other = hashing.digest(b"other")
    assert files.missing(TERMINAL, [DIGEST, other]) == [other]
    assert set(synced) == {tmp_path, tmp_path / TERMINAL, tmp_path / TERMINAL / DIGEST[:2]}


def test_an_empty_file_is_a_file(files: AttachmentFiles) -> None:
    assert put(files, b"", 1).complete
    assert files.read(TERMINAL, hashing.digest(b"")) == b""


def test_the_digest_is_that_of_its_suite(files: AttachmentFiles) -> None:
    digest = hashing.digest(CONTENT, "gm")
    with pytest.raises(WrongDigest):
        files.append(TERMINAL, digest, "standard", CONTENT, 0, len(CONTENT))
    assert files.append(TERMINAL, digest, "gm", CONTENT, 0, len(CONTENT)).complete


def test_a_piece_goes_only_where_the_file_ends(files: AttachmentFiles) -> None:
    files.append(TERMINAL, DIGEST, "standard", CONTENT[:10], 0, len(CONTENT))
    for offset in (0, 9, 11):
        with pytest.raises(WrongOffset) as wrong:
            files.append(TERMINAL, DIGEST, "standard", b"x", offset, len(CONTENT))
        assert wrong.value.offset == 10
    put(files, CONTENT, 1000)
    with pytest.raises(WrongOffset) as wrong:
        files.append(TERMINAL, DIGEST, "standard", CONTENT[:10], 0, len(CONTENT))
    assert wrong.value.offset == len(CONTENT)
    assert files.append(TERMINAL, DIGEST, "standard", b"", len(CONTENT), len(CONTENT)).complete


def test_a_whole_with_another_digest_begins_again(files: AttachmentFiles) -> None:
    files.append(TERMINAL, DIGEST, "standard", b"x" * 10, 0, len(CONTENT))
    with pytest.raises(WrongDigest):
        files.append(TERMINAL, DIGEST, "standard", CONTENT[10:], 10, len(CONTENT))
    assert files.progress(TERMINAL, DIGEST) == Progress(0, complete=False)
    assert put(files, CONTENT, 999).complete


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2000), st.binary(max_size=40))
def test_a_torn_tail_costs_the_torn_piece_alone(
    tmp_path_factory: pytest.TempPathFactory, kept: int, rubbish: bytes
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    files = AttachmentFiles(folder, KEY)
    for start in (0, 500, 1000):
        files.append(TERMINAL, DIGEST, "standard", CONTENT[start : start + 500], start, len(CONTENT))
    whole = unfinished(folder).read_bytes()
    unfinished(folder).write_bytes(whole[:kept] + rubbish)
    record = len(whole) // 3
    untouched = min(kept // record, 3) * 500
    if not rubbish or kept >= len(whole):
        assert files.progress(TERMINAL, DIGEST).offset == untouched
    assert files.progress(TERMINAL, DIGEST).offset % 500 == 0
    put(files, CONTENT, 700)
    assert files.read(TERMINAL, DIGEST) == CONTENT


def test_parallel_uploads_of_one_file_make_it_once(files: AttachmentFiles) -> None:
    barrier = threading.Barrier(4, timeout=10)
    failures: list[BaseException] = []

    def upload() -> None:
        barrier.wait()
        while not (known := files.progress(TERMINAL, DIGEST)).complete:
            piece = CONTENT[known.offset : known.offset + 200]
            try:
                files.append(TERMINAL, DIGEST, "standard", piece, known.offset, len(CONTENT))
            except WrongOffset:
                continue
            except BaseException as error:
                failures.append(error)
                raise

    threads = [threading.Thread(target=upload) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert files.read(TERMINAL, DIGEST) == CONTENT


def test_nothing_lies_open_and_nothing_opens_elsewhere(files: AttachmentFiles, tmp_path: Path) -> None:
    put(files, CONTENT, 100)
    path = tmp_path / TERMINAL / DIGEST[:2] / DIGEST
    assert CANARY.encode() not in path.read_bytes()
    other = tmp_path / "GD440200" / DIGEST[:2] / DIGEST
    other.parent.mkdir(parents=True)
    other.write_bytes(path.read_bytes())
    with pytest.raises(BadSeal):
        files.read("GD440200", DIGEST)
    with pytest.raises(BadSeal):
        AttachmentFiles(tmp_path, bytes(32)).read(TERMINAL, DIGEST)


def test_what_is_too_large_or_fits_no_disk_is_not_begun(files: AttachmentFiles, tmp_path: Path) -> None:
    for piece, offset, length in ((b"", 0, attachments.LARGEST + 1), (b"xy", 0, 1), (b"x", 1, 1)):
        with pytest.raises(TooMuch):
            files.append(TERMINAL, DIGEST, "standard", piece, offset, length)
    with pytest.raises(NoRoom):
        AttachmentFiles(tmp_path, KEY, free=1 << 60).append(TERMINAL, DIGEST, "standard", b"x", 0, 2)
    assert files.progress(TERMINAL, DIGEST).offset == 0


def test_all_that_is_unfinished_has_a_limit_per_terminal(
    files: AttachmentFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attachments, "MOST_UNFINISHED", 1000)
    other = hashlib.sha256(b"other").hexdigest()
    files.append(TERMINAL, DIGEST, "standard", CONTENT[:600], 0, len(CONTENT))
    with pytest.raises(TooMuch):
        files.append(TERMINAL, other, "standard", CONTENT[:600], 0, 2000)
    files.append("GD440200", other, "standard", CONTENT[:600], 0, 2000)
    put(files, CONTENT[:300], 300)


def test_uploads_nobody_goes_on_with_are_swept(files: AttachmentFiles, tmp_path: Path) -> None:
    put(files, CONTENT, 1 << 20)
    for index in range(2):
        digest = hashing.digest(b"%d" % index)
        files.append(TERMINAL, digest, "standard", b"x", 0, 10)
        os.utime(unfinished(tmp_path, digest), (1000.0 * index, 1000.0 * index))
    assert files.sweep(attachments.KEPT_UNFINISHED + 500.0) == 1
    assert files.progress(TERMINAL, hashing.digest(b"0")).offset == 0
    assert files.progress(TERMINAL, hashing.digest(b"1")).offset == 1
    assert files.progress(TERMINAL, DIGEST).complete
