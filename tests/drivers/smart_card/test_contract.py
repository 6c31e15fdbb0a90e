"""What the reader must do, over the simulated one."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from drivers.contract import Cancel, Media, State
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Who
from drivers.monitor import Incident
from drivers.smart_card.contract import (
    CardInUse,
    CardMute,
    CardUnreadable,
    NoCard,
    NotSocialSecurityCard,
    PinRequired,
)
from drivers.smart_card.device import SocialSecurityCardReader
from drivers.smart_card.selftest import selftest
from drivers.smart_card.simulated import SimulatedCardReader
from drivers.smart_card.specimens import SPECIMENS
from drivers.smart_card.vpcd_transport import VpcdTransport
from drivers.transports import open_port
from tests.drivers.notes import Notes
from tests.drivers.smart_card.helpers import PATIENCE, QUICK, read, reader_at

MOMENT = 0.05


@pytest.fixture
def simulated() -> Generator[SimulatedCardReader]:
    made = SimulatedCardReader()
    made.start()
    yield made
    made.close()


@pytest.fixture
def reader(simulated: SimulatedCardReader) -> Generator[SocialSecurityCardReader]:
    made = reader_at(simulated)
    yield made
    made.close()


# --- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "number"), [("person", "A00000017"), ("other", "B00000025"), ("expired", "A00000017")]
)
def test_a_card_is_read(
    simulated: SimulatedCardReader, reader: SocialSecurityCardReader, name: str, number: str
) -> None:
    simulated.simulate_put(name)
    assert read(reader).card_number == number


def test_a_card_that_comes_later(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(read, reader)
        simulated.simulate_put("other")
        assert result.result(PATIENCE).name == "样本乙"


def test_no_card_comes(reader: SocialSecurityCardReader) -> None:
    with pytest.raises(NoCard) as caught:
        read(reader, timeout=MOMENT)
    assert caught.value.who is Who.CITIZEN


@pytest.mark.parametrize(
    ("name", "error"), [("pin", PinRequired), ("bank", NotSocialSecurityCard), ("broken", CardUnreadable)]
)
def test_a_wrong_card_is_told_once_until_it_was_taken_out(
    simulated: SimulatedCardReader, reader: SocialSecurityCardReader, name: str, error: type[DriverError]
) -> None:
    simulated.simulate_put(name)
    with pytest.raises(error) as caught:
        read(reader)
    assert caught.value.who is Who.CITIZEN
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(read, reader)
        simulated.simulate_put("person")
        assert result.result(PATIENCE).name == "证件样本"


def test_a_wrong_card_that_stays_is_told_at_the_end(
    simulated: SimulatedCardReader, reader: SocialSecurityCardReader
) -> None:
    simulated.simulate_put("bank")
    for _ in range(2):
        with pytest.raises(NotSocialSecurityCard):
            read(reader, timeout=MOMENT)


def test_taken_out_during_the_read(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    for record in range(1, 9):
        simulated.simulate_put("person")
        simulated.simulate_take_during_read(str(record))
        with pytest.raises(CardUnreadable):
            read(reader)
        assert not reader.card_present()
    simulated.simulate_put("person")
    assert read(reader).name == "证件样本"


def test_a_card_the_wrong_way_round(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    simulated.simulate_mute_card()
    status = reader.status()
    assert (status.state, status.fault, status.who) == (State.USER_ERROR, "smart_card.card_mute", Who.CITIZEN)
    with pytest.raises(CardMute):
        read(reader)
    simulated.simulate_heal()
    simulated.simulate_put("person")
    assert read(reader).name == "证件样本"


def test_where_the_card_is(simulated: SimulatedCardReader) -> None:
    now = 0.0
    reader = reader_at(simulated)
    reader._clock = lambda: now  # pyright: ignore[reportPrivateUsage]
    assert (reader.status().card, reader.card_present()) == (Media.ABSENT, False)
    simulated.simulate_put("person")
    assert (reader.status().card, reader.card_present()) == (Media.PRESENT, True)
    now = QUICK.left + 1
    assert reader.status().card is Media.LEFT
    simulated.simulate_take()
    assert reader.status().card is Media.ABSENT
    reader.close()


# --- mishaps ---------------------------------------------------------------------------------------------------------


def test_another_program_holds_the_card(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    simulated.simulate_put("person")
    simulated.simulate_busy()
    assert reader.status().state is State.BUSY
    with pytest.raises(CardInUse):
        read(reader, timeout=MOMENT)
    simulated.simulate_busy(str(MOMENT))
    assert read(reader).name == "证件样本"


def test_no_reader(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    simulated.simulate_unplug()
    status = reader.status()
    assert (status.state, status.fault) == (State.NO_DEVICE, "smart_card.not_connected")
    assert status.card is Media.UNKNOWN
    with pytest.raises(NotConnected):
        read(reader, timeout=MOMENT)
    simulated.simulate_plug()
    assert reader.status().state is State.ONLINE


def test_silence(simulated: SimulatedCardReader, reader: SocialSecurityCardReader) -> None:
    simulated.simulate_mute()
    assert (reader.status().state, reader.status().fault) == (State.OFFLINE, "smart_card.deadline_exceeded")
    with pytest.raises(DeadlineExceeded):
        read(reader, timeout=MOMENT)
    simulated.simulate_heal()
    assert reader.status().state is State.ONLINE


@pytest.mark.parametrize("verb", ["garbage", "wrong_model"])
def test_noise(simulated: SimulatedCardReader, reader: SocialSecurityCardReader, verb: str) -> None:
    simulated.simulate_put("person")
    simulated.verbs()[verb]("")
    assert reader.status().state is State.OFFLINE
    with pytest.raises(ProtocolError):
        read(reader, timeout=MOMENT)
    simulated.simulate_heal()
    assert read(reader).name == "证件样本"


class OneDamaged(VpcdTransport):
    """The third answer of the card arrives damaged."""

    count = 0

    def transmit(self, apdu: bytes, timeout: float, cancel: Cancel) -> bytes:
        self.count += 1
        answer = super().transmit(apdu, timeout, cancel)
        return answer[:1] if self.count == 3 else answer


def test_one_damaged_answer_is_repaired_and_noted(simulated: SimulatedCardReader) -> None:
    simulated.simulate_put("person")
    notes = Notes()
    port = open_port(simulated.endpoint.replace("vpcd", "tcp"))
    reader = SocialSecurityCardReader(OneDamaged(port), timings=QUICK, watch=notes)
    assert read(reader).name == "证件样本"
    assert notes.incidents == [Incident.CHECKSUM]
    reader.close()


def test_cancel_while_the_reader_is_silent(simulated: SimulatedCardReader) -> None:
    reader = reader_at(simulated, replace(QUICK, command=PATIENCE))
    simulated.simulate_put("person")
    simulated.simulate_mute()
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(reader.read, timeout=PATIENCE, cancel=cancel)
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    simulated.simulate_heal()
    assert read(reader).name == "证件样本"
    reader.close()


def test_an_unknown_card_has_no_verb(simulated: SimulatedCardReader) -> None:
    with pytest.raises(ValueError, match="person"):
        simulated.simulate_put("nobody's")


# --- its own test ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "good"), [("", True), ("person", True), ("pin", True), ("bank", False)])
def test_the_self_test(simulated: SimulatedCardReader, reader: SocialSecurityCardReader, name: str, good: bool) -> None:
    if name:
        simulated.simulate_put(name)
    checks = list(selftest(reader, threading.Event()))
    assert checks[0].ok
    assert checks[-1].ok is good
    secrets = [SPECIMENS[name].records[key] for key in SPECIMENS[name].records] if name else []
    assert not any(secret.strip(b"\0").decode("gbk", "replace") in str(checks) for secret in secrets)
