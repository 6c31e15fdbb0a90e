"""Two who change accounts at the same moment, where the database lets them."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from central.staff.errors import LastAdministrator
from central.staff.roles import Role
from tests.central.staff.conftest import Bureau
from tests.central.staff_helpers import PASSWORD, Phone, employee
from tests.waiting import eventually

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def hire(bureau: Bureau, name: str) -> None:
    made = bureau.staff.accounts.add(employee(name="x"), name, name, [Role.ADMINISTRATOR], None)
    bureau.staff.accounts.set_up(made.token, PASSWORD, Phone(made.secret).code(bureau.now))


def close(bureau: Bureau, by: str, name: str) -> bool:
    try:
        bureau.staff.accounts.close(employee(Role.ADMINISTRATOR, name=by), name)
    except LastAdministrator:
        return False
    return True


def test_the_last_two_administrators_do_not_close_each_other(bureau: Bureau, postgres_url: str) -> None:
    for name in ("chen", "wang"):
        hire(bureau, name)
    address = postgres_url.replace("postgresql+psycopg", "postgresql")
    with ThreadPoolExecutor(2) as threads, psycopg.connect(address, autocommit=True) as watching:
        with bureau.storage.transaction() as transaction:
            transaction.audit.hold()  # nobody ends before both have begun
            closing = [threads.submit(close, bureau, *pair) for pair in (("chen", "wang"), ("wang", "chen"))]
            eventually(lambda: watching.execute(_WAITING).fetchone() == (2,), "both at work")
        assert sorted(one.result() for one in closing) == [False, True]
