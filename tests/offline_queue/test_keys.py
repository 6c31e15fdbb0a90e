import threading
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from offline_queue.keys import BadKeyFile, FixedKeys, Keys, NoSeal, PlacedKeys, Source, StoredKeys, choose_keys
from offline_queue.keys_tpm import TpmSeal


def load(path: Path) -> bytes:
    return StoredKeys(path, NoSeal()).create()


class Shifted:
    """Stands for a machine: whoever has another number cannot open it."""

    def __init__(self, number: int) -> None:
        self._number = number

    def seal(self, key: bytes) -> bytes:
        return bytes((byte + self._number) % 256 for byte in key)

    def unseal(self, sealed: bytes) -> bytes:
        return bytes((byte - self._number) % 256 for byte in sealed)


def in_memory(path: Path) -> Keys:
    return FixedKeys()


def in_a_file(path: Path) -> Keys:
    return StoredKeys(path, NoSeal())


def sealed(path: Path) -> Keys:
    return StoredKeys(path, Shifted(7))


def placed(path: Path, source: Source = "tpm") -> PlacedKeys:
    file, other = StoredKeys(path, NoSeal()), StoredKeys(path.with_name(f"{path.name}.tpm"), Shifted(7))
    return PlacedKeys({"file": file, "tpm": other}, source)


KINDS: list[Callable[[Path], Keys]] = [in_memory, in_a_file, sealed, placed]


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_of_key(kind: Callable[[Path], Keys], tmp_path: Path) -> None:
    keys = kind(tmp_path / "keys" / "queue.key")
    assert keys.candidates() == ()
    first = keys.create()
    assert len(first) == 32
    assert keys.create() == first
    broken_off = keys.prepare()
    assert keys.candidates() == (first, broken_off)
    keys.commit(first)
    assert keys.candidates()[0] == first
    second = keys.prepare()
    assert len({first, broken_off, second}) == 3
    assert keys.candidates() == (first, second)
    keys.commit(second)
    assert keys.candidates() == (second,)
    keys.commit(second)
    assert keys.candidates() == (second,)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_another_process_finds_the_same(kind: Callable[[Path], Keys], tmp_path: Path) -> None:
    keys = kind(tmp_path / "queue.key")
    first, second = keys.create(), keys.prepare()
    assert kind(tmp_path / "queue.key").candidates() == (first, second)
    keys.commit(second)
    assert kind(tmp_path / "queue.key").candidates() == (second,)
    assert not [file.name for file in tmp_path.iterdir() if file.name.startswith(".")]


def test_a_key_in_the_other_place_stays_good_and_moves_with_the_next_change(tmp_path: Path) -> None:
    path = tmp_path / "queue.key"
    first = placed(path, "file").create()
    assert placed(path, "tpm").create() == first
    second = placed(path, "tpm").prepare()
    placed(path, "tpm").commit(second)
    assert placed(path, "tpm").candidates() == (second,)
    assert [file.name for file in tmp_path.iterdir()] == ["queue.key.tpm"]


@pytest.mark.parametrize("source", get_args(Source))
@pytest.mark.parametrize("cut_after", ["prepare", "commit"])
def test_a_move_that_was_broken_off_leaves_both_keys_to_every_process(
    tmp_path: Path, source: Source, cut_after: str
) -> None:
    """Whatever its settings say: the move may have been asked for on a command line."""
    path = tmp_path / "queue.key"
    first, second = placed(path, "tpm").create(), placed(path, "file").prepare()
    if cut_after == "commit":
        StoredKeys(path, NoSeal()).commit(second)
    assert set(placed(path, source).candidates()) == {first, second}
    placed(path, source).commit(second)
    assert placed(path, source).candidates() == (second,)
    assert [file.name for file in tmp_path.iterdir()] == ["queue.key"]


def test_whoever_chose_before_the_key_moved_finds_it(tmp_path: Path) -> None:
    path = tmp_path / "queue.key"
    running = placed(path, "auto")
    first = placed(path, "tpm").create()
    assert running.candidates() == (first,)
    second = placed(path, "file").prepare()
    placed(path, "file").commit(second)
    assert running.candidates() == (second,)
    third = running.prepare()
    running.commit(third)
    assert path.read_bytes() == third


def test_a_key_that_cannot_change_moves_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "identity.key"
    placed(path, "file").settle()
    assert list(tmp_path.iterdir()) == []
    key = placed(path, "tpm").create()
    for _ in range(2):
        placed(path, "file").settle()
        assert placed(path, "auto").candidates() == (key,)
        assert [file.name for file in tmp_path.iterdir()] == ["identity.key"]


def test_the_key_that_exists_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TpmSeal, "usable", staticmethod(lambda: True))
    key = load(tmp_path / "queue.key")
    assert choose_keys(tmp_path / "queue.key", "auto").candidates() == (key,)
    assert choose_keys(tmp_path / "queue.key", "tpm").candidates() == (key,)
    assert choose_keys(tmp_path / "queue.key", "file").candidates() == (key,)


def test_without_a_tpm_it_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TpmSeal, "usable", staticmethod(lambda: False))
    key = choose_keys(tmp_path / "queue.key").create()
    assert (tmp_path / "queue.key").read_bytes() == key
    assert (tmp_path / "queue.key").stat().st_mode & 0o777 == 0o600


def test_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "queue.key"
    key = load(path)
    assert len(key) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert load(path) == key
    assert [file.name for file in path.parent.iterdir()] == ["queue.key"]


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_readable_by_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "queue.key"
    load(path)
    path.chmod(mode)
    with pytest.raises(BadKeyFile, match="readable"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_wrong_length_is_refused_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "queue.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(BadKeyFile, match="bytes"):
        load(path)
    assert path.read_bytes() == content


def test_all_who_start_at_once_get_the_same_key(tmp_path: Path) -> None:
    barrier = threading.Barrier(8, timeout=10)
    keys: list[bytes] = []

    def start() -> None:
        barrier.wait()
        keys.append(load(tmp_path / "queue.key"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(keys) == 8
    assert len(set(keys)) == 1
