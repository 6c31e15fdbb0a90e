"""A centre is copied while it works and brought back from the copy: matters, keys, attachments."""

import os
from collections.abc import Generator
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result

from central import backup
from central.backup import EPOCHS_LEFT_OUT
from central.cli import main
from offline_queue import hashing
from tests.central.helpers import TERMINAL, Running, Terminal, enrol, own_key, post, proof, running

PAGE = b"a page somebody scanned" * 1000
DIGEST = hashing.digest(PAGE)
"""Of an attachment."""
NEVER_SAVED = {"address", "central.db-wal", "central.db-shm", "central.db.lock"}


def central(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(data)])


def upload(centre: Running, terminal: Terminal, piece: bytes, whole: bytes = b"") -> int:
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": "0",
        "Upload-Length": str(len(whole or piece)),
    }
    with centre.client(terminal) as client:
        path = f"/v1/attachments/{hashing.digest(whole or piece)}"
        return client.patch(path, content=piece, headers=headers).status_code


@pytest.fixture
def centre(tmp_path: Path) -> Generator[Running]:
    with running(tmp_path / "data") as made:
        yield made


def test_all_of_it_comes_back(centre: Running, tmp_path: Path) -> None:
    saved, back = tmp_path / "saved", tmp_path / "new" / "data"
    terminal = centre.enrolled(key=own_key())
    assert upload(centre, terminal, PAGE) == 204
    assert upload(centre, terminal, b"half", b"half of it") == 204
    with centre.client(terminal) as client:
        (first,) = post(client, [proof(1)])
    made = central(centre.data, "backup", str(saved))
    assert (made.exit_code, made.stdout) == (0, "")
    assert "attachments: 1 files" in made.stderr
    assert {path.name for path in centre.data.iterdir()} - {path.name for path in saved.iterdir()} <= NEVER_SAVED
    before = {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()}

    assert central(back, "restore", str(saved)).exit_code == 0
    with running(back, neighbours=False) as restored, restored.client(terminal) as client:
        assert client.get("/v1/matters/GD440100-000001-9").json()["number"] == first["number"]
        assert client.get(f"/v1/attachments/{DIGEST}").json() == {"offset": len(PAGE), "complete": True}
        assert client.get("/v1/terminal").json()["settled"] == {"epoch": 1, "count": 1}
        assert restored.centre.attachments.read(TERMINAL, DIGEST) == PAGE
        assert post(client, [proof(2)])[0]["outcome"] == "filed"
    assert {path: path.read_bytes() for path in saved.rglob("*") if path.is_file()} == before, "the backup stays"


def test_a_number_given_since_the_backup_is_given_to_nobody_else(centre: Running, tmp_path: Path) -> None:
    """Its terminal is broken and gone, and another enrols in its place before anybody could return."""
    saved, back = tmp_path / "saved", tmp_path / "back"
    centre.enrolled()
    assert central(centre.data, "backup", str(saved)).exit_code == 0
    lost = centre.enrolled().answer["epoch"]
    assert central(back, "restore", str(saved)).exit_code == 0
    with running(back) as restored:
        known = restored.enrolled(key=own_key())
        assert known.answer["epoch"] == 1 + EPOCHS_LEFT_OUT + 1 > lost
        assert restored.enrolled(key=own_key()).answer["epoch"] == known.answer["epoch"]


def test_on_another_disk_attachments_are_copied(centre: Running, tmp_path: Path) -> None:
    assert upload(centre, centre.enrolled(), PAGE) == 204
    with patch.object(Path, "hardlink_to", side_effect=OSError(18, os.strerror(18))):
        backup.back_up(centre.centre.storage, centre.data, tmp_path / "saved", lambda _line: None)
    (here,) = (centre.data / "attachments").glob("*/??/*")
    (there,) = (tmp_path / "saved" / "attachments").glob("*/??/*")
    assert here.read_bytes() == there.read_bytes()
    assert here.stat().st_ino != there.stat().st_ino


def test_a_backup_that_fails_leaves_nothing(centre: Running, tmp_path: Path) -> None:
    assert upload(centre, centre.enrolled(), PAGE) == 204
    with patch.object(Path, "hardlink_to", side_effect=OSError(28, os.strerror(28))):
        failed = central(centre.data, "backup", str(tmp_path / "saved"))
    assert (failed.exit_code, "No space left" in failed.stderr) == (1, True)
    assert {path.name for path in tmp_path.iterdir()} == {"data"}


def test_nothing_is_written_over(centre: Running, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    assert central(centre.data, "backup", str(saved)).exit_code == 0
    again = central(centre.data, "backup", str(saved))
    assert (again.exit_code, str(saved) in again.stderr) == (1, True)
    over = central(centre.data, "restore", str(saved))
    assert (over.exit_code, "name a folder that is empty" in over.stderr) == (1, True)
    with centre.anonymous() as client:
        assert enrol(client, TERMINAL, own_key()).status_code == 201


def test_an_empty_folder_is_restored_to(centre: Running, tmp_path: Path) -> None:
    assert central(centre.data, "backup", str(tmp_path / "saved")).exit_code == 0
    (tmp_path / "empty").mkdir()
    assert central(tmp_path / "empty", "restore", str(tmp_path / "saved")).exit_code == 0
    assert (tmp_path / "empty" / "authority.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("missing", ["central.db", "storage.key", "authority.key"])
def test_what_is_no_whole_backup_is_said_so(centre: Running, tmp_path: Path, missing: str) -> None:
    assert central(centre.data, "backup", str(tmp_path / "saved")).exit_code == 0
    (tmp_path / "saved" / missing).unlink()
    refused = central(tmp_path / "back", "restore", str(tmp_path / "saved"))
    assert (refused.exit_code, "holds no backup" in refused.stderr) == (1, True)
    assert not (tmp_path / "back").exists()


def test_a_damaged_database_is_not_restored(centre: Running, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    assert central(centre.data, "backup", str(saved)).exit_code == 0
    (saved / "central.db").write_bytes(b"damaged" * 1000)
    assert central(tmp_path / "back", "restore", str(saved)).exit_code == 1
    assert not (tmp_path / "back").exists()
