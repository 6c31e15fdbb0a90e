import io
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from kiosk.simulation import portraits
from kiosk.simulation.portraits import CUTS, PortraitsUnavailable, find, locked, prepare, unpack

LOCK = """\
face==1
face-recognition==1.3.0 \\
    --hash=sha256:5e \\
    --hash=sha256:c5
face-recognition-models==0.3.0 \\
    --hash=sha256:b7
"""


def archive(path: Path, leave_out: str = "", extra: str = "") -> Path:
    """A source distribution with photographs of one colour."""
    photograph = io.BytesIO()
    Image.new("RGB", (1434, 1600), "navy").save(photograph, "JPEG")
    names = [f"package-1/tests/test_images/{cut.photograph}" for cut in CUTS.values() if cut.photograph != leave_out]
    with tarfile.open(path, "w:gz") as tar:
        for name in ["package-1/setup.py", *names, *([extra] if extra else [])]:
            info = tarfile.TarInfo(name)
            info.size = len(photograph.getvalue())
            tar.addfile(info, io.BytesIO(photograph.getvalue()))
    return path


def test_the_portraits_are_cut_to_the_size_of_a_camera(tmp_path: Path) -> None:
    unpack(archive(tmp_path / "a.tar.gz"), tmp_path / "portraits")
    found = find(tmp_path / "portraits")
    assert found.keys() == {"holder", "holder_live", "other"}
    for path in found.values():
        with Image.open(path) as picture:
            assert (picture.size, picture.format) == ((640, 480), "JPEG")


def test_nothing_else_of_the_archive_reaches_the_disk(tmp_path: Path) -> None:
    unpack(
        archive(tmp_path / "a.tar.gz", extra="package-1/tests/test_images/../../../../evil.jpg"), tmp_path / "to" / "p"
    )
    written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {"a.tar.gz", "holder.jpg", "holder_live.jpg", "other.jpg"}


def test_an_archive_without_a_photograph(tmp_path: Path) -> None:
    with pytest.raises(PortraitsUnavailable):
        unpack(archive(tmp_path / "a.tar.gz", leave_out="biden.jpg"), tmp_path)


@pytest.mark.parametrize("kept", [0, 10, 1000])
def test_a_damaged_archive(tmp_path: Path, kept: int) -> None:
    path = archive(tmp_path / "a.tar.gz")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(PortraitsUnavailable):
        unpack(path, tmp_path)


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpack(archive(tmp_path / "a.tar.gz"), tmp_path)
    monkeypatch.setattr(portraits, "_LOCK", tmp_path / "missing.lock")
    prepare(tmp_path)
    (tmp_path / "other.jpg").unlink()
    with pytest.raises(PortraitsUnavailable):
        prepare(tmp_path)


def test_without_a_registry_the_setup_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    monkeypatch.setattr(portraits, "_LOCK", lock)
    monkeypatch.setattr(portraits, "FOLDER", tmp_path / "portraits")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    portraits.main()
    assert "confirm the person by staff" in capsys.readouterr().err
    assert find(tmp_path / "portraits") == {}


def test_the_locked_lines_of_one_package() -> None:
    assert "".join(locked(LOCK.splitlines(keepends=True))) == "".join(LOCK.splitlines(keepends=True)[1:4])
