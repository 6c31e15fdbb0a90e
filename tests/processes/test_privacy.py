"""After the citizen has left, nobody finds in the terminal's files who it was: only the papers say it."""

import base64
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.id_card.specimens import PORTRAIT_MARK, SPECIMENS
from kiosk.demo.play import SERVICE
from tests.documents.pdf import pages
from tests.paths import PORTRAITS
from tests.processes.terminal import Rig, rig
from tests.searching import Search

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

CARD = "resident2"
CANARY = SPECIMENS[CARD].fields
SECRETS = (CANARY["name"], CANARY["number"], CANARY["address"])
PICTURE = re.compile(
    rb"\A(?:BM.{12}\x28\0\0\0|\xff\xd8\xff)|\x89PNG\r\n\x1a\n|\xff\xd8\xff.{3}(?:JFIF|Exif)", re.DOTALL
)
WINDOW_ICONS = "kivy/icon"
"""The toolkit's own, which it unpacks at its first start."""


SEARCH = Search(SECRETS, [PORTRAIT_MARK, base64.b64encode(PORTRAIT_MARK)[:10]])


def test_the_search_finds_pictures() -> None:
    for name in ("holder.jpg", "other.jpg"):
        if (PORTRAITS / name).exists():
            assert PICTURE.search((PORTRAITS / name).read_bytes())
    assert not PICTURE.search(b"SQLite format 3\0 and more")


# --- the terminal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything of the terminal goes that does not go into the folders of its settings."""
    if not PORTRAITS.exists():
        pytest.skip("needs the portraits that set-up unpacks")
    for name in ("TMPDIR", "HOME", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    return tmp_path


def files(*folders: Path) -> Iterator[Path]:
    return (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def check(terminal: Rig, outside: Path) -> None:
    """No file but the papers and no process's arguments tell who is, or was, there."""
    written = [path for path in files(terminal.folder, outside) if not path.is_relative_to(terminal.tray)]
    assert any(path.name == "queue.db" for path in written)
    found = {path.name: path.read_bytes() for path in written}
    assert [name for name, data in found.items() if SEARCH.tells(data)] == []
    pictures = [path for path in written if WINDOW_ICONS not in str(path) and PICTURE.search(path.read_bytes())]
    assert pictures == []
    arguments = subprocess.run(["ps", "-ewwo", "args"], check=True, capture_output=True).stdout
    assert not SEARCH.tells(arguments)


def to_form(terminal: Rig) -> None:
    terminal.terminal.wait_enabled(f"service.{SERVICE}", 60)
    terminal.go(f"service.{SERVICE}", "agree")
    terminal.terminal.wait_for({"identify.waiting"})
    terminal.simulate("id_card", "place", CARD)
    terminal.terminal.wait_for({"form.period"})


def leave(terminal: Rig) -> None:
    terminal.terminal.wait_for({"farewell.take"})
    terminal.simulate("id_card", "take")
    terminal.go("rate.5")
    terminal.terminal.wait_for({"home"})


def finish(terminal: Rig) -> None:
    terminal.go("answer.period.all", "answer.purpose.loan", "submit")
    leave(terminal)


def test_nothing_on_the_disk_tells_who_was_there(folder: Path) -> None:
    with rig([f"log.file={folder / 'logs' / 'kiosk.log'}", "log.level=debug"]) as terminal:
        terminal.simulate("camera", "show", "other")
        to_form(terminal)
        check(terminal, folder)
        finish(terminal)
        check(terminal, folder)

        terminal.simulate("network", "cut")
        to_form(terminal)
        finish(terminal)
        check(terminal, folder)
        terminal.simulate("network", "restore")

        to_form(terminal)
        terminal.go("cancel", "confirm_cancel")
        terminal.terminal.wait_for({"farewell.take"})
        terminal.simulate("id_card", "take")

        to_form(terminal)
        terminal.kill("ui")
        terminal.terminal.wait_for({"home", "interrupted"}, 60)
        check(terminal, folder)
        terminal.wait_for_services(2)
        check(terminal, folder)
        (certificate,) = terminal.papers("document-*.pdf")
        assert CANARY["name"] in pages(certificate.read_bytes())[0]
