"""A file is replaced whole, or stays as it was."""

from pathlib import Path

import pytest

from kiosk.files import replace_file


def test_content_mode_and_folder(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    replace_file(path, b"one")
    replace_file(path, b"two", mode=0o640)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(path.parent.iterdir()) == [path]


def test_failure_leaves_the_old_content_and_no_scrap(tmp_path: Path) -> None:
    target = tmp_path / "file"
    (target / "in the way").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace_file(target, b"new")
    assert list(tmp_path.iterdir()) == [target]
