"""Every fault a driver can report is a row, every row is whole, and the simulated cabinet can produce it."""

import re
from collections.abc import Collection
from pathlib import Path

import pytest

from drivers import errors
from drivers.chapters import common
from drivers.document_printer.reasons import REASONS, Meaning
from drivers.errors import Who
from drivers.id_card.contract import SecurityModuleFault
from drivers.receipt_printer import protocol as receipt_printer
from drivers.registry import FAMILIES, simulated_driver
from drivers.simulation.contract import Place
from kiosk.catalogue.items import LANGUAGES, Language
from kiosk.diagnostics.faults import Advice, Fault, Scenario, advice, faults, find
from kiosk.simulation.disk import SimulatedDisk
from kiosk.simulation.network import SimulatedNetwork
from kiosk.text.catalogue import texts

ROOT = Path(__file__).parents[2]
DEVICES = (*FAMILIES, "vision", "network", "queue", "central")
SOURCES = [path for part in ("drivers", "kiosk/vision", "kiosk/world") for path in sorted((ROOT / part).rglob("*.py"))]
FAULT_ID = re.compile(rf'"((?:{"|".join(DEVICES)})\.([a-z][a-z_-]*))"')
NO_FAULTS = {"sock", "tty", "key"}
"""Endings by which a string is a file's name."""

NOT_SIMULATED = {
    "vision.restarting",
    *(f"queue.{cause}" for cause in ("full", "parked")),
    *(f"central.{cause}" for cause in ("certificate", "tls", "lost")),
    "camera.no_engine",  # the vision process reports it, no camera
    "document_printer.tray",  # a folder that cannot be written
    "document_printer.no_content",
    "code_scanner.refused",  # a network camera that wants a password
    "audio.device_fault",
    "audio.no_voice",  # the speech engine is not installed
    "audio.unspeakable",
}
"""Rows that no simulated device produces; the list may only get shorter."""


def literals() -> dict[str, str]:
    """Fault id -> a file that names it."""
    hits = ((path, match) for path in SOURCES for match in FAULT_ID.finditer(path.read_text(encoding="utf-8")))
    return {match[1]: str(path.relative_to(ROOT)) for path, match in hits if match[2] not in NO_FAULTS}


def simulated_verbs(device: str) -> Collection[str]:
    if device == "network":
        return SimulatedNetwork(lambda: None).verbs()
    if device == "queue":
        return SimulatedDisk(ROOT, ROOT).verbs()
    driver = simulated_driver(device)
    assert driver
    assert driver.simulated
    return driver.simulated(Place(ROOT, ROOT)).verbs()


# --- rows and texts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fault", faults().values(), ids=faults())
def test_row_has_its_texts_in_every_language(fault: Fault, language: Language) -> None:
    found = advice(fault, language)
    end = "." if language == "en" else "。"
    for text in (found.citizen, found.staff, found.technician):
        assert text.endswith(end)
        assert text == text.strip()


def test_texts_are_of_no_other_rows() -> None:
    expected = {f"faults.{fault}.{reader}" for fault in faults() for reader in ("citizen", "staff", "technician")}
    for language in LANGUAGES:
        assert {key for key in texts(language).keys() if key.startswith("faults.")} == expected  # noqa: SIM118


@pytest.mark.parametrize("fault", faults().values(), ids=faults())
def test_citizen_is_told_no_jargon_and_who_comes(fault: Fault) -> None:
    comes = {Who.STAFF: "工作人员", Who.TECHNICIAN: "人员|自动|窗口", Who.NOBODY: "", Who.CITIZEN: "请"}
    sentence = advice(fault, "zh-Hans").citizen
    assert not re.search("系统异常|未知错误|USB|IPP|CUPS|vision|[0-9]{2}", sentence)
    assert re.search(comes[fault.who], sentence)


def test_languages_do_not_share_their_words() -> None:
    """A text copied and not translated would show here."""
    for fault in faults().values():
        english, simplified, traditional = (advice(fault, name) for name in ("en", "zh-Hans", "zh-Hant"))
        assert english.citizen.isascii()
        assert not simplified.citizen.isascii()
        assert simplified.staff != traditional.staff


def test_find() -> None:
    fault = find("receipt_printer.jammed")
    assert fault
    assert fault == Fault("receipt_printer.jammed", Who.STAFF, Scenario("receipt_printer", "jam"))
    assert fault.device == "receipt_printer"
    assert advice(fault, "en").citizen == "The receipt printer is jammed. Please tell the staff."
    assert isinstance(advice(fault, "zh-Hant"), Advice)
    assert find("receipt_printer.no_such_thing") is None
    assert find("") is None


# --- drivers and catalogue do not drift apart -----------------------------------------------------------------------


def test_every_fault_named_in_the_source_is_a_row() -> None:
    assert {fault: file for fault, file in literals().items() if not find(fault)} == {}


def test_the_source_names_faults_at_all() -> None:
    assert literals()


@pytest.mark.parametrize("bit", receipt_printer.Bit)
def test_receipt_printer_agrees_on_who_must_act(bit: receipt_printer.Bit) -> None:
    status = receipt_printer.status(frozenset({bit}))
    if status.fault:
        found = find(status.fault)
        assert found
        assert found.who is status.who


@pytest.mark.parametrize("meaning", REASONS.values(), ids=list(REASONS))
def test_document_printer_agrees_on_who_must_act(meaning: Meaning) -> None:
    found = find(f"document_printer.{meaning.cause}")
    assert found
    assert found.who is meaning.who


@pytest.mark.parametrize(
    "error",
    [
        errors.NotConnected,
        errors.ConnectionLost,
        errors.DeadlineExceeded,
        errors.ProtocolError,
        errors.DeviceFault,
        errors.Refused,
        SecurityModuleFault,
    ],
)
def test_card_reader_errors_are_rows(error: type[errors.DriverError]) -> None:
    found = find(f"id_card.{error.code}")
    assert found
    assert found.who is error.who


# --- scenarios ------------------------------------------------------------------------------------------------------


def test_rows_without_a_scenario_are_known() -> None:
    crashes = {f"{kind}.{cause}" for kind in FAMILIES for cause in common()}
    assert {fault.id for fault in faults().values() if not fault.scenario} - crashes == NOT_SIMULATED - crashes


def test_every_class_has_words_for_a_driver_that_fails() -> None:
    assert all(find(f"{kind}.driver_failed") for kind in FAMILIES)


@pytest.mark.parametrize("fault", [each for each in faults().values() if each.scenario], ids=lambda each: each.id)
def test_scenario_is_a_verb_of_the_simulated_device(fault: Fault) -> None:
    assert fault.scenario
    assert fault.scenario.device == fault.device
    assert fault.scenario.verb in simulated_verbs(fault.device)
