"""A fleet of the test's making: terminals that report when the test says so, with a clock of its own."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from central.fleet.places import Place
from central.fleet.service import Fleet
from central.fleet.wire import Heartbeat, Orders
from central.storage.database import Storage, Transaction
from central.storage.fleet.orders import OrderRow

NOON = 1_790_049_600.0
TERMINAL = "GD440100"
PROGRAM = "1.4.0"


@dataclass
class Places:
    """Tells where the test says they stand."""

    known: dict[str, Place] = field(default_factory=dict[str, Place])

    def all(self, transaction: Transaction) -> dict[str, Place]:
        del transaction
        return self.known


@dataclass
class Field:
    storage: Storage
    now: float = NOON
    places: Places = field(default_factory=Places)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self.storage, self.places, lambda: self.now)

    def beat(self, terminal: str = TERMINAL, **told: Any) -> Orders:
        return self.fleet.contact.heartbeat(terminal, heartbeat(**told), catalogue=3)

    def later(self, seconds: float) -> None:
        self.now += seconds

    def round(self) -> None:
        self.fleet.rounds.make()

    def open_orders(self) -> list[OrderRow]:
        with self.storage.reading() as transaction:
            return transaction.fleet.orders.all_open()


def heartbeat(**told: Any) -> Heartbeat:
    return Heartbeat.model_validate({"program": PROGRAM, "uptime": 100.0, **told})


def device(name: str = "receipt_printer", state: str = "online", **told: Any) -> dict[str, Any]:
    return {"name": name, "state": state, **told}


def out_of_paper(since: float = 600.0) -> dict[str, Any]:
    return device(state="user_error", fault="receipt_printer.paper_out", who="staff", since=since)


@contextmanager
def field_on(url: str) -> Generator[Field]:
    storage = Storage(url)
    try:
        yield Field(storage)
    finally:
        storage.close()
