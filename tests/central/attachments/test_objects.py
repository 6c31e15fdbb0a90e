"""Attachments in an object store: what lies there, what two workers do to each other, and a store that is away."""

import os
from typing import Any

import pytest

from central.attachments import objects
from central.attachments.contract import Progress, StoreUnavailable, WrongDigest
from central.attachments.objects import AttachmentObjects
from offline_queue import hashing
from tests.central.attachments.pieces import CONTENT, DIGEST, KEY, put
from tests.central.helpers import CANARY, TERMINAL


@pytest.fixture
def place(s3_place: str) -> str:
    return s3_place.removeprefix("s3://")


@pytest.fixture
def system(s3_place: str) -> Any:
    return objects.s3()


@pytest.fixture
def store(system: Any, place: str) -> AttachmentObjects:
    return AttachmentObjects(system, place, KEY)


def test_what_is_whole_is_one_object_and_nothing_lies_open(store: AttachmentObjects, system: Any, place: str) -> None:
    put(store, CONTENT, 500)
    found = system.find(place)
    assert found == [f"{place}/{TERMINAL}/{DIGEST[:2]}/{DIGEST}"]
    assert CANARY.encode() not in system.cat_file(found[0])


def test_of_two_pieces_at_one_offset_the_longest_counts(store: AttachmentObjects, system: Any, place: str) -> None:
    """As two workers leave them that answered the same terminal at once."""
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:500], 0, len(CONTENT))
    (first,) = system.find(place)
    kept = system.cat_file(first)
    system.rm(first)
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:300], 0, len(CONTENT))
    system.pipe_file(first, kept)
    assert store.progress(TERMINAL, DIGEST) == Progress(500, complete=False)
    put(store, CONTENT, 1000)
    assert store.read(TERMINAL, DIGEST) == CONTENT


def test_a_damaged_piece_begins_again(store: AttachmentObjects, system: Any, place: str) -> None:
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:500], 0, len(CONTENT))
    (path,) = system.find(place)
    system.pipe_file(path, os.urandom(len(system.cat_file(path))))
    with pytest.raises(WrongDigest):
        store.append(TERMINAL, DIGEST, "standard", CONTENT[500:], 500, len(CONTENT))
    put(store, CONTENT, 1000)
    assert store.read(TERMINAL, DIGEST) == CONTENT


def test_what_a_killed_worker_left_of_a_whole_one_is_swept(store: AttachmentObjects, system: Any, place: str) -> None:
    store.append(TERMINAL, DIGEST, "standard", CONTENT[:500], 0, len(CONTENT))
    (path,) = system.find(place)
    left = system.cat_file(path)
    put(store, CONTENT, 1 << 20)
    system.pipe_file(path, left)
    assert store.progress(TERMINAL, DIGEST).complete
    assert store.sweep(2**40) == 1
    assert store.read(TERMINAL, DIGEST) == CONTENT


def test_a_store_that_is_away_takes_nothing(s3_place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    away = AttachmentObjects(objects.s3(), "no-such-bucket/attachments", KEY)
    with pytest.raises(StoreUnavailable):
        away.append(TERMINAL, DIGEST, "standard", b"x", 0, 10)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    away = AttachmentObjects(objects.s3(), s3_place.removeprefix("s3://"), KEY)
    for ask in (
        lambda: away.progress(TERMINAL, DIGEST),
        lambda: away.missing(TERMINAL, [DIGEST]),
        lambda: away.append(TERMINAL, hashing.digest(b"x"), "standard", b"x", 0, 1),
        lambda: away.sweep(0.0),
    ):
        with pytest.raises(StoreUnavailable):
            ask()
