"""The simulated cabinet as the dock and the drivers see it: over its socket."""

import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from drivers.errors import NotConnected
from drivers.id_card.simulated import SimulatedReader
from kiosk.bootstrap.devices import CabinetClient
from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Failed, Ok, Ping, Simulate, Stop
from kiosk.simulation.cabinet import SOCKET, Cabinet
from kiosk.simulation.network import SimulatedNetwork
from tests.waiting import eventually
from tests.world.helpers import PATIENCE


@pytest.fixture
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("c")


@pytest.fixture
def cabinet(run_dir: Path) -> Generator[CabinetClient]:
    stop = threading.Event()
    devices = (SimulatedReader(run_dir / "tty", paced=False), SimulatedNetwork(lambda: None))
    thread = threading.Thread(target=Cabinet(devices, run_dir).run, args=(stop,))
    thread.start()
    client = CabinetClient(run_dir)
    eventually(lambda: is_there(client))
    yield client
    stop.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def is_there(client: CabinetClient) -> bool:
    try:
        return bool(client.units())
    except BusError:
        return False


def test_every_device_says_where_it_is_and_what_it_can(cabinet: CabinetClient, run_dir: Path) -> None:
    units = {unit.kind: unit for unit in cabinet.units()}
    assert set(units) == {"id_card", "network"}
    assert cabinet.endpoint("id_card") == str(run_dir / "tty")
    assert {"place", "take", "unplug"} <= set(units["id_card"].verbs)
    assert units["id_card"].state["card"] == "none"


def test_verbs_are_done(cabinet: CabinetClient) -> None:
    cabinet.simulate("id_card", "place", "expired")
    cabinet.simulate("network", "cut", "")
    states = {unit.kind: unit.state for unit in cabinet.units()}
    assert states["id_card"]["card"] == "expired"
    assert states["network"] == {"link": "cut"}


@pytest.mark.parametrize(
    ("kind", "verb", "argument"),
    [("toaster", "place", ""), ("id_card", "explode", ""), ("id_card", "place", "nobody"), ("id_card", "slow", "very")],
)
def test_what_it_cannot_do_is_told_and_harms_nothing(
    cabinet: CabinetClient, run_dir: Path, kind: str, verb: str, argument: str
) -> None:
    answer = request(run_dir / SOCKET, Simulate(kind=kind, verb=verb, argument=argument))
    assert isinstance(answer, Failed)
    assert request(run_dir / SOCKET, Ping()) == Ok()


def test_a_device_it_does_not_have_is_not_connected(cabinet: CabinetClient) -> None:
    with pytest.raises(NotConnected):
        cabinet.endpoint("camera")


def test_without_a_cabinet_nothing_is_connected(run_dir: Path) -> None:
    with pytest.raises(NotConnected):
        CabinetClient(run_dir).endpoint("id_card")


def test_it_ends_when_asked_to(cabinet: CabinetClient, run_dir: Path) -> None:
    assert request(run_dir / SOCKET, Stop()) == Ok()
    eventually(lambda: not is_there(cabinet))
    eventually(lambda: not (run_dir / "tty").is_symlink())
