"""What a technician does with the devices from the command line, over the whole simulated cabinet."""

import json
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from drivers.contract import Cancel
from drivers.id_card.contract import IdCardReader
from drivers.monitor import Monitor
from drivers.registry import FAMILIES, table
from kiosk.bus.connection import request
from kiosk.bus.messages import Simulate
from tests.commands import cabinet as running
from tests.commands import inside, settings_in
from tests.paths import ROOT

PLUGGED = set(FAMILIES) - {"signature"}
"""The signature pad is the terminal's own screen: there is no cable at which it could be found."""
SLIP = "# 测试 Test\n---\nLine of a test slip\n[qr] 0001\n"


@dataclass
class Cabinet:
    folder: Path

    def kiosk(self, *words: str) -> subprocess.CompletedProcess[str]:
        return inside(self.folder, "--set", f"simulation.tray={self.tray}", "devices", *words)

    def simulate(self, device: str, verb: str, argument: str = "") -> None:
        answer = request(self.folder / "run_dir" / "sim.sock", Simulate(kind=device, verb=verb, argument=argument))
        assert answer.type == "ok", answer

    @property
    def tray(self) -> Path:
        return self.folder / "tray"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cabinet]:
    cabinet = Cabinet(tmp_path_factory.mktemp("c"))
    argv = [sys.executable, "-m", "kiosk", *settings_in(cabinet.folder, f"simulation.tray={cabinet.tray}"), "sim"]
    with running(argv, cabinet.folder / "run_dir"):
        yield cabinet


@pytest.fixture
def cabinet(whole: Cabinet) -> Generator[Cabinet]:
    yield whole
    for kind in FAMILIES:
        whole.simulate(kind, "heal")
    for kind in ("id_card", "smart_card", "code_scanner", "document_camera"):
        whole.simulate(kind, "take")


def fields(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout)["fields"]


# --- all of them ----------------------------------------------------------------------------------------------------


