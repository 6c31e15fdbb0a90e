"""What holds of attachments wherever they are kept."""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from central.attachments import contract, files, objects
from central.attachments.contract import (
    KEPT_UNFINISHED,
    AttachmentStore,
    BadStore,
    Progress,
    TooMuch,
    WrongDigest,
    WrongOffset,
)
from central.attachments.opening import open_store
from offline_queue import hashing
from offline_queue.crypto_errors import BadSeal
from tests.central.attachments.pieces import CONTENT, DIGEST, KEY, put
from tests.central.helpers import TERMINAL

NEVER = 0.0
"""Seconds since 1970: what is there is younger."""
Open = Callable[[bytes], AttachmentStore]


@pytest.fixture(params=["disk", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Another worker's view of one place at each call, with the key that it has."""
    place = str(tmp_path) if request.param == "disk" else str(request.getfixturevalue("s3_place"))
    return lambda key: open_store(place, key)


@pytest.fixture
def store(opened: Open) -> AttachmentStore:
    return opened(KEY)


@pytest.mark.parametrize("piece", [9, 33, 1 << 20])
def test_pieces_of_any_size_make_the_whole(store: AttachmentStore, piece: int) -> None:
    content = CONTENT[:70]
    digest = hashing.digest(content)
    assert store.missing(TERMINAL, [digest]) == [digest]
    assert put(store, content, piece) == store.progress(TERMINAL, digest) == Progress(70, complete=True)
    assert store.missing(TERMINAL, [digest]) == []
    assert store.missing("GD440200", [digest]) == [digest]
    assert store.read(TERMINAL, digest) == content
    with pytest.raises(FileNotFoundError):
        store.read("GD440200", digest)


def test_an_empty_file_is_a_file(store: AttachmentStore) -> None:
    assert put(store, b"", 1).complete
    assert store.progress(TERMINAL, hashing.digest(b"")) == Progress(0, complete=True)
    assert store.read(TERMINAL, hashing.digest(b"")) == b""


def test_the_digest_is_that_of_its_suite(store: AttachmentStore) -> None:
    digest = hashing.digest(CONTENT, "gm")
    with pytest.raises(WrongDigest):
        store.append(TERMINAL, digest, "standard", CONTENT, 0, len(CONTENT))
    assert store.append(TERMINAL, digest, "gm", CONTENT, 0, len(CONTENT)).complete


def test_a_piece_goes_only_where_the_file_ends(store: AttachmentStore) -> None:
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:10], 0, len(CONTENT))
    for offset in (0, 9, 11):
        with pytest.raises(WrongOffset) as wrong:
            store.append(TERMINAL, DIGEST, "standard", b"x", offset, len(CONTENT))
        assert wrong.value.offset == 10
    put(store, CONTENT, 1000)
    with pytest.raises(WrongOffset) as wrong:
        store.append(TERMINAL, DIGEST, "standard", CONTENT[:10], 0, len(CONTENT))
    assert wrong.value.offset == len(CONTENT)
    assert store.append(TERMINAL, DIGEST, "standard", b"", len(CONTENT), len(CONTENT)).complete


def test_a_whole_with_another_digest_begins_again(store: AttachmentStore) -> None:
    store.append(TERMINAL, DIGEST, "standard", b"x" * 10, 0, len(CONTENT))
    with pytest.raises(WrongDigest):
        store.append(TERMINAL, DIGEST, "standard", CONTENT[10:], 10, len(CONTENT))
    assert store.progress(TERMINAL, DIGEST) == Progress(0, complete=False)
    assert put(store, CONTENT, 999).complete
    assert store.read(TERMINAL, DIGEST) == CONTENT


def test_another_worker_goes_on_where_the_first_was_cut_off(opened: Open) -> None:
    one, other = opened(KEY), opened(KEY)
    one.append(TERMINAL, DIGEST, "standard", CONTENT[:700], 0, len(CONTENT))
    assert other.progress(TERMINAL, DIGEST) == Progress(700, complete=False)
    other.append(TERMINAL, DIGEST, "standard", CONTENT[700:900], 700, len(CONTENT))
    assert one.progress(TERMINAL, DIGEST) == Progress(900, complete=False)
    with pytest.raises(WrongOffset) as wrong:
        one.append(TERMINAL, DIGEST, "standard", CONTENT[700:], 700, len(CONTENT))
    assert wrong.value.offset == 900
    assert one.append(TERMINAL, DIGEST, "standard", CONTENT[900:], 900, len(CONTENT)).complete
    assert other.missing(TERMINAL, [DIGEST]) == []
    assert other.read(TERMINAL, DIGEST) == CONTENT


def test_parallel_uploads_of_one_file_at_several_workers_make_it_once(opened: Open) -> None:
    barrier = threading.Barrier(4, timeout=10)
    failures: list[BaseException] = []

    def upload(store: AttachmentStore) -> None:
        barrier.wait()
        try:
            while not (known := store.progress(TERMINAL, DIGEST)).complete:
                piece = CONTENT[known.offset : known.offset + 400]
                try:
                    store.append(TERMINAL, DIGEST, "standard", piece, known.offset, len(CONTENT))
                except (WrongOffset, contract.StoreUnavailable):  # another was quicker: ask again
                    continue
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=upload, args=(opened(KEY),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert opened(KEY).read(TERMINAL, DIGEST) == CONTENT


def test_nothing_opens_with_another_key(opened: Open) -> None:
    put(opened(KEY), CONTENT, 1000)
    with pytest.raises(BadSeal):
        opened(bytes(32)).read(TERMINAL, DIGEST)


def test_what_is_too_large_is_not_begun(store: AttachmentStore) -> None:
    for piece, offset, length in ((b"", 0, contract.LARGEST + 1), (b"xy", 0, 1), (b"x", 1, 1)):
        with pytest.raises(TooMuch):
            store.append(TERMINAL, DIGEST, "standard", piece, offset, length)
    assert store.progress(TERMINAL, DIGEST).offset == 0


def test_all_that_is_unfinished_has_a_limit_per_terminal(
    store: AttachmentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (files, objects):
        monkeypatch.setattr(module, "MOST_UNFINISHED", 1000)
    other = hashlib.sha256(b"other").hexdigest()
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:600], 0, len(CONTENT))
    with pytest.raises(TooMuch):
        store.append(TERMINAL, other, "standard", CONTENT[:600], 0, 2000)
    store.append("GD440200", other, "standard", CONTENT[:600], 0, 2000)
    put(store, CONTENT[:300], 300)


def test_uploads_nobody_goes_on_with_are_swept(store: AttachmentStore) -> None:
    put(store, CONTENT, 1 << 20)
    store.append(TERMINAL, hashing.digest(b"other"), "standard", b"x", 0, 10)
    assert store.sweep(NEVER) == 0
    assert store.progress(TERMINAL, hashing.digest(b"other")).offset == 1
    assert store.sweep(2**40, KEPT_UNFINISHED) == 1
    assert store.progress(TERMINAL, hashing.digest(b"other")).offset == 0
    assert store.progress(TERMINAL, DIGEST).complete


@pytest.mark.parametrize("place", ["", "s3://", "s3:///prefix", "ftp://host/folder", "gs://bucket"])
def test_a_place_that_is_none(place: str) -> None:
    with pytest.raises(BadStore):
        open_store(place, KEY)
