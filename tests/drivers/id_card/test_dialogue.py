"""Whatever happens at the reader and in whatever order: a typed error or the right card, never another person's."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from drivers.contract import Media, State
from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, NotConnected
from drivers.id_card.contract import IdCard
from drivers.id_card.device import Reading, SamIdCardReader, Timings
from drivers.id_card.simulated_reader import ReaderOnCable
from drivers.id_card.specimens import SPECIMENS

TIMINGS = Timings(poll=0)
MOMENT = 0.01
"""Seconds that a question takes, so that waiting for a card comes to its end."""
FAULTS = ["garbage", "mute", "busy", "wrong_model", "sam_fault", "device_fault", "refused", "reject"]
CARDS = st.sampled_from(["resident", "resident2", "hmt", "foreigner_2023"])


class Line:
    """A port with a clock of its own: waiting costs no time. Replies can be held up, and then arrive one by one while
    the driver waits for those to its next questions."""

    name = "line"

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.now = 0.0
        self.present = True
        self.held = False
        self.portion = 4096
        self.loses = 0
        self._answer = answer
        self._late: list[bytes] = []
        self._received = b""
        self._is_open = False

    def open(self) -> None:
        if not self.present:
            raise NotConnected(self.name)
        self._is_open, self._received = True, b""

    def read(self, max_bytes: int, timeout: float) -> bytes:
        self._check()
        if not self._received:
            self.now += timeout
            self._arrive()
        size = min(max_bytes, self.portion)
        data, self._received = self._received[:size], self._received[size:]
        return data

    def write(self, data: bytes, timeout: float) -> None:
        del timeout
        self._check()
        self.now += MOMENT
        reply = self._answer(data)
        reply, self.loses = reply[: max(0, len(reply) - self.loses)], 0
        self._late.append(reply)
        self._arrive()

    def _arrive(self) -> None:
        if self._late and not self.held:
            self._received += self._late.pop(0)

    def discard_input(self) -> None:
        self._check()
        self._received = b""

    def close(self) -> None:
        self._is_open, self._received = False, b""

    def pull(self) -> None:
        self.present = False
        self.forget()

    def forget(self) -> None:
        """The reader had no power for a moment."""
        self._late = []

    def _check(self) -> None:
        if not (self._is_open and self.present):
            raise ConnectionLost(self.name)


class Reader(ReaderOnCable):
    """Without a cable."""

    is_there = False

    @property
    def endpoint(self) -> str:
        return ""

    def _connect(self) -> None:
        self.is_there = True

    def _disconnect(self) -> None:
        self.is_there = False

    def _is_connected(self) -> bool:
        return self.is_there

    def _drop_answers(self) -> None: ...


class Dialogue(RuleBasedStateMachine):
    @initialize(found_again=st.booleans(), newest=st.booleans(), fingerprint=st.booleans())
    def begin(self, found_again: bool, newest: bool, fingerprint: bool) -> None:
        self.simulated = Reader(found_again=found_again)
        self.simulated.start()
        self.line = Line(self.simulated.answer)
        reading = Reading(fingerprint=fingerprint, newest_address=newest)
        self.reader = SamIdCardReader(self.line, TIMINGS, lambda: self.line.now, reading=reading)
        self.lying = ""
        self.healthy = True

    # --- the world ---------------------------------------------------------------------------------------------------

    @rule(card=CARDS)
    def place(self, card: str) -> None:
        self.simulated.simulate_place(card)
        self.lying = card

    @rule()
    def take(self) -> None:
        self.simulated.simulate_take()
        self.lying = ""

    @rule(verb=st.sampled_from(FAULTS))
    def spoil(self, verb: str) -> None:
        self.simulated.verbs()[verb]("")
        self.healthy = False

    @rule(how=st.sampled_from(["", "stop"]))
    def lift_during_read(self, how: str) -> None:
        self.simulated.simulate_lift_during_read(how)
        self.healthy = False

    @rule(count=st.integers(1, 1300))
    def lose(self, count: int) -> None:
        self.line.loses = count
        self.healthy = False

    @rule()
    def hold(self) -> None:
        self.line.held, self.healthy = True, False

    @rule()
    def release(self) -> None:
        self.line.held = False

    @rule(portion=st.sampled_from([1, 7, 16, 64, 4096]))
    def in_portions(self, portion: int) -> None:
        self.line.portion = portion

    @rule()
    def unplug(self) -> None:
        self.line.pull()
        self.simulated.simulate_unplug()
        self.healthy = False

    @rule()
    def mend(self) -> None:
        """Everything as new, as after a technician."""
        self.simulated.simulate_heal()
        self.line.forget()
        self.line.held = False
        self.line.present, self.line.loses = True, 0
        self.healthy = True

    # --- the terminal ------------------------------------------------------------------------------------------------

    @rule(timeout=st.sampled_from([0.0, 1.0]))
    def read(self, timeout: float) -> None:
        if (card := self._try(lambda: self.reader.read(timeout=timeout, cancel=threading.Event()))) is not None:
            self._is_right(card)

    @rule()
    def read_for_sure(self) -> None:
        """On a healthy reader a card that is laid anew is read, whatever went before."""
        if self.healthy and self.lying:
            self.place(self.lying)
            self._is_right(self.reader.read(timeout=10, cancel=threading.Event()))

    @rule()
    def cancel(self) -> None:
        cancel = threading.Event()
        cancel.set()
        assert self._try(lambda: self.reader.read(timeout=1, cancel=cancel)) is None

    @rule()
    def is_it_still_there(self) -> None:
        self._watch_lift()
        if self._try(self.reader.card_present):
            assert self.lying

    @rule()
    def status(self) -> None:
        status = self.reader.status()
        self._watch_lift()
        assert status.works or status.fault.startswith("id_card.")
        if status.card is Media.PRESENT:
            assert self.lying
        if not self.line.present:
            assert status.state is State.NO_DEVICE

    @rule()
    def close(self) -> None:
        self.reader.close()

    def _try(self, operation: Callable[[], IdCard | bool]) -> IdCard | bool | None:
        began = self.line.now
        try:
            return operation()
        except DriverError:
            return None
        finally:
            self._watch_lift()
            assert self.line.now - began < 60

    def _watch_lift(self) -> None:
        """The simulated reader takes the card off by itself in the middle of a read."""
        if self.simulated.state()["card"] == "none":
            self.lying = ""

    def _is_right(self, card: object) -> None:
        assert isinstance(card, IdCard)
        specimen = SPECIMENS[self.lying]
        assert (card.type, card.number) == (specimen.type, specimen.fields["number"])
        assert card.photo == specimen.data().photo
        assert repr(card) == f"<IdCard {card.type.value}>"


Dialogue.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestDialogue = Dialogue.TestCase


def test_the_late_answer_about_a_card_that_was_taken() -> None:
    """ "It still lies there" was true when it was said."""
    simulated = Reader(found_again=False)
    simulated.start()
    line = Line(simulated.answer)
    reader = SamIdCardReader(line, TIMINGS, lambda: line.now)
    simulated.simulate_place("resident")
    reader.read(timeout=1, cancel=threading.Event())
    line.held = True
    with pytest.raises(DeadlineExceeded):
        reader.card_present()
    simulated.simulate_take()
    line.held = False
    assert not reader.card_present()
