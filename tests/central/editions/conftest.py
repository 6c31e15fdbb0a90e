"""A press over a database of each kind, with a clock of the test's."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from central.editions import archive, bundle
from central.editions.edition import Edition, Head, in_order
from central.editions.press import Press
from central.staff.roles import Employee, Role
from central.storage.database import Storage
from tests.central.editions.samples import item, small

ANNA = Employee("anna", "安娜", frozenset({Role.AUTHORITY}))
BERTA = Employee("berta", "贝塔", frozenset({Role.AUTHORITY}))
NOON = 1_790_049_600.0


@dataclass
class House:
    """Where items are reviewed and published; the first edition has the item ``look``."""

    storage: Storage
    now: float = NOON

    def __post_init__(self) -> None:
        self.press = Press(self.storage, lambda: self.now)
        first = {"look": item(small("look"))}
        bundle.put_out(self.storage, Edition(Head(1, "bundled", 0.0, ""), in_order(first)), self.now)

    def newest(self) -> Edition:
        with self.storage.reading() as transaction:
            return archive.newest(transaction.editions)

    def edition(self, number: int) -> Edition:
        with self.storage.reading() as transaction:
            return archive.load(transaction.editions, number)

    def approved(self, data: dict[str, Any]) -> int:
        """A proposal of Anna's that Berta has let pass."""
        number = self.press.propose(ANNA, data)
        self.press.review(BERTA, number, approve=True)
        return number

    def published(self, data: dict[str, Any]) -> int:
        self.approved(data)
        return self.press.publish(BERTA)

    def actions(self) -> list[tuple[str, str, str]]:
        with self.storage.reading() as transaction:
            return [(row.employee, row.action, row.subject) for row in transaction.audit.after(0, limit=1000)]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    storage = Storage(database_url)
    yield House(storage)
    storage.close()
