"""The speed of a reader's line is found by asking."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from drivers.contract import State
from drivers.errors import ConnectionLost, DriverError, NotConnected
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.line import RATES, DetectingPort, LineTimings
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from tests.drivers.id_card.helpers import QUICK, read

LINE = LineTimings(answer=0.1)


@pytest.fixture
def simulated(tmp_path: Path) -> Generator[SimulatedReader]:
    made = SimulatedReader(tmp_path / "reader", paced=True)
    made.start()
    yield made
    made.close()


def detecting(simulated: SimulatedReader) -> DetectingPort:
    return DetectingPort(simulated.endpoint, timings=LINE)


@pytest.mark.parametrize("rate", RATES)
def test_a_reader_of_any_rate_is_found_and_remembered(simulated: SimulatedReader, rate: int) -> None:
    simulated.simulate_baud(str(rate))
    port = detecting(simulated)
    for _ in range(2):
        port.open()
        assert (port.answered, port.baud) == (True, rate)
        port.close()


def test_a_card_at_9600(simulated: SimulatedReader) -> None:
    simulated.simulate_baud("9600")
    simulated.simulate_place("resident2")
    reader = SamIdCardReader(detecting(simulated))
    assert read(reader).name == "样本乙"
    reader.close()


def test_at_the_wrong_rate_there_is_noise_or_silence(simulated: SimulatedReader) -> None:
    simulated.simulate_baud("9600")
    simulated.simulate_place("resident2")
    reader = SamIdCardReader(SerialPort(simulated.endpoint, 115200), QUICK)
    assert reader.status().state is State.OFFLINE
    with pytest.raises(DriverError):
        read(reader)
    reader.close()


def test_a_reader_that_was_exchanged_for_one_of_another_rate(simulated: SimulatedReader) -> None:
    reader = SamIdCardReader(detecting(simulated), QUICK)
    assert reader.status().state is State.ONLINE
    simulated.simulate_baud("57600")
    assert [reader.status().state for _ in range(2)] == [State.OFFLINE, State.ONLINE]
    reader.close()


@pytest.mark.parametrize("trouble", [SimulatedReader.simulate_mute, SimulatedReader.simulate_wrong_model])
def test_what_does_not_answer_is_open_all_the_same(
    simulated: SimulatedReader, trouble: Callable[[SimulatedReader], None]
) -> None:
    trouble(simulated)
    port = detecting(simulated)
    port.open()
    assert (port.answered, port.baud) == (False, RATES[0])
    simulated.simulate_heal()
    assert SamIdCardReader(port, QUICK).status().state is State.ONLINE
    port.close()


def test_a_bad_module_answers_too(simulated: SimulatedReader) -> None:
    simulated.simulate_sam_fault()
    port = detecting(simulated)
    port.open()
    assert port.answered
    port.close()


def test_nothing_plugged_in(simulated: SimulatedReader) -> None:
    port = detecting(simulated)
    simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        port.open()


@pytest.mark.parametrize("count", ["1", "10", "11", "20"])
def test_unplugged_while_it_is_asked(simulated: SimulatedReader, count: str) -> None:
    simulated.simulate_unplug(count)
    with pytest.raises(ConnectionLost):
        detecting(simulated).open()


def test_an_unknown_rate_is_refused(simulated: SimulatedReader) -> None:
    with pytest.raises(ValueError, match="1234"):
        simulated.simulate_baud("1234")
