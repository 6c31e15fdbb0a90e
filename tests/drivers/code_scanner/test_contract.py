"""What every code scanner must do, over every line."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.code_scanner.contract import CodeUnreadable, NoCode, NoEnding
from drivers.code_scanner.device import Ending, LineCodeScanner
from drivers.code_scanner.simulated import VOICES
from drivers.contract import State
from drivers.errors import Cancelled, DeadlineExceeded, NotConnected, ProtocolError, Who
from drivers.monitor import Incident
from tests.drivers.code_scanner.helpers import PATIENCE, QUICK, Bench, bench, scan
from tests.waiting import eventually

MOMENT = 0.2
TRIGGERED = ["gm65", "honeywell", "newland"]


@pytest.fixture(params=VOICES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Bench]:
    with bench(tmp_path, request.param) as each:
        yield each


@pytest.fixture
def gm65(tmp_path: Path) -> Generator[Bench]:
    with bench(tmp_path, "gm65") as each:
        yield each


@pytest.fixture
def scanner(made: Bench) -> Generator[LineCodeScanner]:
    each = made.scanner()
    yield each
    each.close()


# --- scanning ---------------------------------------------------------------------------------------------------------


def test_a_code_that_is_there(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_show("A-1 b_2")
    assert scan(scanner).text == "A-1 b_2"


def test_a_code_that_comes_later(made: Bench, scanner: LineCodeScanner) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(scan, scanner)
        made.simulated.simulate_show("later")
        assert result.result(PATIENCE).text == "later"


def test_no_code(made: Bench, scanner: LineCodeScanner) -> None:
    with pytest.raises(NoCode) as caught:
        scan(scanner, MOMENT)
    assert caught.value.who is Who.CITIZEN
    assert scanner.status().works


@pytest.mark.parametrize("ending", ["cr", "lf", "crlf"])
def test_line_ends(made: Bench, scanner: LineCodeScanner, ending: str) -> None:
    made.simulated.simulate_no_ending(ending)
    made.simulated.simulate_show("end")
    assert scan(scanner).text == "end"


def test_a_code_that_says_itself_again_is_one(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_chatter()
    made.simulated.simulate_show("once")
    assert scan(scanner).text == "once"


def test_a_code_that_lags_behind_the_acknowledgement(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_lag("0.2")
    made.simulated.simulate_show("late")
    assert scan(scanner).text == "late"


def test_a_code_of_several_lines(gm65: Bench) -> None:
    gm65.simulated.simulate_show("BEGIN:VCARD\r\nN:样本\r\nEND:VCARD")
    assert scan(gm65.scanner()).text == "BEGIN:VCARD\nN:样本\nEND:VCARD"


def test_a_long_code_in_chinese(gm65: Bench) -> None:
    gm65.simulated.simulate_show("样本" * 900)
    assert scan(gm65.scanner()).text == "样本" * 900


def test_the_same_code_within_the_hold_off_is_not_a_second_one(made: Bench) -> None:
    patient = made.scanner(replace(QUICK, hold_off=PATIENCE))
    made.simulated.simulate_show("held")
    assert scan(patient).text == "held"
    with pytest.raises(NoCode):
        scan(patient, MOMENT)
    made.simulated.simulate_show("other")
    assert scan(patient).text == "other"
    patient.close()


def test_the_trigger_is_pulled_again_when_the_module_went_dark(gm65: Bench) -> None:
    impatient = gm65.scanner(replace(QUICK, window=0.02))
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(scan, impatient)
        eventually(lambda: gm65.simulated.state()["light"] == "on")
        gm65.simulated.connected()  # as after a moment without power: the light is off, nothing is said
        gm65.simulated.simulate_show("again")
        assert result.result(PATIENCE).text == "again"
    impatient.close()


# --- the light --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("voice", TRIGGERED)
def test_the_light_goes_off_however_a_scan_ends(voice: str, tmp_path: Path) -> None:
    with bench(tmp_path, voice) as made:
        scanner, cancel = made.scanner(), threading.Event()

        def dark() -> bool:
            return made.simulated.state()["light"] == "off"

        with pytest.raises(NoCode):
            scan(scanner, MOMENT)
        eventually(dark, "dark after a time-out")
        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(scanner.scan, timeout=PATIENCE, cancel=cancel)
            eventually(lambda: not dark(), "the light")
            cancel.set()
            with pytest.raises(Cancelled):
                result.result(PATIENCE)
        eventually(dark, "dark after a cancel")
        made.simulated.simulate_show()
        scan(scanner)
        eventually(dark, "dark after a code")


def test_a_light_that_burns_since_another_program_ended_is_switched_off(gm65: Bench) -> None:
    gm65.simulated.answer(VOICES["gm65"].dialect.start)
    assert gm65.simulated.state()["light"] == "on"
    assert gm65.scanner().status().state is State.ONLINE
    eventually(lambda: gm65.simulated.state()["light"] == "off")


# --- what is not understood -------------------------------------------------------------------------------------------


def test_a_code_without_an_end_is_not_taken_for_whole(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_no_ending()
    made.simulated.simulate_show("4401")
    with pytest.raises(NoEnding) as caught:
        scan(scanner)
    assert caught.value.who is Who.TECHNICIAN
    assert "4401" not in str(caught.value)


@pytest.mark.parametrize("voice", TRIGGERED)
def test_a_code_without_an_end_where_silence_ends_it(voice: str, tmp_path: Path) -> None:
    with bench(tmp_path, voice) as made:
        made.simulated.simulate_no_ending()
        made.simulated.simulate_show("4401")
        assert scan(made.scanner(ending=Ending.SILENCE)).text == "4401"


@pytest.mark.parametrize("voice", TRIGGERED)
def test_a_code_that_is_no_text(voice: str, tmp_path: Path) -> None:
    with bench(tmp_path, voice) as made:
        made.simulated.simulate_unreadable()
        scanner = made.scanner()
        with pytest.raises(CodeUnreadable):
            scan(scanner)
        made.simulated.simulate_show("good")
        assert scan(scanner).text == "good"


def test_noise_instead_of_acknowledgements(gm65: Bench) -> None:
    gm65.simulated.simulate_show("4401")
    gm65.simulated.simulate_garbage()
    scanner = gm65.scanner()
    with pytest.raises(ProtocolError):
        scan(scanner)
    assert scanner.status().fault == "code_scanner.protocol_error"
    assert Incident.CHECKSUM in gm65.notes.incidents
    gm65.simulated.simulate_heal()
    assert scan(scanner).text == "4401"


@pytest.mark.parametrize("verb", ["mute", "busy"])
def test_a_silent_module(gm65: Bench, verb: str) -> None:
    gm65.simulated.simulate_show("4401")
    gm65.simulated.verbs()[verb]("")
    scanner = gm65.scanner()
    with pytest.raises(DeadlineExceeded) as caught:
        scan(scanner)
    assert not isinstance(caught.value, NoCode)
    assert scanner.status().state is State.OFFLINE
    assert Incident.TIMEOUT in gm65.notes.incidents
    gm65.simulated.simulate_heal()
    assert scan(scanner).text == "4401"


def test_something_else_is_plugged_in(gm65: Bench) -> None:
    gm65.simulated.simulate_wrong_model()
    with pytest.raises(ProtocolError):
        scan(gm65.scanner())


# --- unplugging -------------------------------------------------------------------------------------------------------


def test_unplugged_and_plugged_again(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_show("back")
    assert scan(scanner).text == "back"
    made.simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        scan(scanner)
    assert scanner.status().state is State.NO_DEVICE
    made.simulated.simulate_plug()
    assert scan(scanner).text == "back"


def test_unplugged_at_every_byte(gm65: Bench) -> None:
    gm65.simulated.simulate_show("4401")
    scanner = gm65.scanner()
    for count in range(9 + 7 + 6):
        gm65.simulated.simulate_unplug(str(count))
        with pytest.raises(NotConnected):
            scan(scanner)
        gm65.simulated.simulate_heal()
        assert scan(scanner).text == "4401"


# --- status and closing -----------------------------------------------------------------------------------------------


def test_close_twice_and_use_again(made: Bench, scanner: LineCodeScanner) -> None:
    made.simulated.simulate_show("open")
    scanner.close()
    scanner.close()
    assert scan(scanner).text == "open"
    assert scanner.status() == scanner.status()
    assert scanner.status().substates() == {"scanning": "no"}


@pytest.mark.parametrize("voice", ["honeywell", "newland"])
def test_the_model(voice: str, tmp_path: Path) -> None:
    with bench(tmp_path, voice) as made:
        scanner = made.scanner()
        told = scanner.identify(PATIENCE, threading.Event())
        assert told.model.startswith("Simulated")
        assert scanner.capabilities() == told


def test_a_module_that_does_not_say_what_it_is(gm65: Bench) -> None:
    with pytest.raises(DeadlineExceeded):
        gm65.scanner().identify(MOMENT, threading.Event())
