from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from central.sealing import Blinder
from central.staff.service import Staff
from central.storage.database import Storage
from central.storage.staff import Failures
from tests.central.office import NOON
from tests.central.staff_helpers import CHEAP

KEY = bytes(range(32))


@dataclass
class Bureau:
    """Staff of a centre without its interface, with a clock of the test's."""

    storage: Storage
    now: float = NOON

    def __post_init__(self) -> None:
        self.staff = Staff.build(self.storage, KEY, lambda: self.now, CHEAP)

    def failures(self, name: str) -> Failures | None:
        """To sign in to this account."""
        with self.storage.reading() as transaction:
            return transaction.staff.failures(Blinder(KEY).of("account", name))

    def actions(self) -> list[str]:
        with self.storage.reading() as transaction:
            return [row.action for row in transaction.audit.after(0, limit=1000)]


@pytest.fixture
def bureau(database_url: str) -> Iterator[Bureau]:
    storage = Storage(database_url)
    yield Bureau(storage)
    storage.close()
