"""``kiosk devices`` as an outsider uses it."""

import json
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from drivers.camera.simulated import SimulatedCamera
from drivers.id_card.simulated import SimulatedReader
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.registry import FAMILIES
from kiosk.bus.connection import Connection, Server
from kiosk.bus.device_messages import DeviceRow
from kiosk.bus.messages import AnyMessage, DeviceReport, DeviceStatuses, Failed, Message
from kiosk.settings import SECTIONS
from tests.commands import Verb, inside, place, program, read, settings_in, simulated, started
from tests.fake_card_reader import NAME, NUMBER, Style, behind_noise, byte_by_byte, fake_card_reader, whole
from tests.paths import PORTRAITS

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

OTHERS = sorted(SECTIONS.keys() & set(FAMILIES) - {"id_card", "receipt_printer", "document_printer", "camera"})
WITHOUT_OTHERS = [f"{kind}.driver=none" for kind in OTHERS]


def test_devices_are_opened_when_no_terminal_runs(tmp_path: Path) -> None:
    camera = SimulatedCamera({"holder": PORTRAITS / "holder.jpg"} if PORTRAITS.exists() else {})
    with ExitStack() as stack:
        line = stack.enter_context(started(SimulatedReader(paced=False)))
        settings = [
            "id_card.driver=sam",
            f"id_card.port={line}",
            "receipt_printer.driver=escpos",
            f"receipt_printer.port={stack.enter_context(started(SimulatedReceiptPrinter(None)))}",
            "document_printer.driver=folder",
            f"document_printer.port={tmp_path / 'papers'}",
            "camera.driver=opencv",
            f"camera.port={stack.enter_context(started(camera))}",
        ]
        done = program(*settings_in(tmp_path, *settings, *WITHOUT_OTHERS), "devices", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    there = {name: row for name, row in rows.items() if name not in OTHERS}
    assert {name: row["state"] for name, row in there.items()} == dict.fromkeys(there, "online")
    assert {(row["state"], row["fault"]) for name, row in rows.items() if name in OTHERS} == {("no_device", "")}
    assert (done.returncode, rows["id_card"]["port"]) == (0, line)


def test_devices_that_are_missing_are_told_whole(tmp_path: Path) -> None:
    settings = ["id_card.driver=sam", f"id_card.port={tmp_path / 'reader'}"]
    done = program(*settings_in(tmp_path, *settings), "devices")
    assert done.returncode == 1
    for name in FAMILIES:
        (row,) = [line for line in done.stdout.splitlines() if line.startswith(f"│ {name} ")]
        assert f" {name}.not_connected " in row
        assert " technician " in row


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
    shown = {each["name"]: each for each in json.loads(done.stdout)}
    assert shown["id_card"] == row.model_dump(exclude={"type"})
    assert shown["camera"]["fault"] == "camera.not_connected", "nobody owns it, and its simulated one is not there"


def test_a_running_terminal_reads_the_card(short: Path) -> None:
    with terminal(short, DeviceReport(fields={"number": "110*2X", "name": "a\x1b[2J\nb"})):
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
