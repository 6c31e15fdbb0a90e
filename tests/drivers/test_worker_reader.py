"""The worker over a real driver, which speaks to a simulated reader."""

from pathlib import Path

from drivers.contract import State
from drivers.id_card.contract import IdCardReader
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from drivers.worker import DeviceWorker
from tests.drivers.lamp import QUICK, Statuses, statuses

__all__ = ["statuses"]  # a fixture: pytest finds it by name


def test_a_reader_that_is_unplugged_and_plugged_again(tmp_path: Path, statuses: Statuses) -> None:
    simulated = SimulatedReader(tmp_path / "reader", paced=False)
    simulated.start()
    worker = DeviceWorker[IdCardReader](
        "lamp", lambda: SamIdCardReader(SerialPort(simulated.endpoint)), statuses, QUICK
    )
    worker.start()
    statuses.wait_for(State.STARTING, State.ONLINE)
    simulated.simulate_unplug()
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE)
    simulated.simulate_plug()
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE, State.ONLINE)
    worker.close()
    simulated.close()
