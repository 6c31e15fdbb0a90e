"""Prints and mishaps in any order: nothing is called printed that is not on the paper, nothing comes out twice, and no
piece of paper holds two persons."""

import re
from contextlib import suppress
from threading import Event

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.contract import Outcome, PrintResult
from drivers.errors import Cancelled
from drivers.receipt_printer.contract import Receipt, Text
from tests.drivers.receipt_printer.helpers import Bench, bench

_PERSON = re.compile(r"person (\d+)")


def receipt(person: int) -> Receipt:
    return (Text(f"person {person} begins"), Text("样本" * 30), Text(f"person {person} ends"))


class Mishaps(RuleBasedStateMachine):
    line = "tcp"
    model = "generic"

    def __init__(self) -> None:
        super().__init__()
        self._context = bench(line=self.line, model=self.model, answer_timeout=0.08)
        self.machine: Bench = self._context.__enter__()
        self.results: list[PrintResult] = []

    @rule(patience=st.sampled_from([0.3, 2.0]))
    def print_for_the_next_person(self, patience: float) -> None:
        person = len(self.results)
        result = self.machine.print(receipt(person), action=f"person {person}", timeout=patience)
        self.results.append(result)
        if result.outcome is Outcome.PRINTED:
            assert self._whole(person) == 1
        if result.outcome is Outcome.FAILED:
            assert not self._pieces_of(person)

    @rule(data=st.data())
    def print_again(self, data: st.DataObject) -> None:
        if self.results:
            person = data.draw(st.integers(0, len(self.results) - 1))
            again = self.machine.print(receipt(person), action=f"person {person}")
            assert again == self.results[person]

    @rule()
    def cancel_before_the_first_byte(self) -> None:
        cancel = Event()
        cancel.set()
        with suppress(Cancelled):
            self.machine.print((Text("nobody"),), timeout=0.3, cancel=cancel)
        assert not any("nobody" in piece for piece in self.machine.simulated.pieces)

    @rule(
        verb=st.sampled_from(["jam", "paper_out", "unplug", "hot", "broken"]),
        after=st.one_of(st.just(""), st.integers(1, 260).map(str)),
    )
    def mishap(self, verb: str, after: str) -> None:
        self.machine.simulated.verbs()[verb](after)

    @rule(
        verb=st.sampled_from(
            ["cover_open", "garbage", "mute", "slow", "wrong_model", "busy", "cutter", "crawl", "stubborn"]
        )
    )
    def trouble(self, verb: str) -> None:
        self.machine.simulated.verbs()[verb]("")

    @rule(verb=st.sampled_from(["refill", "clear", "cover_close", "cool", "plug", "heal"]))
    def repair(self, verb: str) -> None:
        self.machine.simulated.verbs()[verb]("")

    @invariant()
    def no_paper_holds_two_persons(self) -> None:
        for piece in self.machine.simulated.pieces:
            assert len(set(_PERSON.findall(piece))) <= 1

    @invariant()
    def nobody_has_two_papers(self) -> None:
        assert all(self._whole(person) <= 1 for person in range(len(self.results)))

    @invariant()
    def nothing_came_out_that_failed(self) -> None:
        failed = [person for person, result in enumerate(self.results) if result.outcome is Outcome.FAILED]
        assert not any(self._pieces_of(person) for person in failed)

    def teardown(self) -> None:
        self._context.__exit__(None, None, None)

    def _pieces_of(self, person: int) -> list[str]:
        return [piece for piece in self.machine.simulated.pieces if str(person) in _PERSON.findall(piece)]

    def _whole(self, person: int) -> int:
        ends = f"person {person} ends"
        return sum(ends in piece for piece in self._pieces_of(person))


class SerialMishaps(Mishaps):
    line = "serial"


class TellingMishaps(Mishaps):
    model = "epson"


_SETTINGS = settings(max_examples=6, stateful_step_count=14, deadline=None)


@pytest.mark.parametrize("machine", [Mishaps, SerialMishaps, TellingMishaps])
def test_prints_and_mishaps_in_any_order(machine: type[Mishaps]) -> None:
    case = machine.TestCase
    case.settings = _SETTINGS
    case("runTest").runTest()
