import threading
from pathlib import Path

import pytest

from offline_queue.key_file import BadKeyFile, load_or_create_key


def test_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "queue.key"
    key = load_or_create_key(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_key(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["queue.key"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_readable_by_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "queue.key"
    load_or_create_key(path)
    path.chmod(mode)
    with pytest.raises(BadKeyFile, match="readable"):
        load_or_create_key(path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_wrong_length_is_refused_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "queue.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadKeyFile, match="bytes"):
        load_or_create_key(path)
    assert path.read_bytes() == content


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8, timeout=10)
    keys: list[bytes] = []

    def start() -> None:
        barrier.wait()
        keys.append(load_or_create_key(tmp_path / "queue.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 8
    assert len(set(keys)) == 1
