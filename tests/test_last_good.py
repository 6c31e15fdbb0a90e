"""A broken settings file does not take the terminal away: it starts with what worked last, and says so."""

import logging
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from kiosk import last_good
from kiosk.bus.connection import BusError, Connection, Server, request
from kiosk.bus.messages import AnyMessage, Children, ChildrenRequest, Ok, Ping, Stop
from kiosk.config import ConfigError, centre_file
from kiosk.last_good import Keeper, choose, copy_of
from tests.commands import program
from tests.paths import ROOT
from tests.waiting import eventually

GOOD = "[terminal]\nid = GD4401001\nstate_dir = state\nrun_dir = run\n"
WRONG = "[terminal]\nid = lower case\n[windw]\n"


@pytest.fixture
def folder() -> Generator[Path]:
    """A socket's path has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="kiosk-") as name:
        yield Path(name)


def settings(folder: Path, text: str, copy: str | None = None) -> Path:
    file = folder / "kiosk.ini"
    file.write_text(text)
    if copy is not None:
        copy_of(file).write_text(copy)
    return file


# --- which one --------------------------------------------------------------------------------------------------------


def test_a_file_that_is_right_is_used(folder: Path) -> None:
    file = settings(folder, GOOD, copy=GOOD.replace("001", "002"))
    chosen = choose(file)
    assert (chosen.file, chosen.problems, chosen.settings.terminal.id) == (file, (), "GD4401001")


def test_instead_of_a_wrong_one_the_last_that_worked_is_used_and_all_problems_are_known(folder: Path) -> None:
    file = settings(folder, WRONG, copy=GOOD)
    chosen = choose(file)
    assert chosen.file == copy_of(file)
    assert [problem.line for problem in chosen.problems] == [2, 3]


@pytest.mark.parametrize("spoilt", [b"journey.idle_seconds=4\xff\n", b"\0" * 40, b"journey.idle_sec", b""])
def test_a_spoilt_file_of_the_centre_does_not_take_the_terminal_away(folder: Path, spoilt: bytes) -> None:
    file = settings(folder, GOOD, copy=GOOD)
    centre_file(file).write_bytes(spoilt)
    chosen = choose(file)
    assert chosen.file == copy_of(file)
    assert {problem.origin for problem in chosen.problems} == {"kiosk.ini.centre"}


def test_paths_in_the_copy_mean_the_same(folder: Path) -> None:
    right = choose(settings(folder, GOOD)).settings.terminal
    assert choose(settings(folder, WRONG, copy=GOOD)).settings.terminal == right


@pytest.mark.parametrize("copy", [None, "", "[windw]\n"])
def test_without_a_copy_that_works_the_problems_are_those_of_the_file(folder: Path, copy: str | None) -> None:
    with pytest.raises(ConfigError) as caught:
        choose(settings(folder, WRONG, copy))
    assert [(problem.origin, problem.line) for problem in caught.value.problems] == [("kiosk.ini", 2), ("kiosk.ini", 3)]


def test_for_a_wrong_override_nothing_is_guessed(folder: Path) -> None:
    with pytest.raises(ConfigError, match="--set"):
        choose(settings(folder, WRONG, copy=GOOD), ["terminal.id=lower case"])


# --- keeping ----------------------------------------------------------------------------------------------------------


def test_what_was_there_at_the_start_is_kept_for_its_owner_alone(folder: Path) -> None:
    file = settings(folder, GOOD)
    keeper = Keeper(file)
    file.write_text(WRONG)
    keeper.keep()
    assert copy_of(file).read_text() == GOOD
    assert copy_of(file).stat().st_mode & 0o777 == 0o600


def test_it_is_written_only_when_it_changed(folder: Path) -> None:
    file = settings(folder, GOOD)
    Keeper(file).keep()
    first = copy_of(file).stat().st_ino
    Keeper(file).keep()
    assert copy_of(file).stat().st_ino == first
    file.write_text(GOOD.replace("001", "002"))
    Keeper(file).keep()
    assert choose(copy_of(file)).settings.terminal.id == "GD4401002"


def test_a_copy_that_cannot_be_written_is_a_line_in_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = settings(folder, GOOD)
    copy_of(file).mkdir()
    with caplog.at_level(logging.WARNING):
        Keeper(file).keep()
    assert "cannot be kept as" in caplog.text


# --- what the commands say --------------------------------------------------------------------------------------------


@contextmanager
def terminal(folder: Path, file: Path) -> Generator[None]:
    """The supervisor, as far as the command line sees it."""

    def answer(_message: AnyMessage, asker: Connection) -> None:
        asker.send(Children(rows=[], settings_file=str(file)))

    server = Server(folder / "run" / "supervisor.sock", answer)
    server.start()
    try:
        yield
    finally:
        server.close()


def test_check_says_which_file_the_terminal_uses(folder: Path) -> None:
    file = settings(folder, WRONG, copy=GOOD)
    with terminal(folder, copy_of(file)):
        done = program("--config", str(file), "config", "check")
    assert done.returncode == 2
    assert done.stdout.splitlines()[-1] == f"the terminal that runs uses {copy_of(file)}"


def test_check_is_silent_about_a_terminal_that_does_not_run(folder: Path) -> None:
    done = program("--config", str(settings(folder, GOOD)), "config", "check")
    assert (done.returncode, done.stdout) == (0, "kiosk.ini: all right\n")


@pytest.mark.parametrize("text", [WRONG, GOOD], ids=["still wrong", "mended meanwhile"])
def test_devices_warn_of_a_terminal_that_runs_with_the_copy(folder: Path, text: str) -> None:
    file = settings(folder, text, copy=GOOD)
    with terminal(folder, copy_of(file)):
        done = program("--config", str(file), "devices", "--json")
    assert f"warning: the terminal runs with {copy_of(file)}" in done.stderr


def test_devices_do_not_warn_of_a_terminal_that_runs_with_the_file(folder: Path) -> None:
    file = settings(folder, GOOD)
    with terminal(folder, file):
        assert "warning" not in program("--config", str(file), "devices", "--json").stderr


def test_devices_can_be_asked_while_the_file_is_wrong(folder: Path) -> None:
    file = settings(folder, WRONG, copy=GOOD)
    done = program("--config", str(file), "devices", "--json")
    assert done.stdout.startswith("[{")
    assert f"warning: kiosk.ini is wrong; this is about {copy_of(file)}" in done.stderr


# --- the whole terminal -----------------------------------------------------------------------------------------------


def test_a_terminal_without_any_settings_that_work_ends_with_the_problems(folder: Path) -> None:
    done = program("--config", str(settings(folder, WRONG)), "run")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)


def answers(socket: Path) -> bool:
    with suppress(BusError):
        return isinstance(request(socket, Ping()), Ok)
    return False


@pytest.mark.processes
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("last_good")
def test_a_terminal_with_a_broken_file_runs_with_the_last_that_worked(folder: Path) -> None:
    """Without a display the window cannot come up; that the others run is what the settings decide."""
    file = settings(folder, WRONG, copy=GOOD)
    argv = [sys.executable, "-m", "kiosk", "--config", str(file), "run"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=ROOT, stderr=log, env={"PATH": "/usr/bin:/bin"})
    try:
        eventually(lambda: answers(folder / "run" / "sim.sock"), "the cabinet")
        told = request(folder / "run" / "supervisor.sock", ChildrenRequest())
        assert isinstance(told, Children)
        assert told.settings_file == str(copy_of(file))
        assert last_good.file_in_use(folder / "run") == told.settings_file
        request(folder / "run" / "supervisor.sock", Stop())
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()
    text = (folder / "log").read_text()
    assert "kiosk.ini:2: [terminal] id:" in text
    assert "kiosk.ini:3: [windw] there is no such section" in text
