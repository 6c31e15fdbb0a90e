"""The endurance run: everything is counted, a citizen ends it, and what fails decides."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.errors import Who
from kiosk.burn_in import BurnIn, verb_for
from kiosk.hardware.commands import Report, Request
from kiosk.hardware.host import BUSY
from kiosk.usage import Meter, sample
from tests.waiting import eventually

Answer = Callable[[int], Report]
"""To the number of the run."""


def run(answers: dict[str, Answer], until: Callable[[BurnIn], object], monkeypatch: pytest.MonkeyPatch) -> BurnIn:
    monkeypatch.setattr("kiosk.burn_in.PAUSE", 0.0)
    counts = dict.fromkeys(answers, 0)

    def ask(_verb: str, device: str, _request: Request) -> Report:
        counts[device] += 1
        return answers[device](counts[device])

    test = BurnIn(list(answers), ask, lambda: {"camera": "cable 40"}, Meter(Path("/nowhere")), paper=False)
    test.start()
    eventually(lambda: until(test), "the end")
    test.end()
    return test


def good(_run: int) -> Report:
    return Report()


def runs(test: BurnIn) -> dict[str, int]:
    return {tally.device: tally.runs for tally in test.tallies}


def test_runs_are_counted_for_each_device(monkeypatch: pytest.MonkeyPatch) -> None:
    test = run({"camera": good, "audio": good}, lambda test: min(runs(test).values()) > 4, monkeypatch)
    assert test.passed
    assert [tally.failures for tally in test.tallies] == [0, 0]
    assert test.tallies[0].slowest >= test.tallies[0].mean


def test_a_failure_in_between_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    def flaky(number: int) -> Report:
        return Report(error="connection_lost", who=Who.TECHNICIAN, sentence="cable") if number == 2 else Report()

    test = run({"camera": flaky, "audio": good}, lambda test: runs(test)["camera"] > 4, monkeypatch)
    told = {each["device"]: each for each in test.as_dict()["devices"]}
    assert not test.passed
    assert (told["camera"]["failures"], told["camera"]["last_failure"]) == (1, "connection_lost: cable")
    assert (told["camera"]["line"], told["audio"]["failures"]) == ("cable 40", 0)


def test_a_citizen_ends_it_and_is_no_failure_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    def until_a_citizen_comes(number: int) -> Report:
        return Report(error="busy", who=Who.STAFF, sentence=BUSY) if number == 3 else Report()

    test = run({"camera": until_a_citizen_comes, "audio": good}, lambda test: test.over.is_set(), monkeypatch)
    assert test.citizen_came
    assert not test.passed
    assert (test.tallies[0].runs, test.tallies[0].failures) == (2, 0)


def test_a_device_that_never_answers_is_not_waited_for_and_has_not_passed() -> None:
    hang = threading.Event()

    def ask(_verb: str, _device: str, _request: Request) -> Report:
        hang.wait(60)
        return Report()

    test = BurnIn(["camera"], ask, dict, Meter(Path("/nowhere")), paper=False)
    test.start()
    test.end(patience=0.1)
    hang.set()
    assert not test.passed


@pytest.mark.parametrize(
    ("device", "paper", "verb"),
    [
        ("camera", False, "selftest"),
        ("receipt_printer", False, "status"),
        ("receipt_printer", True, "selftest"),
        ("document_printer", False, "selftest"),
        ("document_printer", True, "print"),
        ("power", True, "status"),
    ],
)
def test_what_is_repeated_is_harmless(device: str, paper: bool, verb: str) -> None:
    assert verb_for(device, paper=paper) == verb


def test_use_of_a_process() -> None:
    first = sample(os.getpid())
    assert first
    assert first.memory > 1 << 20
    eventually(lambda: (sample(os.getpid()) or first).cpu > first.cpu, "some work")
    assert sample(2**22 + 1) is None
