"""The command line as somebody sees it who has only the manual: other processes, exit status, what is printed."""

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from drivers.camera.simulated import SimulatedCamera
from drivers.id_card.simulated import SimulatedReader
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.simulation import SimulatedDevice
from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import AnyMessage, CardReport, DeviceRow, DeviceStatuses, Failed, Message
from kiosk.cli import main
from tests.fake_card_reader import NAME, NUMBER, Style, behind_noise, byte_by_byte, fake_card_reader, whole
from tests.paths import KIOSK_INI, PORTRAITS, ROOT

DEADLINE = 60
Verb = Callable[[SimulatedReader], None]
Start = Callable[..., subprocess.CompletedProcess[str]]


def program(*arguments: str, module: str = "kiosk") -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", module, *arguments]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False)


def settings_in(folder: Path, *overrides: str) -> list[str]:
    """As delivered, but for a folder where no terminal runs."""
    folders = (f"terminal.{name}={folder / name}" for name in ("run_dir", "state_dir"))
    return ["--config", str(KIOSK_INI), *(part for each in (*folders, *overrides) for part in ("--set", each))]


def kiosk(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return program(*settings_in(folder), *arguments)


def inside(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, which takes half a second."""
    result = CliRunner().invoke(main, [*settings_in(folder), *arguments])
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def read(folder: Path, port: str, *options: str, start: Start = kiosk) -> subprocess.CompletedProcess[str]:
    return start(folder, "devices", "read", "id_card", "--port", port, *options)


@contextmanager
def started(device: SimulatedDevice) -> Generator[str]:
    device.start()
    try:
        yield device.endpoint
    finally:
        device.close()


@contextmanager
def simulated(*verbs: Verb) -> Generator[str]:
    """The port of a reader after ``verbs``."""
    reader = SimulatedReader(paced=False)
    with started(reader) as port:
        for verb in verbs:
            verb(reader)
        yield port


def place(card: str) -> Verb:
    return lambda reader: reader.simulate_place(card)


# --- devices read: good cards -----------------------------------------------------------------------------------------


def test_a_card_is_read_and_masked(tmp_path: Path) -> None:
    with simulated(place("resident")) as port:
        done = read(tmp_path, port)
    assert (done.returncode, done.stderr) == (0, "")
    shown = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert shown["type"] == "resident"
    assert shown["number"] == "110*************2X"
    for personal in (NAME, NUMBER, "1949", "测试路"):
        assert personal not in done.stdout


def test_everything_is_shown_to_who_asks_for_it(tmp_path: Path) -> None:
    with simulated(place("resident")) as port:
        done = read(tmp_path, port, "--show-personal", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["error"] == ""
    assert (report["fields"]["name"], report["fields"]["number"]) == (NAME, NUMBER)
    assert (report["fields"]["birth"], report["fields"]["photo_bytes"]) == ("1949-12-31", "1024")


@pytest.mark.parametrize("style", [whole, byte_by_byte, behind_noise])
def test_a_reader_by_other_hands_is_read(tmp_path: Path, style: Style) -> None:
    with fake_card_reader(style) as reader:
        done = read(tmp_path, reader.port, "--json", "--show-personal")
    assert done.returncode == 0, done.stderr
    fields = json.loads(done.stdout)["fields"]
    assert (fields["name"], fields["number"], fields["problem"]) == (NAME, NUMBER, "")


# --- devices read: everything else ------------------------------------------------------------------------------------

BAD: dict[str, tuple[tuple[Verb, ...], str, str]] = {
    "expired": ((place("expired"),), "expired", "citizen"),
    "check digit": ((place("bad_check_digit"),), "number_wrong", "staff"),
    "garbage": ((place("resident"), lambda reader: reader.simulate_garbage("99")), "protocol_error", "technician"),
    "mute": ((place("resident"), SimulatedReader.simulate_mute), "deadline_exceeded", "technician"),
    "lifted": ((place("resident"), SimulatedReader.simulate_lift_during_read), "card_unreadable", "citizen"),
    "broken off": (
        (place("resident"), lambda reader: reader.simulate_lift_during_read("stop")),
        "card_unreadable",
        "citizen",
    ),
    "SAM": ((place("resident"), SimulatedReader.simulate_sam_fault), "security_module_fault", "technician"),
}


def assert_one_line(done: subprocess.CompletedProcess[str], code: str, who: str) -> None:
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{code}: ")
    assert line.endswith(f" [who must act: {who}]")


@pytest.mark.parametrize("case", BAD)
def test_a_read_that_fails_says_in_one_line_why_and_who_must_act(tmp_path: Path, case: str) -> None:
    verbs, code, who = BAD[case]
    with simulated(*verbs) as port:
        done = read(tmp_path, port, "--timeout", "0.3", start=inside)
    assert_one_line(done, code, who)
    assert NUMBER[:-1] not in done.stdout + done.stderr


def test_a_reader_unplugged_in_the_middle(tmp_path: Path) -> None:
    with fake_card_reader(unplug_at=700) as reader:
        done = read(tmp_path, reader.port)
    assert_one_line(done, "connection_lost", "technician")


@pytest.mark.parametrize("port", ["missing", "file", ""])
def test_ports_that_are_no_reader(tmp_path: Path, port: str) -> None:
    (tmp_path / "file").write_bytes(b"no line")
    done = read(tmp_path, str(tmp_path / port), start=inside)
    assert_one_line(done, "not_connected", "technician")


def test_no_card_at_all(tmp_path: Path) -> None:
    with simulated() as port:
        done = read(tmp_path, port, "--timeout", "0.3")
    assert_one_line(done, "no_card", "citizen")


def test_a_bad_card_as_json(tmp_path: Path) -> None:
    with simulated(place("expired")) as port:
        done = read(tmp_path, port, "--json", start=inside)
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert (report["error"], report["who"], report["fields"]["problem"]) == ("expired", "citizen", "expired")
    assert report["sentence"]
    assert report["fields"]["number"].endswith("*2X")


def test_no_card_as_json(tmp_path: Path) -> None:
    with simulated() as port:
        done = read(tmp_path, port, "--json", "--timeout", "0.3", start=inside)
    report = json.loads(done.stdout)
    assert (done.returncode, report["fields"], report["error"], report["who"]) == (1, {}, "no_card", "citizen")


# --- devices ----------------------------------------------------------------------------------------------------------


def test_devices_are_opened_when_no_terminal_runs(tmp_path: Path) -> None:
    camera = SimulatedCamera({"holder": PORTRAITS / "holder.jpg"} if PORTRAITS.exists() else {})
    with ExitStack() as stack:
        line = stack.enter_context(started(SimulatedReader(paced=False)))
        printer = stack.enter_context(started(SimulatedReceiptPrinter(None)))
        source = stack.enter_context(started(camera))
        settings = [
            "id_card.driver=serial",
            f"id_card.port={line}",
            "receipt_printer.driver=tcp",
            "receipt_printer.host=127.0.0.1",
            f"receipt_printer.port={printer.rsplit(':', 1)[1]}",
            "document_printer.driver=folder",
            f"document_printer.folder={tmp_path / 'papers'}",
            "camera.driver=opencv",
            f"camera.source={source}",
        ]
        done = program(*settings_in(tmp_path, *settings), "devices", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert {name: row["state"] for name, row in rows.items()} == dict.fromkeys(rows, "online")
    assert set(rows) == {"id_card", "receipt_printer", "document_printer", "camera"}
    assert (done.returncode, rows["id_card"]["port"]) == (0, line)


def test_devices_that_are_missing_are_told_whole(tmp_path: Path) -> None:
    settings = ["id_card.driver=serial", f"id_card.port={tmp_path / 'reader'}"]
    done = program(*settings_in(tmp_path, *settings), "devices")
    assert done.returncode == 1
    for name in ("id_card", "receipt_printer", "document_printer", "camera"):
        (row,) = [line for line in done.stdout.splitlines() if f"{name}.not_connected" in line]
        assert "technician" in row


@contextmanager
def terminal(folder: Path, answer: Message) -> Generator[None]:
    """The window's process, as far as the command line sees it."""

    def handle(_message: AnyMessage, connection: Connection) -> None:
        connection.send(answer)

    server = Server(folder / "run_dir" / "ui.sock", handle)
    server.start()
    try:
        yield
    finally:
        server.close()


def test_a_running_terminal_is_asked(short: Path) -> None:
    row = DeviceRow(name="id_card", port="simulated", state="busy")
    with terminal(short, DeviceStatuses(rows=[row])):
        done = inside(short, "devices", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (0, [row.model_dump(exclude={"type"})])


def test_a_running_terminal_reads_the_card(short: Path) -> None:
    with terminal(short, CardReport(fields={"number": "110*2X", "name": "a\x1b[2J\nb"})):
        done = inside(short, "devices", "read", "id_card")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "\x1b" not in done.stdout


def test_a_terminal_with_a_citizen_refuses(short: Path) -> None:
    with terminal(short, Failed(reason="a citizen is at the terminal")):
        done = inside(short, "devices", "read", "id_card")
    assert_one_line(done, "busy", "staff")


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A socket's path has at most 107 bytes."""
    return tmp_path_factory.mktemp("s")


# --- settings and staff -----------------------------------------------------------------------------------------------

WRONG = """\
[terminal]
id = lower case
[windw]
width = 1080
[id_card]
drver = serial
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
    status, output = invoke("--config", str(KIOSK_INI), "--set", "id_card.drver=serial", "config", "check")
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
