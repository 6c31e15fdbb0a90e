"""The centre behind PgBouncer in transaction pooling: each transaction has any session of the server."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from offline_queue.envelope import Envelope
from tests.central.helpers import proof
from tests.central.office import Office, office
from tests.central.pooler import SESSIONS, Pooler

TERMINALS = tuple(f"GD44010{number}" for number in range(6))
pytestmark = pytest.mark.parametrize("database_url", ["pgbouncer"], indirect=True)


@pytest.fixture
def workers(database_url: str) -> Iterator[Sequence[Office]]:
    with ExitStack() as closing:
        yield [closing.enter_context(office(database_url)) for _ in range(2)]


def test_terminals_that_repeat_themselves_at_two_workers_file_once(workers: Sequence[Office]) -> None:
    """Often enough for any statement to have been prepared, if one were."""
    matters = {name: [proof(seq, terminal=name) for seq in range(1, 9)] for name in TERMINALS}

    def tell_both(name: str, envelope: Envelope) -> set[str]:
        return {worker.hand_in(envelope, terminal=name)[0]["number"] for worker in workers}

    with ThreadPoolExecutor(len(TERMINALS)) as pool:
        told = [pool.submit(tell_both, name, one) for name, all_ in matters.items() for one in all_]
        numbers = [number for one in told for number in one.result(timeout=30)]
    assert len(numbers) == len(set(numbers)) == sum(map(len, matters.values()))
    assert workers[0].rows("SELECT count(*), count(DISTINCT number) FROM matter") == [(48, 48)]


def test_nothing_is_left_in_a_session(workers: Sequence[Office], pgbouncer: Pooler) -> None:
    for seq in range(1, 20):
        workers[seq % 2].hand_in(proof(seq))
    found = "SELECT current_setting('lock_timeout'), (SELECT count(*) FROM pg_prepared_statements)"
    with ExitStack() as closing:
        sessions = [closing.enter_context(pgbouncer.connect("central")) for _ in range(SESSIONS)]
        for session in sessions:  # each in a transaction of its own: so they have all sessions there are
            session.execute("BEGIN")
            assert session.execute(found).fetchall() == [("0", 0)]
