"""From nothing but where cables end: the real probes find every simulated device, and the settings proposed open it."""

import configparser
from collections.abc import Generator
from contextlib import ExitStack

import pytest

from drivers.inventory import Inventory, attachments_at
from drivers.monitor import Unwatched
from drivers.probing import Probed, probe, propose
from drivers.registry import Driver, simulated_driver, table
from drivers.simulation.contract import Place, SimulatedDevice

pytestmark = pytest.mark.xdist_group("probing")

PATIENCE = 60.0
FOUND = {"id_card", "smart_card", "receipt_printer", "document_printer", "camera", "document_camera", "code_scanner",
         "audio", "signals", "power"}  # fmt: skip
"""A signature pad is part of the screen: there is no port to ask."""

Cabinet = dict[str, SimulatedDevice]


def every_driver() -> list[Driver]:
    return [driver for drivers in table().values() for driver in drivers.values()]


@pytest.fixture(scope="module")
def cabinet(tmp_path_factory: pytest.TempPathFactory) -> Generator[Cabinet]:
    folder = tmp_path_factory.mktemp("cabinet")
    place = Place(folder / "run", folder / "tray")
    devices: Cabinet = {}
    with ExitStack() as closing:
        for kind in FOUND & set(table()):
            driver = simulated_driver(kind)
            assert driver
            assert driver.simulated
            devices[kind] = driver.simulated(place)
            devices[kind].start()
            closing.callback(devices[kind].close)
        yield devices


@pytest.fixture(scope="module")
def probed(cabinet: Cabinet) -> tuple[Probed, ...]:
    inventory = Inventory(
        {"neighbours": lambda: (each for device in cabinet.values() for each in attachments_at(device.endpoint))}
    )
    return probe(inventory.scan(), every_driver(), PATIENCE)


def test_each_is_found_as_what_it_is(cabinet: Cabinet, probed: tuple[Probed, ...]) -> None:
    assert [each.trouble for each in probed if each.trouble] == []
    assert sorted(each.candidates[0].driver.kind for each in probed if each.sure) == sorted(cabinet)


def test_the_proposed_settings_open_it(cabinet: Cabinet, probed: tuple[Probed, ...]) -> None:
    settings = configparser.ConfigParser(interpolation=None)
    settings.read_string("\n".join(propose(probed)))
    assert set(settings.sections()) == set(cabinet)
    for kind in settings.sections():
        values = dict(settings[kind])
        driver = table()[kind][values.pop("driver")]
        device = driver.open(driver.options.model_validate(values), Unwatched())
        assert device.status().works, device.status()
        device.close()


def test_a_port_in_use_is_told(cabinet: Cabinet) -> None:
    driver = table()["id_card"]["sam"]
    owner = driver.open(driver.options(port=cabinet["id_card"].endpoint), Unwatched())
    assert owner.status().works
    (result,) = probe(tuple(attachments_at(cabinet["id_card"].endpoint)), every_driver(), PATIENCE)
    owner.close()
    assert "another program has it open" in result.trouble
