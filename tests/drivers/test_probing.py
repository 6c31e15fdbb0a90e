import configparser
import threading
import time
from collections.abc import Callable
from typing import Any

from drivers.discovery import Attachment, Finding, Probe, Transport
from drivers.errors import NotConnected
from drivers.options import Options
from drivers.probing import Probed, probe, propose
from drivers.registry import Driver

SERIAL = Attachment("/dev/ttyUSB0", "serial", (0x1A86, 0x7523), "", "USB Serial", "1-1.2")
OTHER = Attachment("/dev/ttyUSB1", "serial")
PRINTER_PORT = Attachment("tcp://10.0.0.9:9100", "tcp")
PATIENCE = 20.0

Ask = Callable[[Attachment, float], Finding | None]


def no_device(_options: Any, _watch: Any) -> Any:
    raise AssertionError("a search opens no device")


def driver(kind: str, ask: Ask | None, *, name: str = "x", rank: int = 5, transport: Transport = "serial") -> Driver:
    wanted = Probe(frozenset({transport}), ask, rank) if ask else None
    return Driver(kind=kind, name=name, options=Options, open=no_device, probe=wanted)


def found(attachment: Attachment, _timeout: float) -> Finding:
    return Finding(attachment.port, "said hello", {"baud": "9600"}, "Model 7")


def guessed(attachment: Attachment, _timeout: float) -> Finding:
    return Finding(attachment.port, "looks like it", sure=False)


def nothing(_attachment: Attachment, _timeout: float) -> None:
    return None


def busy(attachment: Attachment, _timeout: float) -> None:
    raise NotConnected(f"{attachment.port}: another program has it open")


class Asked:
    def __init__(self, answer: Ask = nothing) -> None:
        self.ports: list[str] = []
        self._answer = answer

    def __call__(self, attachment: Attachment, timeout: float) -> Finding | None:
        self.ports.append(attachment.port)
        return self._answer(attachment, timeout)


def search(attachments: list[Attachment], *drivers: Driver, timeout: float = PATIENCE) -> tuple[Probed, ...]:
    return probe(attachments, drivers, timeout)


def kinds(probed: Probed) -> list[str]:
    return [candidate.driver.kind for candidate in probed.candidates]


def test_the_first_sure_finding_ends_it_and_harmless_questions_come_first() -> None:
    late = Asked(found)
    (result,) = search([SERIAL], driver("text", late, rank=9), driver("lamp", found, rank=0), driver("guess", guessed))
    assert kinds(result) == ["lamp"]
    assert result.sure
    assert late.ports == []


def test_only_drivers_for_the_transport_are_asked() -> None:
    asked = Asked()
    search([SERIAL], driver("camera", asked, transport="video"), driver("none", None))
    assert asked.ports == []


def test_guesses_are_kept_where_nothing_is_sure() -> None:
    (result,) = search([SERIAL], driver("b", guessed, rank=2), driver("a", guessed, rank=1))
    assert kinds(result) == ["a", "b"]
    assert not result.sure


def test_a_port_that_is_in_use_is_told() -> None:
    later = Asked()
    (result,) = search([SERIAL], driver("lamp", busy, rank=0), driver("other", later))
    assert result.trouble == "/dev/ttyUSB0: another program has it open"
    assert later.ports == []


def test_no_text_goes_to_a_raw_printing_port() -> None:
    text, status = Asked(), Asked()
    drivers = (driver("text", text, rank=5, transport="tcp"), driver("status", status, rank=0, transport="tcp"))
    elsewhere = Attachment("tcp://10.0.0.9:8000", "tcp")
    search([PRINTER_PORT, elsewhere], *drivers)
    assert text.ports == [elsewhere.port]
    assert sorted(status.ports) == sorted([PRINTER_PORT.port, elsewhere.port])


def test_a_driver_that_fails_takes_no_other_with_it() -> None:
    def fails(_attachment: Attachment, _timeout: float) -> None:
        raise ZeroDivisionError

    (result,) = search([SERIAL], driver("broken", fails, rank=0), driver("lamp", found))
    assert kinds(result) == ["lamp"]


