"""All that is kept of the fleet, by subject."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.storage.fleet.commands import Commands, Configurations
from central.storage.fleet.orders import Orders
from central.storage.fleet.rollouts import Rollouts
from central.storage.fleet.states import States
from central.storage.fleet.usage import Usage

_ROUND: Final = 4_400_005
"""Of PostgreSQL's advisory locks, this program's own."""


class Fleet:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.states = States(connection)
        self.commands = Commands(connection)
        self.configurations = Configurations(connection)
        self.orders = Orders(connection)
        self.rollouts = Rollouts(connection)
        self.usage = Usage(connection)

    def alone(self) -> bool:
        """Whether no other worker makes its round, and nobody conducts a roll-out, until this transaction ends."""
        if self._connection.dialect.name == "sqlite":
            return True
        return self._connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_ROUND))).scalar_one()

    def wait_alone(self) -> None:
        """As :meth:`alone`, once whoever is at it has ended."""
        if self._connection.dialect.name != "sqlite":
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ROUND)))
