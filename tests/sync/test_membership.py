"""Enrolled, renewed in time, and known again after it was forgotten: at the real centre."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from central.storage.tables import terminal, terminal_key
from kiosk.sync.membership import DAY, Membership
from offline_queue.credentials import Credentials, CredentialStore
from offline_queue.enrolment import EnrolmentRefused, enrol
from offline_queue.http_client import Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.retry import Failure, FailureKind
from offline_queue.transport import TransportFailed
from tests.central.helpers import Running, running
from tests.offline_queue.helpers import TERMINAL


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("central")) as made:
        yield made


@pytest.fixture
def client(centre: Running) -> Iterator[httpx.Client]:
    with open_client(centre.url) as made:
        yield made


def membership(client: httpx.Client, folder: Path, code: str = "") -> Membership:
    made = Membership(CredentialStore(folder, bytes(32), TERMINAL), client, lambda: code)
    client.auth = Signature(made.identity)
    return made


def known(client: httpx.Client, made: Membership) -> bool:
    return HttpTransport(client, made.identity).standing().not_after > 0


def not_after(credentials: Credentials | None) -> float:
    assert credentials
    return credentials.grant.not_after


def test_it_joins_once_and_is_found_again_on_the_disk(client: httpx.Client, tmp_path: Path) -> None:
    first = membership(client, tmp_path)
    assert first.identity() is None
    assert first.days_left(0.0) is None
    joined = first.join()
    assert known(client, first)
    assert first.join() is joined
    assert membership(client, tmp_path).join().key_id == joined.key_id


def test_a_certificate_is_renewed_in_its_last_third_by_the_centres_clock(client: httpx.Client, tmp_path: Path) -> None:
    made = membership(client, tmp_path)
    assert not made.renew_in_time(1e12), "not before it has one"
    grant = made.join().grant
    life = grant.not_after - grant.time
    assert made.days_left(grant.time) == pytest.approx(life / DAY)
    assert not made.renew_in_time(grant.not_after - life / 2)
    assert made.renew_in_time(grant.not_after - life / 4)
    renewed = made.join()
    assert renewed.key_id != grant.key_id
    assert renewed.grant.epoch == grant.epoch
    assert known(client, made)
    assert membership(client, tmp_path).join().key_id == renewed.key_id


@pytest.mark.parametrize(("detail", "same_epoch"), [("HTTP 401 expired", True), ("HTTP 401 revoked", False)])
def test_a_key_the_centre_no_longer_takes_is_replaced(
    client: httpx.Client, tmp_path: Path, detail: str, *, same_epoch: bool
) -> None:
    made = membership(client, tmp_path)
    before = made.join()
    assert made.mend(Failure(FailureKind.UNAUTHORISED, detail))
    after = made.join()
    assert after.key_id != before.key_id
    assert (after.grant.epoch == before.grant.epoch) is same_epoch
    assert known(client, made)


UNKNOWN = Failure(FailureKind.UNAUTHORISED, "HTTP 401 unknown-key")


def forget(centre: Running) -> None:
    """As a database restored from a backup does."""
    engine: sa.Engine = vars(centre.centre.storage)["_engine"]
    with engine.begin() as connection:
        for table in (terminal, terminal_key):
            connection.execute(sa.delete(table))


def test_a_centre_that_forgot_the_key_takes_it_in_again_without_a_code(tmp_path: Path) -> None:
    with running(tmp_path / "central", neighbours=False) as centre, open_client(centre.url) as client:
        made = membership(client, tmp_path / "identity", centre.code(TERMINAL))
        before = made.join()
        forget(centre)
        with pytest.raises(TransportFailed, match="unknown-key") as told:
            known(client, made)
        assert made.mend(told.value.failure)
        after = made.join()
        assert (after.key_id, after.grant.epoch) == (before.key_id, before.grant.epoch)
        assert known(client, made)
    assert membership(client, tmp_path / "identity").join().grant == after.grant, "it is on the disk"


def test_a_centre_that_never_knew_the_key_is_enrolled_at_anew(client: httpx.Client, tmp_path: Path) -> None:
    made = membership(client, tmp_path / "identity")
    before = made.join()
    with running(tmp_path / "central") as other, open_client(other.url) as there:
        moved = membership(there, tmp_path / "identity")
        assert moved.join().key_id == before.key_id
        assert moved.mend(UNKNOWN)
        assert moved.join().key_id != before.key_id
        assert known(there, moved)


def test_a_centre_that_wants_a_code_leaves_the_old_key_on_the_disk(client: httpx.Client, tmp_path: Path) -> None:
    before = membership(client, tmp_path / "identity").join()
    with running(tmp_path / "central", neighbours=False) as other, open_client(other.url) as there:
        moved = membership(there, tmp_path / "identity")
        moved.join()
        with pytest.raises(EnrolmentRefused):
            moved.mend(UNKNOWN)
    assert membership(client, tmp_path / "identity").join().key_id == before.key_id


@pytest.mark.parametrize("why", ["unknown-key", "revoked", "expired"])
def test_a_technician_who_enrols_while_it_runs_has_to_restart_nothing(tmp_path: Path, why: str) -> None:
    with running(tmp_path / "central", neighbours=False) as centre, open_client(centre.url) as client:
        folder = tmp_path / "identity"
        runs = membership(client, folder, centre.code(TERMINAL))
        runs.join()
        store = CredentialStore(folder, bytes(32), TERMINAL)
        enrolled = enrol(store, client, centre.code(TERMINAL))
        assert runs.mend(Failure(FailureKind.UNAUTHORISED, f"HTTP 401 {why}"))
        assert runs.join().key_id == enrolled.key_id
        assert known(client, runs)


@pytest.mark.parametrize(
    "failure",
    [
        Failure(FailureKind.NETWORK, "ConnectError"),
        Failure(FailureKind.SERVER, "HTTP 500 expired"),
        Failure(FailureKind.UNAUTHORISED, "HTTP 403"),
        Failure(FailureKind.UNAUTHORISED, "HTTP 401 bad-signature"),
        Failure(FailureKind.UNAUTHORISED),
    ],
)
def test_what_another_key_would_not_mend_changes_nothing(
    client: httpx.Client, tmp_path: Path, failure: Failure
) -> None:
    made = membership(client, tmp_path)
    before = made.join()
    assert not made.mend(failure)
    assert made.join() is before


def test_an_identity_nobody_can_read_is_enrolled_anew(client: httpx.Client, tmp_path: Path) -> None:
    before = membership(client, tmp_path).join()
    (file,) = tmp_path.glob("*.identity")
    file.write_bytes(b"rubbish")
    after = membership(client, tmp_path).join()
    assert after.key_id != before.key_id
    assert after.grant.epoch > before.grant.epoch


def test_without_an_answer_or_a_right_code_there_is_no_identity(client: httpx.Client, tmp_path: Path) -> None:
    made = membership(client, tmp_path, code="wrong")
    with pytest.raises(EnrolmentRefused):
        made.join()
    assert made.identity() is None
    with open_client("http://127.0.0.1:1") as nobody, pytest.raises(TransportFailed):
        membership(nobody, tmp_path).join()


def test_the_old_certificate_counts_until_the_new_one_is_there(client: httpx.Client, tmp_path: Path) -> None:
    made = membership(client, tmp_path)
    before = made.join()
    with open_client("http://127.0.0.1:1") as nobody:
        cut = membership(nobody, tmp_path)
        cut.join()
        with pytest.raises(TransportFailed):
            cut.renew_in_time(not_after(cut.identity()))
        assert cut.join().key_id == before.key_id
    client.auth = Signature(made.identity)
    assert known(client, made)