def test_all_classes_are_shown_and_work(cabinet: Cabinet) -> None:
    done = cabinet.kiosk("--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    assert tuple(rows) == FAMILIES
    assert {row["state"] for row in rows.values()} == {"online"}
    assert done.returncode == 0


def test_probing_finds_every_one_from_nothing(cabinet: Cabinet) -> None:
    done = cabinet.kiosk("probe", "--json", "--timeout", "60")
    found = {each["driver"]: each["settings"] for each in json.loads(done.stdout) if each.get("sure")}
    assert {name.partition(".")[0] for name in found} == PLUGGED
    assert found["receipt_printer.escpos"]["port"].startswith("tcp://127.0.0.1:")
    assert found["id_card.sam"]["baud"] == "115200"


def test_what_probing_proposes_is_a_settings_file_that_works(cabinet: Cabinet, tmp_path: Path) -> None:
    file = tmp_path / "kiosk.ini"
    file.write_text(cabinet.kiosk("probe", "--timeout", "60").stdout, encoding="utf-8")
    argv = [sys.executable, "-m", "kiosk", "--config", str(file), "--set", f"terminal.run_dir={tmp_path}"]
    done = subprocess.run(
        [*argv, "devices", "--json"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    rows = {row["name"]: row for row in json.loads(done.stdout)}
    plugged = {name: row for name, row in rows.items() if name in PLUGGED}
    assert {name: row["state"] for name, row in plugged.items()} == dict.fromkeys(plugged, "online")
    assert {row["port"] for row in plugged.values()}.isdisjoint({"simulated"})


@pytest.mark.parametrize("kind", FAMILIES)
def test_every_class_can_be_tested(cabinet: Cabinet, kind: str) -> None:
    """With a code held before the scanner and somebody who signs, as a technician would."""
    cabinet.simulate("code_scanner", "show", "0001")
    cabinet.simulate("signature", "sign")
    done = cabinet.kiosk("selftest", kind, "--json", "--timeout", "30")
    report = json.loads(done.stdout)
    assert (done.returncode, report["error"]) == (0, ""), report
    assert report["fields"]


def test_a_device_that_is_gone_fails_its_test(cabinet: Cabinet) -> None:
    cabinet.simulate("power", "unplug")
    done = cabinet.kiosk("selftest", "power", "--json")
    assert (done.returncode, json.loads(done.stdout)["who"]) == (1, "technician")


def test_what_happens_is_told_as_it_happens(cabinet: Cabinet) -> None:
    argv = [
        sys.executable,
        "-m",
        "kiosk",
        *settings_in(cabinet.folder),
        "devices",
        "watch",
        "--json",
        "--timeout",
        "20",
    ]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        lines = (json.loads(line) for line in watching.stdout)
        first = [next(lines) for _ in FAMILIES]
        assert {row["name"] for row in first} == set(FAMILIES)
        seen = (event for event in lines if event.get("device") == "signals")
        assert "online" in next(seen)["text"]
        cabinet.simulate("signals", "open_door")
        event = next(seen)
        watching.terminate()
    assert event["what"] == "state"
    assert "signals." in event["text"]


def papers(cabinet: Cabinet) -> dict[str, int]:
    return {kind: len(list(cabinet.tray.glob(f"{kind}-*"))) for kind in ("receipt", "document")}


def test_all_are_at_work_for_a_while_and_no_paper_is_used(cabinet: Cabinet) -> None:
    before = papers(cabinet)
    done = cabinet.kiosk("burn-in", "--minutes", "0.1", "--json")
    report = json.loads(done.stdout)
    failed = {each["device"]: each for each in report["devices"] if each["failures"] or not each["runs"]}
    assert (done.returncode, failed) == (0, {})
    assert {each["device"] for each in report["devices"] if each["runs"]} == set(FAMILIES)
    assert papers(cabinet) == before


def test_what_fails_in_a_long_run_is_told(cabinet: Cabinet) -> None:
    cabinet.simulate("signals", "unplug")
    done = cabinet.kiosk("burn-in", "signals", "power", "--minutes", "0.05")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "failed: signals"


def test_with_paper_both_printers_print(cabinet: Cabinet) -> None:
    before = papers(cabinet)
    done = cabinet.kiosk("burn-in", "receipt_printer", "document_printer", "--paper", "--minutes", "0.1", "--json")
    assert done.returncode == 0, done.stdout
    after = papers(cabinet)
    assert all(after[kind] > before[kind] for kind in before)


def test_one_device_is_watched_at_a_port(cabinet: Cabinet) -> None:
    port = cabinet.folder / "run_dir" / "id_card.tty"
    done = cabinet.kiosk("watch", "id_card", "--port", str(port), "--json", "--timeout", "3")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each.get("name") or each["device"] for each in told} == {"id_card"}
    assert "starting -> online" in done.stdout
    assert cabinet.kiosk("watch", "id_card").returncode == 2


# --- one of them ----------------------------------------------------------------------------------------------------


def test_a_chip_card_is_read_and_masked(cabinet: Cabinet) -> None:
    cabinet.simulate("smart_card", "put", "person")
    masked = cabinet.kiosk("read", "smart_card", "--json")
    cabinet.simulate("smart_card", "put", "person")
    shown = cabinet.kiosk("read", "smart_card", "--json", "--show-personal")
    assert (masked.returncode, shown.returncode) == (0, 0)
    assert fields(masked)["name"] != fields(shown)["name"]
    assert fields(shown)["name"] not in masked.stdout
    assert fields(shown)["social_security_number"] not in masked.stdout


def test_a_code_is_read(cabinet: Cabinet) -> None:
    cabinet.simulate("code_scanner", "show", "0001-TEST")
    hidden = cabinet.kiosk("read", "code")
    assert hidden.returncode == 0
    assert "0001-TEST" not in hidden.stdout


def test_no_code_is_the_citizens_matter(cabinet: Cabinet) -> None:
    done = cabinet.kiosk("read", "code", "--timeout", "0.5", "--json")
    report = json.loads(done.stdout)
    assert (done.returncode, report["error"], report["who"]) == (1, "no_code", "citizen")


def test_a_text_is_printed_as_a_receipt(cabinet: Cabinet, tmp_path: Path) -> None:
    before = set(cabinet.tray.glob("receipt-*.png"))
    slip = tmp_path / "slip.txt"
    slip.write_text(SLIP, encoding="utf-8")
    done = cabinet.kiosk("print", "receipt", str(slip), "--json")
    assert (done.returncode, fields(done)["outcome"]) == (0, "printed")
    assert len(set(cabinet.tray.glob("receipt-*.png")) - before) == 1


def test_a_printer_without_paper_says_so(cabinet: Cabinet, tmp_path: Path) -> None:
    slip = tmp_path / "slip.txt"
    slip.write_text(SLIP, encoding="utf-8")
    cabinet.simulate("receipt_printer", "paper_out")
    report = json.loads(cabinet.kiosk("print", "receipt", str(slip), "--json").stdout)
    assert (report["fields"]["outcome"], report["error"], report["who"]) == (
        "failed", "receipt_printer.paper_out", "staff",
    )  # fmt: skip
    cabinet.simulate("receipt_printer", "refill")


def test_a_pdf_is_printed_and_nothing_else(cabinet: Cabinet, tmp_path: Path) -> None:
    Image.new("1", (595, 842), 1).save(tmp_path / "page.pdf")
    done = cabinet.kiosk("print", "document", str(tmp_path / "page.pdf"), "--json", "--timeout", "30")
    assert (done.returncode, fields(done)["outcome"]) == (0, "printed")
    (tmp_path / "text.txt").write_text("no PDF")
    refused = cabinet.kiosk("print", "document", str(tmp_path / "text.txt"))
    assert refused.returncode == 2
    assert "this is no PDF file" in refused.stderr


@pytest.mark.parametrize("device", ["camera", "document"])
def test_a_picture_is_taken(cabinet: Cabinet, tmp_path: Path, device: str) -> None:
    cabinet.simulate("document_camera", "put", "text")
    done = cabinet.kiosk("capture", device, "--out", str(tmp_path / "out.png"), "--json", "--timeout", "20")
    assert done.returncode == 0, done.stdout
    with Image.open(tmp_path / "out.png") as picture:
        assert f"{picture.width} x {picture.height}" == fields(done)["size"]
        assert len(set(picture.convert("L").resize((16, 16)).tobytes())) > 10


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("burn-in", "toaster"), "'toaster' is none of id_card"),
        (("read", "camera"), "camera cannot read; code_scanner, id_card, smart_card can"),
        (("selftest", "toaster"), "'toaster' is none of id_card"),
        (("selftest", "power", "--port", "x", "--driver", "acme"), "power has no driver 'acme'; there are nut"),
    ],
)
def test_what_cannot_be_done_is_told(cabinet: Cabinet, words: tuple[str, ...], complaint: str) -> None:
    done = cabinet.kiosk(*words)
    assert done.returncode == 2
    assert complaint in done.stderr.replace("\n", " ")


