"""What every reader must do, over every line."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from drivers.contract import Media, State
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, NotConnected, ProtocolError, Refused, Who
from drivers.fake_ports import UnplugAfter
from drivers.id_card.contract import CardRejected, CardUnreadable, NoCard, SecurityModuleFault
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.specimens import SPECIMENS
from tests.drivers.id_card.helpers import PATIENCE, QUICK, RIGS, Rig, read, reading

WIRE_BYTES = 15 + 19 + 1295
"""Of one read: the replies to find, select and read."""
MOMENT = 0.05


@pytest.fixture(params=RIGS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Rig]:
    with RIGS[request.param](tmp_path) as made:
        yield made


@pytest.fixture
def reader(rig: Rig) -> Generator[SamIdCardReader]:
    made = SamIdCardReader(rig.port(), QUICK)
    yield made
    made.close()


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_card_is_read_whole(rig: Rig, reader: SamIdCardReader, name: str) -> None:
    rig.simulated.simulate_place(name)
    card = read(reader)
    specimen = SPECIMENS[name]
    assert (card.type, card.number) == (specimen.type, specimen.fields["number"])
    assert card.photo == specimen.data().photo


def test_a_card_that_comes_later(rig: Rig, reader: SamIdCardReader) -> None:
    with reading(reader) as (result, _):
        rig.simulated.simulate_place("resident2")
        assert result.result(PATIENCE).name == "样本乙"


def test_no_card_comes(reader: SamIdCardReader) -> None:
    with pytest.raises(NoCard) as caught:
        read(reader, timeout=MOMENT)
    assert caught.value.who is Who.CITIZEN


def test_a_resting_card_can_be_read_again(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    assert read(reader).number == read(reader).number


def test_a_card_read_before_a_restart_of_the_program(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    first = read(reader)
    reader.close()
    again = SamIdCardReader(rig.port(), QUICK)
    assert read(again).number == first.number
    again.close()


def test_another_card(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    read(reader)
    rig.simulated.simulate_place("resident2")
    assert read(reader).name == "样本乙"


# --- the card leaves -------------------------------------------------------------------------------------------------


def test_whether_the_card_still_lies_there(rig: Rig, reader: SamIdCardReader) -> None:
    assert not reader.card_present()
    rig.simulated.simulate_place("resident")
    read(reader)
    assert reader.card_present()
    assert reader.card_present()
    rig.simulated.simulate_take()
    assert not reader.card_present()


def test_another_card_is_not_the_one_that_was_read(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    read(reader)
    rig.simulated.simulate_place("resident2")
    assert not reader.card_present()


def test_lifted_during_the_read(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_lift_during_read()
    with pytest.raises(CardUnreadable):
        read(reader)
    with pytest.raises(NoCard):
        read(reader, timeout=MOMENT)
    rig.simulated.simulate_place("resident")
    assert read(reader).name == "证件样本"


def test_the_reply_breaks_off(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_lift_during_read("stop")
    with pytest.raises(CardUnreadable):
        read(reader)
    rig.simulated.simulate_place("resident2")
    assert read(reader).name == "样本乙"


# --- cancelling ------------------------------------------------------------------------------------------------------


def test_cancel_while_waiting_for_a_card(reader: SamIdCardReader) -> None:
    with reading(reader) as (result, cancel):
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)


def test_cancel_while_the_reader_is_silent(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_mute()
    with reading(reader) as (result, cancel):
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    rig.simulated.simulate_heal()
    assert reader.status().state is State.ONLINE


# --- a bad line ------------------------------------------------------------------------------------------------------


def test_one_damaged_reply_is_asked_for_again(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_garbage("1")
    assert read(reader).name == "证件样本"


def test_damaged_replies(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_garbage()
    with pytest.raises(ProtocolError):
        read(reader)
    assert read(reader).name == "证件样本"


def test_a_silent_reader(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_mute()
    with pytest.raises(DeadlineExceeded) as caught:
        read(reader)
    assert not isinstance(caught.value, NoCard)
    assert reader.status().state is State.OFFLINE
    rig.simulated.simulate_heal()
    assert read(reader).name == "证件样本"


def test_a_slow_reader(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_slow("0.05")
    assert read(reader).name == "证件样本"


# --- unplugging ------------------------------------------------------------------------------------------------------


def test_unplugged_while_waiting_and_plugged_again(rig: Rig, reader: SamIdCardReader) -> None:
    with pytest.raises(NoCard):
        read(reader, timeout=0)
    rig.unplug()
    with pytest.raises(ConnectionLost):
        read(reader)
    with pytest.raises(NotConnected):
        reader.card_present()
    assert reader.status().state is State.NO_DEVICE
    rig.plug()
    rig.simulated.simulate_place("resident")
    assert read(reader).name == "证件样本"
    assert reader.status().state is State.ONLINE


@pytest.mark.parametrize("count", [1, 15, 34, 41, 700, WIRE_BYTES - 1])
def test_the_line_hangs_up_in_the_middle(rig: Rig, count: int) -> None:
    rig.simulated.simulate_place("resident")
    reader = SamIdCardReader(rig.cut_after(count), QUICK)
    with pytest.raises(ConnectionLost):
        read(reader)
    rig.plug()
    assert read(reader).name == "证件样本"
    reader.close()


@pytest.mark.parametrize("name", ["scripted", "finding_again"])
def test_unplugged_at_every_byte(name: str, tmp_path: Path) -> None:
    with RIGS[name](tmp_path) as rig:
        for count in range(WIRE_BYTES):
            rig.simulated.simulate_place("resident")
            port = UnplugAfter(rig.port(), count)
            reader = SamIdCardReader(port, QUICK)
            with pytest.raises(NotConnected):
                read(reader)
            assert reader.status().state is State.NO_DEVICE
            port.plug()
            assert read(reader).name == "证件样本"


# --- status and closing ----------------------------------------------------------------------------------------------


def test_status_and_capabilities(reader: SamIdCardReader) -> None:
    status = reader.status()
    assert (status.state, status.who, status.sam_id) == (
        State.ONLINE,
        Who.NOBODY,
        "05.01-20240101-0001234567-0987654321",
    )
    assert reader.capabilities().serial_number == status.sam_id


def test_a_dead_security_module(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_sam_fault()
    with pytest.raises(SecurityModuleFault):
        read(reader)
    status = reader.status()
    assert (status.state, status.fault, status.who) == (
        State.HARDWARE_ERROR,
        "id_card.security_module_fault",
        Who.TECHNICIAN,
    )


def test_asking_for_the_status_does_not_disturb_the_card(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    read(reader)
    reader.status()
    assert reader.card_present()


def test_where_the_card_is_known_to_be(rig: Rig) -> None:
    now = [0.0]
    reader = SamIdCardReader(rig.port(), QUICK, lambda: time.monotonic() + now[0])
    assert reader.status().card is Media.UNKNOWN
    rig.simulated.simulate_place("resident")
    read(reader)
    assert [reader.status().card for _ in range(2)] == [Media.PRESENT] * 2
    rig.simulated.simulate_take()
    assert [reader.status().card for _ in range(2)] == [Media.ABSENT] * 2
    now[0] += QUICK.seen + 1
    assert reader.status().card is Media.UNKNOWN
    reader.close()


def test_a_busy_reader(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_busy()
    assert (reader.status().state, reader.status().fault) == (State.BUSY, "")
    with pytest.raises(Refused):
        read(reader)
    rig.simulated.simulate_heal()
    assert reader.status().state is State.ONLINE


def test_a_card_that_is_not_accepted(rig: Rig, reader: SamIdCardReader) -> None:
    rig.simulated.simulate_place("resident")
    rig.simulated.simulate_reject()
    with pytest.raises(CardRejected):
        read(reader)


def test_close_twice_and_use_again(rig: Rig, reader: SamIdCardReader) -> None:
    reader.close()
    reader.status()
    reader.close()
    reader.close()
    rig.simulated.simulate_place("resident")
    assert read(reader).name == "证件样本"


def test_the_constructor_does_no_io(rig: Rig) -> None:
    rig.unplug()
    SamIdCardReader(rig.port(), QUICK).close()
