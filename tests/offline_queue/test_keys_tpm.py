"""The key in a TPM: a real implementation of TPM 2.0 in software, and the real tools."""

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kiosk.bootstrap.queue import DEFAULT_TERMINAL, QueuePlace
from offline_queue.database import Database
from offline_queue.keys import StoredKeys, choose_keys
from offline_queue.keys_tpm import ForeignTpm, NoTpm, TpmSeal
from tests.offline_queue.helpers import NOW, new_matter
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(
    not (shutil.which("swtpm") and shutil.which("tpm2_unseal")), reason="swtpm and tpm2-tools are not installed"
)


def two_free_ports() -> int:
    """The tools expect the control channel on the port behind the first."""
    for _ in range(100):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    pytest.fail("no two free ports side by side")


@contextmanager
def tpm(state: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    """Powered on until the end of the block; what it keeps lies in ``state``."""
    state.mkdir(exist_ok=True)
    port = two_free_ports()
    where = [f"type=tcp,port={number},bindaddr=127.0.0.1" for number in (port, port + 1)]
    command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--server", where[0], "--ctrl", where[1]]
    process = subprocess.Popen([*command, "--flags", "not-need-init,startup-clear"], stderr=subprocess.PIPE)
    monkeypatch.setenv("TPM2TOOLS_TCTI", f"swtpm:host=127.0.0.1,port={port}")

    def answers() -> bool:
        return not subprocess.run(["tpm2_getcap", "properties-fixed"], capture_output=True, check=False).returncode

    try:
        eventually(answers, "the TPM")
        yield
    finally:
        process.kill()
        process.communicate()


def test_the_key_outlives_power_cycles_and_is_never_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "queue.key"
    with tpm(tmp_path / "tpm", monkeypatch):
        key = choose_keys(path).create()
        prepared = choose_keys(path).prepare()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["queue.key.tpm", "queue.key.tpm.next", "tpm"]
    for file in tmp_path.glob("queue*"):
        assert file.stat().st_mode & 0o777 == 0o600
        assert key not in file.read_bytes()
    with tpm(tmp_path / "tpm", monkeypatch):
        keys = choose_keys(path)
        assert keys.candidates() == (key, prepared)
        keys.commit(prepared)
        assert choose_keys(path).candidates() == (prepared,)


def test_another_tpm_is_told_as_such_and_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, keys = tmp_path / "queue.db", tmp_path / "queue.key"
    with tpm(tmp_path / "tpm", monkeypatch):
        database = Database(path, choose_keys(keys))
        assert database.epoch() == 1
        database.close()
    before = {file.name: file.read_bytes() for file in tmp_path.glob("queue*")}
    with tpm(tmp_path / "another", monkeypatch):
        stolen = Database(path, choose_keys(keys))
        for use in (stolen.epoch, stolen.check, stolen.rekey):
            with pytest.raises(ForeignTpm, match="another TPM"):
                use()
        assert not stolen.verify().key_fits
        stolen.close()
    assert {file.name: file.read_bytes() for file in tmp_path.glob("queue*")} == before


def test_many_uses_leave_nothing_behind_in_the_tpm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with tpm(tmp_path / "tpm", monkeypatch):
        for _ in range(5):  # it has three places for loaded objects
            key = os.urandom(32)
            assert TpmSeal().unseal(TpmSeal().seal(key)) == key


def test_a_key_moves_from_its_file_into_the_tpm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, keys = tmp_path / "queue.db", tmp_path / "queue.key"
    Database(path, choose_keys(keys, "file")).epoch()
    with tpm(tmp_path / "tpm", monkeypatch):
        database = Database(path, choose_keys(keys, "tpm"))
        database.rekey()
        database.close()
        assert not keys.exists()
        assert Database(path, choose_keys(keys)).epoch() == 1


def test_before_the_mainboard_is_changed_every_key_moves_while_the_terminal_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tpm(tmp_path / "tpm", monkeypatch):
        place = replace(QueuePlace.beside(tmp_path / "queue.db", DEFAULT_TERMINAL), key="auto")
        running = place.open()
        running.put(new_matter(), now=NOW)
        place.credentials().prepare()
        assert sorted(path.name for path in tmp_path.rglob("*.tpm")) == ["identity.key.tpm", "queue.db.key.tpm"]
        moved = replace(place, key="file").open()
        moved.file.rekey()
        moved.close()
        replace(place, key="file").identity_keys().settle()
        running.put(new_matter(), now=NOW)
        running.close()
        asked_for = place.credentials().prepare().pem()
    with tpm(tmp_path / "another", monkeypatch):
        assert sum(place.open().counts().values()) == 2
        assert place.credentials().prepare().pem() == asked_for


def test_tpm_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TPM2TOOLS_TCTI", f"swtpm:host=127.0.0.1,port={two_free_ports()}")
    with pytest.raises(NoTpm, match="tpm2_createprimary"):
        choose_keys(tmp_path / "queue.key", "tpm").create()
    assert list(tmp_path.iterdir()) == []


def test_tools_that_are_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoTpm, match="installed"):
        TpmSeal().seal(bytes(32))
    assert not TpmSeal.usable()


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"public": 1, "private": 2}', b'{"public": "?"}'])
def test_sealed_key_that_is_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "queue.key.tpm"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(NoTpm, match="damaged"):
        StoredKeys(path, TpmSeal()).candidates()
    assert path.read_bytes() == content