def test_a_driver_that_hangs_does_not_hang_the_search() -> None:
    release = threading.Event()

    def hangs(attachment: Attachment, _timeout: float) -> Finding | None:
        return None if attachment is SERIAL and release.wait(PATIENCE) else found(attachment, 0)

    hung, fine = search([SERIAL, OTHER], driver("lamp", hangs), timeout=0.5)
    release.set()
    assert (hung.trouble, kinds(fine)) == ("no answer in time", ["lamp"])


def test_ports_are_asked_in_parallel_but_one_device_never_twice_at_once() -> None:
    together = threading.Barrier(2)

    def meets(attachment: Attachment, _timeout: float) -> Finding:
        together.wait(PATIENCE)
        return found(attachment, 0)

    assert all(each.sure for each in search([SERIAL, OTHER], driver("lamp", meets)))

    running = threading.Lock()

    def alone(_attachment: Attachment, _timeout: float) -> None:
        assert running.acquire(blocking=False)
        time.sleep(0.01)
        running.release()

    same = Attachment("usb:1a86:7523", "usb", (0x1A86, 0x7523), location=SERIAL.location)
    results = search([same, SERIAL], driver("lamp", alone), driver("lamp", alone, transport="usb"))
    assert [each.trouble for each in results] == ["", ""]


def test_a_serial_line_that_was_recognised_is_not_asked_as_a_usb_device() -> None:
    bare = Asked()
    usb = Attachment("usb:1a86:7523", "usb", (0x1A86, 0x7523), location=SERIAL.location)
    results = search([usb, SERIAL], driver("lamp", found), driver("reader", bare, transport="usb"))
    assert bare.ports == []
    assert results[0].trouble == "the same device as /dev/ttyUSB0"


def test_progress_is_told_and_the_order_is_that_of_the_attachments() -> None:
    seen: list[Probed] = []
    attachments = [Attachment(f"/dev/tty{number}", "serial") for number in range(30)]
    results = probe([*attachments, attachments[0]], [driver("lamp", found)], PATIENCE, seen.append)
    assert [each.attachment for each in results] == attachments
    assert sorted(seen, key=lambda each: attachments.index(each.attachment)) == list(results)


def test_no_time() -> None:
    (result,) = search([SERIAL], driver("lamp", found), timeout=0)
    assert not result.sure
    assert result.trouble


# --- the settings ----------------------------------------------------------------------------------------------------


def test_the_lines_of_the_settings() -> None:
    found_two = search([OTHER, SERIAL], driver("power", found), driver("id_card", guessed, rank=9))
    guesses = search([Attachment("/dev/video0", "video")], driver("id_card", guessed, transport="video"))
    unknown = search([PRINTER_PORT])
    lines = propose([*unknown, *guesses, *found_two])
    assert lines == [
        "# looks like it (a guess)",
        "# [id_card]",
        "# driver = x",
        "# port = /dev/video0",
        "",
        "# Model 7, USB Serial, said hello",
        "[power]",
        "driver = x",
        "port = /dev/ttyUSB0",
        "baud = 9600",
        "",
        "# Model 7, said hello (a second power)",
        "# [power]",
        "# driver = x",
        "# port = /dev/ttyUSB1",
        "# baud = 9600",
        "",
        "# tcp://10.0.0.9:9100: no driver knows it",
    ]
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string("\n".join(lines))
    assert settings.sections() == ["power"]


def test_a_device_cannot_write_settings() -> None:
    def evil(attachment: Attachment, _timeout: float) -> Finding:
        return Finding(attachment.port, "hello\n[staff]\npin = 0", model="x\r[terminal]")

    lines = propose(search([SERIAL], driver("lamp", evil)))
    assert [line for line in lines if line.startswith("[")] == ["[lamp]"]
    assert all(line.isprintable() for line in lines)
