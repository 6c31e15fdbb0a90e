"""A clerk and a sweep at the same ticket, where the database lets them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from central.casework.case import Alarm
from tests.central.casework.test_filing import LI, permit
from tests.central.helpers import rating
from tests.central.office import Office
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def test_who_takes_a_ticket_while_it_calls_louder_does_not_silence_it(counter: Office) -> None:
    filed = permit(1)
    counter.hand_in(filed, rating(2, filed.reference, 1))
    place = filed.terminal, filed.id
    address = counter.url.replace("postgresql+psycopg", "postgresql")
    with ThreadPoolExecutor(1) as threads, psycopg.connect(address, autocommit=True) as watching:
        with counter.storage.transaction() as transaction:
            (ticket,) = transaction.tickets.at([place], to_change=True).values()
            transaction.tickets.change(ticket, replace(ticket, alarm=Alarm.SOON))
            taking = threads.submit(counter.casework.complaints.take, LI, place, version=ticket.version)
            eventually(lambda: watching.execute(_WAITING).fetchone() == (1,), "the clerk's wait")
        assert taking.result().owner == LI.id

    with counter.storage.reading() as transaction:
        (after,) = transaction.tickets.at([place]).values()
    assert (after.alarm, after.owner) == (Alarm.SOON, LI.id)
