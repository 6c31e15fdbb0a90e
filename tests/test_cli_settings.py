"""Settings, staff, help and the centre on the command line."""

import json
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from kiosk.cli import main
from tests.commands import DEADLINE, program
from tests.paths import KIOSK_INI, ROOT

WRONG = """\
[terminal]
id = lower case
[windw]
width = 1080
[id_card]
drver = sam
baud = fast
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "kiosk.ini"
    file.write_text(WRONG)
    return file


def test_check_reports_every_error_with_its_line(wrong: Path) -> None:
    done = program("--config", str(wrong), "config", "check")
    assert done.returncode == 2
    lines = done.stdout.splitlines()
    assert [line.split(" ")[0] for line in lines] == [f"kiosk.ini:{line}:" for line in (2, 3, 6, 7)]
    assert "did you mean [window]?" in lines[1]
    assert "did you mean driver?" in lines[2]


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


def test_check_of_the_settings_as_delivered() -> None:
    assert invoke("--config", str(KIOSK_INI), "config", "check") == (0, "kiosk.ini: all right\n")


def test_check_sees_overrides_too() -> None:
    status, output = invoke("--config", str(KIOSK_INI), "--set", "id_card.drver=sam", "config", "check")
    assert status == 2
    assert "did you mean driver?" in output


@pytest.mark.parametrize(
    "command",
    [
        ("run",),
        ("start",),
        ("demo", "--out", "nowhere"),
        ("devices",),
        ("devices", "--json"),
        ("devices", "read", "id_card"),
        ("staff", "add", "a1", "A", "--pin", "839204"),
    ],
)
def test_wrong_settings_end_every_command_with_the_errors(
    wrong: Path, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    status, output = invoke("--config", str(wrong), *command)
    assert (status, len(output.splitlines())) == (2, 4)


def test_settings_that_are_not_there() -> None:
    status, output = invoke("--config", "/nowhere/kiosk.ini", "devices")
    assert (status, output) == (2, "/nowhere/kiosk.ini: cannot be read: No such file or directory\n")


@pytest.mark.parametrize("folder", ["run_dir", "state_dir"])
def test_folders_that_cannot_be_made_end_the_start_in_one_line(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    folders = {"run_dir": tmp_path / "run", "state_dir": tmp_path / "state", folder: tmp_path / "file" / "below"}
    settings = [part for name, path in folders.items() for part in ("--set", f"terminal.{name}={path}")]
    status, output = invoke("--config", str(KIOSK_INI), *settings, "run")
    assert (status, output) == (1, f"Error: {tmp_path / 'file' / 'below'}: Not a directory\n")


def add_staff(file: Path, staff_id: str, pin: str) -> tuple[int, str]:
    return invoke(
        "--config", str(KIOSK_INI), "--set", f"staff.pin_file={file}", "staff", "add", staff_id, "陈", "--pin", pin
    )


def test_staff_are_added_and_get_a_new_pin(tmp_path: Path) -> None:
    file = tmp_path / "staff.json"
    assert add_staff(file, "a1", "839204")[0] == 0
    assert add_staff(file, "a1", "204839")[0] == 0
    (entry,) = json.loads(file.read_text())["staff"]
    assert entry["id"] == "a1"
    assert "204839" not in file.read_text()


def test_staff_that_cannot_be_added_are_told_why(tmp_path: Path) -> None:
    file = tmp_path / "staff.json"
    add_staff(file, "a1", "839204")
    for path, pin, word in [
        (file, "1234", "6 to 8 digits"),
        (file, "839204", "somebody else"),
        (tmp_path / "staff.json" / "below", "940215", "File exists"),
    ]:
        status, output = add_staff(path, "b2", pin)
        assert (status, len(output.splitlines())) == (1, 1)
        assert word in output


# --- help -------------------------------------------------------------------------------------------------------------


def commands(group: click.Command, *path: str) -> Generator[tuple[str, ...]]:
    yield path
    if isinstance(group, click.Group):
        for name, command in group.commands.items():
            yield from commands(command, *path, name)


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...]) -> None:
    status, output = invoke(*path, "--help")
    assert status == 0
    sentence = output.splitlines()[2].strip()
    assert len(sentence.split()) >= 3
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert all(option.help for option in command.params if isinstance(option, click.Option))


@pytest.mark.parametrize("arguments", [("devcies",), ("devices", "raed"), ("devices", "--jsno"), ("devices", "read")])
def test_what_is_not_known_is_said_in_words(arguments: tuple[str, ...]) -> None:
    status, output = invoke(*arguments)
    assert status == 2
    assert "\nError: " in output


# --- the centre -------------------------------------------------------------------------------------------------------


def test_records_of_a_centre_that_never_was(tmp_path: Path) -> None:
    done = program("records", "--data", str(tmp_path / "none"), module="central")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: no centre has kept its data in {tmp_path / 'none'}\n"


def test_a_centre_from_nothing_has_no_records(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "central", "serve", "--port", "0", "--data", str(tmp_path / "new")]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as centre:
        assert centre.stdout
        assert "ready" in centre.stdout.readline()
        done = program("records", "--data", str(tmp_path / "new"), module="central")
        centre.terminate()
        assert centre.wait(DEADLINE) == 0 or centre.returncode == -15
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
