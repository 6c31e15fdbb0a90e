"""central catalogue, as somebody types it."""

import json
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner, Result

from central.centre import Centre
from central.cli import main
from central.settings import BUNDLED_CATALOGUE, Settings
from tests.central.editions.samples import small, toml


class Shell:
    def __init__(self, folder: Path) -> None:
        self.data = folder / "central"
        self.folder = folder
        Centre.open(Settings(self.data)).close()

    def run(self, *words: str) -> Result:
        where = () if words[0] == "check" else ("--data", str(self.data))
        return CliRunner().invoke(main, ["catalogue", *words, *where])

    def good(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def write(self, code: str, text: str = "") -> str:
        path = self.folder / f"{code}.toml"
        path.write_text(text or toml(small(code)), encoding="utf-8")
        return str(path)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_from_a_file_to_an_edition_and_back(shell: Shell) -> None:
    file = shell.write("look")
    assert shell.good("check", file) == f"{file}: good\n"
    assert shell.good("propose", file, "--by", "anna", "--note", "new") == "#1 look\n"
    refused = shell.run("review", "1", "--by", "anna")
    assert refused.exit_code == 1
    assert "another authority" in refused.output
    shell.good("review", "1", "--by", "berta")
    assert shell.good("diff") == "look: added\n"
    assert shell.good("publish", "--by", "berta") == "4\n"
    assert "edition 4 published" in shell.good("list")
    assert "item look version 1: Look look" in shell.good("list")
    assert shell.good("diff", "3", "4") == "look: added\n"
    assert shell.good("rollback", "3", "--by", "anna") == "5\n"
    assert shell.good("diff", "4") == "look: removed\n"


def test_everything_wrong_in_all_files_is_told(shell: Shell) -> None:
    files = [shell.write("one", "titel = 1"), shell.write("two", "= nonsense"), shell.write("good")]
    checked = shell.run("check", *files)
    assert checked.exit_code == 1
    assert f"{files[0]}: titel: is not known; did you mean title?" in checked.output
    assert f"{files[0]}: title: is missing" in checked.output
    assert f"{files[1]}: is not TOML" in checked.output
    assert f"{files[2]}: good" in checked.output
    proposed = shell.run("propose", *files, "--by", "anna")
    assert proposed.exit_code == 1
    assert "did you mean title?" in proposed.output
    assert "#" not in shell.good("list")


def test_the_bundled_folder_is_good_and_in_force(shell: Shell) -> None:
    shell.good("check", str(BUNDLED_CATALOGUE))
    proposed = shell.run("propose", str(BUNDLED_CATALOGUE), "--by", "anna")
    assert proposed.exit_code == 0
    assert proposed.stdout == ""
    assert "in force like this" in proposed.stderr


def test_a_rejected_proposal_is_not_published(shell: Shell) -> None:
    shell.good("propose", shell.write("look"), "--by", "anna")
    shell.good("review", "1", "--reject", "--by", "berta", "--note", "no")
    published = shell.run("publish", "--by", "berta")
    assert published.exit_code == 1
    assert "nothing to publish" in published.output


def test_a_guide_is_written(shell: Shell) -> None:
    target = shell.folder / "guide.pdf"
    shell.good("guide", "social-insurance-proof", "-o", str(target), "--language", "en")
    assert len(pypdfium2.PdfDocument(target)) == 1
    missing = shell.run("guide", "nothing", "-o", str(target))
    assert missing.exit_code == 1
    assert "no such item" in missing.output


def test_steps_are_audited_under_the_name_that_was_given(shell: Shell) -> None:
    shell.good("propose", shell.write("look"), "--by", "anna")
    centre = Centre.open(Settings(shell.data))
    with centre.storage.reading() as transaction:
        rows = [(row.employee, row.action) for row in transaction.audit.after(0, limit=100)]
    centre.close()
    assert ("anna", "catalogue.propose") in rows


def test_a_bad_bundle_is_told_in_lines(tmp_path: Path) -> None:
    folder = tmp_path / "items"
    folder.mkdir()
    (folder / "catalogue.toml").write_text("version = 0")
    (folder / "look.toml").write_text(toml(small("other")), encoding="utf-8")
    with pytest.raises(Exception, match=r"look\.toml: code: must be look.*catalogue\.toml: version"):
        Centre.open(Settings(tmp_path / "data", catalogue=folder))


def test_a_41st_service_needs_a_file_alone(tmp_path: Path) -> None:
    folder = tmp_path / "items"
    folder.mkdir()
    for file in BUNDLED_CATALOGUE.glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "look.toml").write_text(toml(small("look")), encoding="utf-8")
    centre = Centre.open(Settings(tmp_path / "data", catalogue=folder))
    items = json.loads(centre.catalogue.document("GD4401001").payload)["items"]
    centre.close()
    assert "look" in {item["code"] for item in items}