# --- trace and replay -----------------------------------------------------------------------------------------------


def test_a_fault_in_the_field_becomes_a_test(cabinet: Cabinet, tmp_path: Path) -> None:
    """Traced where it happens, told again from the file alone, and nobody's data in it."""
    file = tmp_path / "field.jsonl"
    cabinet.simulate("id_card", "sam_fault")
    argv = [sys.executable, "-m", "kiosk", *settings_in(cabinet.folder), "devices", "trace", "id_card"]
    subprocess.run([*argv, "--out", str(file), "--timeout", "4"], cwd=ROOT, check=True, timeout=60)
    cabinet.simulate("id_card", "heal")
    assert file.stat().st_mode & 0o077 == 0
    done = cabinet.kiosk("selftest", "id_card", "--replay", str(file), "--json")
    assert done.returncode == 1
    assert "security_module_fault" in done.stdout


def test_a_read_is_traced_without_the_person(cabinet: Cabinet) -> None:
    driver = table()["id_card"]["sam"]
    monitor = Monitor(driver.redactor())
    reader = cast(
        "IdCardReader", driver.open(driver.options(port=str(cabinet.folder / "run_dir" / "id_card.tty")), monitor)
    )
    cabinet.simulate("id_card", "place", "resident2")
    card = reader.read(timeout=10, cancel=Cancel())
    reader.close()
    traced = b"".join(record.data for record in monitor.trace.records())
    assert len(traced) > len(card.photo)
    for word in (card.name, card.number, card.address):
        assert word.encode("utf-16-le") not in traced
