"""Attachments on the centre's disk: what lies there, torn tails and full disks."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.attachments import files as module
from central.attachments.contract import KEPT_UNFINISHED, NoRoom
from central.attachments.files import AttachmentFiles
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from tests.central.attachments.pieces import CONTENT, DIGEST, KEY, put
from tests.central.helpers import CANARY, TERMINAL


@pytest.fixture
def files(tmp_path: Path) -> AttachmentFiles:
    return AttachmentFiles(tmp_path, KEY)


def unfinished(folder: Path, digest: str = DIGEST) -> Path:
    return folder / TERMINAL / "unfinished" / digest


def test_what_a_matter_is_filed_by_is_on_the_disk_with_its_name(
    files: AttachmentFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(files, CONTENT, 1 << 20)
    synced: list[Path] = []
    monkeypatch.setattr(module, "sync_folder", synced.append)
    other = hashing.digest(b"other")
    assert files.missing(TERMINAL, [DIGEST, other]) == [other]
    assert set(synced) == {tmp_path, tmp_path / TERMINAL, tmp_path / TERMINAL / DIGEST[:2]}


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


def test_what_is_whole_has_its_place(files: AttachmentFiles, tmp_path: Path) -> None:
    files.append(TERMINAL, DIGEST, "standard", CONTENT[:5], 0, len(CONTENT))
    assert unfinished(tmp_path).exists()
    put(files, CONTENT, 1000)
    assert (tmp_path / TERMINAL / DIGEST[:2] / DIGEST).exists()
    assert not unfinished(tmp_path).exists()


def test_nothing_lies_open_and_nothing_opens_elsewhere(files: AttachmentFiles, tmp_path: Path) -> None:
    put(files, CONTENT, 100)
    path = tmp_path / TERMINAL / DIGEST[:2] / DIGEST
    assert CANARY.encode() not in path.read_bytes()
    other = tmp_path / "GD440200" / DIGEST[:2] / DIGEST
    other.parent.mkdir(parents=True)
    other.write_bytes(path.read_bytes())
    with pytest.raises(BadSeal):
        files.read("GD440200", DIGEST)


def test_what_fits_no_disk_is_not_begun(files: AttachmentFiles, tmp_path: Path) -> None:
    with pytest.raises(NoRoom):
        AttachmentFiles(tmp_path, KEY, free=1 << 60).append(TERMINAL, DIGEST, "standard", b"x", 0, 2)
    assert files.progress(TERMINAL, DIGEST).offset == 0


def test_uploads_nobody_goes_on_with_are_swept(files: AttachmentFiles, tmp_path: Path) -> None:
    put(files, CONTENT, 1 << 20)
    for index in range(2):
        digest = hashing.digest(b"%d" % index)
        files.append(TERMINAL, digest, "standard", b"x", 0, 10)
        os.utime(unfinished(tmp_path, digest), (1000.0 * index, 1000.0 * index))
    assert files.sweep(KEPT_UNFINISHED + 500.0) == 1
    assert files.progress(TERMINAL, hashing.digest(b"0")).offset == 0
    assert files.progress(TERMINAL, hashing.digest(b"1")).offset == 1
    assert files.progress(TERMINAL, DIGEST).complete
