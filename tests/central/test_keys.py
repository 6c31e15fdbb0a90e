"""Secrets of the centre: made once, whoever else starts at the same moment, never replaced, private."""

import threading
from pathlib import Path

import pytest

from central import files, keys
from central.keys import BadSecret
from central.settings import Secrets
from offline_queue import sealed

NAMES = ("catalogue.key", "storage.key", "sealing.key", "sealing-gm.key")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"damaged", b"\xff" * 31])
def test_a_damaged_secret_is_said_so_and_not_replaced(tmp_path: Path, name: str, content: bytes) -> None:
    Secrets.load_or_create(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadSecret, match=name):
        Secrets.load_or_create(tmp_path)
    assert (tmp_path / name).read_bytes() == content


def test_secrets_stay_and_are_their_owners_alone(tmp_path: Path) -> None:
    first, again = (Secrets.load_or_create(tmp_path / "new" / "data") for _ in range(2))
    assert first.storage_key == again.storage_key
    assert first.sealing["standard"].public == again.sealing["standard"].public
    for suite, sealing in first.sealing.items():
        copy = sealed.Sealer(sealing.public, "T1", suite).seal("id", b"content")
        assert again.sealing[suite].opener.open("T1", "id", copy) == b"content"
    assert {(tmp_path / "new" / "data" / name).stat().st_mode & 0o777 for name in NAMES} == {0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_all_that_start_at_once_get_the_same_secret(tmp_path: Path) -> None:
    barrier = threading.Barrier(8, timeout=10)
    found: list[bytes] = []

    def start() -> None:
        barrier.wait()
        found.append(keys.symmetric_key(tmp_path / "storage.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["storage.key"]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "address"
    files.write_durably(path, b"one", 0o644)
    with pytest.raises(TypeError):
        files.write_durably(path, "two", 0o644)  # pyright: ignore[reportArgumentType] - fails while writing
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]
