"""A service that is no longer offered: terminals that were offline still file it, and its department still decides."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.casework.items import Services
from central.editions.shelf import Shelf
from central.storage.database import Storage
from tests.central.editions.conftest import ANNA, BERTA, House
from tests.central.editions.samples import small


def test_a_service_that_was_withdrawn_is_handled_as_it_was_last(database_url: str) -> None:
    storage = Storage(database_url)
    house = House(storage)
    house.published(small("permit") | {"decision": "department", "promised_days": 3})
    number = house.press.propose_removal(ANNA, "permit")
    house.press.review(BERTA, number, approve=True)
    house.press.publish(BERTA)
    shelf = Shelf(storage, Ed25519PrivateKey.generate())
    shelf.look()
    services = Services(shelf.all_items)
    handling = services("permit")
    assert "permit" not in shelf.items()
    assert "permit" in shelf
    assert handling
    assert (handling.by_department, handling.promised_days) == (True, 3)
    storage.close()
