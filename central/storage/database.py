"""The centre's database: one class for SQLite and PostgreSQL, chosen by one URL."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Connection

from central.storage import engine
from central.storage.audit import Audit
from central.storage.backup import copy_of
from central.storage.casework import Cases, Tickets
from central.storage.casework_figures import Figures
from central.storage.editions import Editions
from central.storage.fleet.repository import Fleet
from central.storage.identity import IdentityRecords
from central.storage.licences import LicenceRecords
from central.storage.matters import Matters
from central.storage.migrate import is_behind, migrate
from central.storage.outbox import Outbox
from central.storage.payments import Charges, Payments
from central.storage.phones import Pairings
from central.storage.province import Provinces
from central.storage.receipts import Receipts
from central.storage.staff import Staff
from central.storage.terminals import Terminals


class Transaction:
    """What can be read and written, by subject. All of it is gone when the transaction is."""

    def __init__(self, connection: Connection) -> None:
        self.terminals = Terminals(connection)
        self.matters = Matters(connection)
        self.receipts = Receipts(connection)
        self.provinces = Provinces(connection)
        self.identity = IdentityRecords(connection)
        self.licences = LicenceRecords(connection)
        self.payments = Payments(connection)
        self.charges = Charges(connection)
        self.pairings = Pairings(connection)
        self.cases = Cases(connection)
        self.tickets = Tickets(connection)
        self.figures = Figures(connection)
        self.outbox = Outbox(connection)
        self.staff = Staff(connection)
        self.fleet = Fleet(connection)
        self.editions = Editions(connection)
        self.audit = Audit(connection)


class Storage:
    """Safe from several threads and processes. All of it raises :class:`central.storage.errors.StorageUnavailable`."""

    def __init__(self, url: str) -> None:
        """Brings the tables up to date, from nothing too. Raises :class:`central.storage.errors.BadDatabaseUrl`."""
        self._engine = engine.open_engine(url)
        with engine.translated():
            migrate(self._engine)

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """All or nothing, and on the disk when it ends. On SQLite it holds the one writer's place from its start."""
        with engine.translated(), self._engine.connect() as connection:
            yield Transaction(connection)
            engine.commit(connection)

    @contextmanager
    def reading(self) -> Generator[Transaction]:
        """A look that holds up no writer of another process; on PostgreSQL each statement sees its own moment."""
        with engine.translated(), self._engine.connect() as connection:
            yield Transaction(connection.execution_options(reading=True))

    def check(self) -> None:
        """Whether the database answers."""
        with self.reading() as transaction:
            transaction.terminals.key("")

    def is_ready(self) -> bool:
        """Whether it answers, takes writes, and has all the tables of this program."""
        with engine.translated(), self._engine.connect() as connection:
            looking = connection.execution_options(reading=True)
            return engine.takes_writes(looking) and not is_behind(looking)

    def count_connections(self, count: Callable[[int], None]) -> None:
        """``count(1)`` whenever somebody takes a connection of the pool, ``count(-1)`` when he gives it back."""
        event.listen(self._engine, "checkout", lambda *_: count(1))
        event.listen(self._engine, "checkin", lambda *_: count(-1))

    def backup(self, target: Path) -> None:
        """A consistent copy while the centre works, whole or not at all: SQLite only.

        Raises :class:`central.storage.errors.NoBackupHere`, ``FileExistsError``, ``OSError``.
        """
        with engine.translated():
            copy_of(self._engine, target)

    def close(self) -> None:
        self._engine.dispose()
