"""How keys become those of terminals, without a server: codes, neighbours, renewal, certificates."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.x509.oid import NameOID

from central.authority import VALIDITY, Authority
from central.codes import GROUPS, code_hash, new_code
from central.enrolment import Denied, Enrolled, Enrolment, code_for, key_id
from central.keys import BadSecret
from central.storage.database import Storage
from central.storage.tables import enrolment_code
from central.storage.terminals import MOST_WRONG_CODES
from offline_queue import suites
from offline_queue.suites import VerifyKey
from tests.central.helpers import TERMINAL

START = 1_790_000_000.0
DAY = 86400.0


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Office:
    enrolment: Enrolment
    storage: Storage
    clock: Clock

    def code(self, terminal: str = TERMINAL, seconds: float = DAY) -> str:
        return code_for(self.storage, terminal, expires_at=self.clock.now + seconds)

    def by_code(self, code: str, key: VerifyKey, terminal: str = TERMINAL) -> Enrolled:
        return self.enrolment.by_code(terminal, code, key)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.load_or_create(tmp_path_factory.mktemp("authority"), datetime.fromtimestamp(START, UTC))


@pytest.fixture
def office(database_url: str, authority: Authority) -> Iterator[Office]:
    storage, clock = Storage(database_url), Clock()
    yield Office(Enrolment(storage, authority, clock), storage, clock)
    storage.close()


def new_key() -> VerifyKey:
    return suites.generate().public()


def test_a_code_makes_a_key_that_of_the_terminal(office: Office, authority: Authority) -> None:
    key = new_key()
    enrolled = office.by_code(office.code(), key)
    assert (enrolled.epoch, enrolled.key.terminal, enrolled.key.public_key) == (1, TERMINAL, key.pem())
    certificate = x509.load_pem_x509_certificate(enrolled.key.certificate.encode())
    certificate.verify_directly_issued_by(authority.certificate)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == TERMINAL
    assert certificate.not_valid_after_utc.timestamp() == enrolled.key.not_after == START + VALIDITY.total_seconds()
    assert certificate.not_valid_before_utc < datetime.fromtimestamp(START, UTC)
    subject = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert subject.digest.hex() == enrolled.key.key_id == key_id(key)
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_the_same_again_gets_the_same_answer(office: Office) -> None:
    code, key = office.code(), new_key()
    first = office.by_code(code, key)
    office.clock.now += 3600
    assert office.by_code(code, key) == first


def at_once(*asked: Callable[[], Enrolled]) -> list[Enrolled]:
    """What those got that were not denied."""
    barrier = threading.Barrier(len(asked), timeout=10)
    enrolled: list[Enrolled] = []

    def ask(way: Callable[[], Enrolled]) -> None:
        barrier.wait()
        with suppress(Denied):
            enrolled.append(way())

    threads = [threading.Thread(target=ask, args=(way,)) for way in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return enrolled


def test_a_code_is_good_for_one_key_however_many_ask_at_once(office: Office) -> None:
    code, key = office.code(), new_key()
    assert [one.epoch for one in at_once(*[lambda: office.by_code(code, new_key())] * 4)] == [1]
    second = office.code()
    assert [one.epoch for one in at_once(*[lambda: office.by_code(second, key)] * 4)] == [2] * 4


def test_codes_that_are_spent_at_once_begin_an_epoch_each(office: Office) -> None:
    codes = [office.code() for _ in range(4)]
    enrolled = at_once(*[lambda code=code: office.by_code(code, new_key()) for code in codes])
    assert sorted(one.epoch for one in enrolled) == [1, 2, 3, 4]


def test_a_neighbour_that_asks_twice_at_once_has_one_epoch(office: Office) -> None:
    for epoch in (1, 2):
        key = new_key()
        ways = [lambda key=key: office.enrolment.by_neighbourhood(TERMINAL, key)] * 4
        assert [one.epoch for one in at_once(*ways)] == [epoch] * 4


def test_each_enrolment_begins_an_epoch(office: Office) -> None:
    key = new_key()
    assert [office.by_code(office.code(), key).epoch for _ in range(2)] == [1, 2]
    assert office.by_code(office.code(), new_key()).epoch == 3


def test_codes_run_out_and_belong_to_one_terminal(office: Office) -> None:
    late, other = office.code(seconds=10), office.code("GD440200")
    office.clock.now += 11
    for code in (late, other, "", "nonsense"):
        with pytest.raises(Denied):
            office.by_code(code, new_key())
    assert office.by_code(other, new_key(), "GD440200").epoch == 1


@pytest.mark.parametrize("wrong", range(MOST_WRONG_CODES + 1))
def test_guessing_spends_the_code(office: Office, wrong: int) -> None:
    code, other = office.code(), office.code("GD440200")
    for _ in range(wrong):
        with pytest.raises(Denied):
            office.by_code(new_code(), new_key())
    if wrong < MOST_WRONG_CODES:
        assert office.by_code(code, new_key()).epoch == 1
    else:
        with pytest.raises(Denied):
            office.by_code(code, new_key())
        assert office.by_code(office.code(), new_key()).epoch == 1
    assert office.by_code(other, new_key(), "GD440200").epoch == 1


def test_codes_are_read_however_they_are_typed(office: Office) -> None:
    code = new_code()
    assert len(code.split("-")) == GROUPS
    assert code_hash(TERMINAL, f" {code.lower().replace('-', ' ')}\n") == code_hash(TERMINAL, code)
    assert code_hash("GD440200", code) != code_hash(TERMINAL, code)
    assert len({new_code() for _ in range(1000)}) == 1000


def test_only_the_hash_of_a_code_is_kept(office: Office, database_url: str) -> None:
    code = office.code()
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        (row,) = connection.execute(sa.select(enrolment_code)).all()
    engine.dispose()
    assert row.code_hash == code_hash(TERMINAL, code)
    assert code not in str(row)
    assert code.replace("-", "") not in str(row)


def test_a_neighbour_keeps_epoch_and_certificate_with_its_key(office: Office) -> None:
    key = new_key()
    first = office.enrolment.by_neighbourhood(TERMINAL, key)
    assert first.epoch == 1
    assert office.enrolment.by_neighbourhood(TERMINAL, key) == first
    office.clock.now += VALIDITY.total_seconds() - DAY
    later = office.enrolment.by_neighbourhood(TERMINAL, key)
    assert (later.epoch, later.key.key_id) == (1, first.key.key_id)
    assert later.key.not_after > first.key.not_after
    assert office.enrolment.by_neighbourhood(TERMINAL, new_key()).epoch == 2


def test_renewal_is_a_new_key_in_the_same_epoch_beside_the_old_one(office: Office) -> None:
    old, new = new_key(), new_key()
    first = office.by_code(office.code(), old)
    office.clock.now += 60 * DAY
    renewed = office.enrolment.renewed(first.key, new)
    assert (renewed.epoch, renewed.key.not_after > first.key.not_after) == (1, True)
    assert office.enrolment.renewed(first.key, new) == renewed
    with office.storage.reading() as transaction:
        assert [key.key_id for key in transaction.terminals.keys(TERMINAL)] == [key_id(new), key_id(old)]


def test_a_key_of_another_terminal_or_a_revoked_one_is_taken_by_no_way(office: Office) -> None:
    theirs, revoked = new_key(), new_key()
    own = office.by_code(office.code(), new_key()).key
    office.by_code(office.code("GD440200"), theirs, "GD440200")
    office.by_code(office.code(), revoked)
    with office.storage.transaction() as transaction:
        transaction.terminals.revoke(key_id(revoked), now=office.clock.now)
    code = office.code()
    for key in (theirs, revoked):
        for way in (
            lambda key=key: office.by_code(code, key),
            lambda key=key: office.enrolment.by_neighbourhood(TERMINAL, key),
            lambda key=key: office.enrolment.renewed(own, key),
        ):
            with pytest.raises(Denied):
                way()
    assert office.by_code(code, new_key()).epoch == 3, "a denied key does not spend the code"


def test_the_authority_is_made_once_and_kept_private(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(START, UTC)
    first = Authority.load_or_create(tmp_path, now)
    again = Authority.load_or_create(tmp_path, now + timedelta(days=400))
    assert again.certificate == first.certificate
    assert (tmp_path / "authority.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "authority.crt").unlink()  # killed between the two at the first start
    assert Authority.load_or_create(tmp_path, now).certificate.public_key() == first.certificate.public_key()


@pytest.mark.parametrize("name", ["authority.key", "authority.crt"])
def test_a_damaged_authority_is_said_so_and_not_replaced(tmp_path: Path, name: str) -> None:
    now = datetime.fromtimestamp(START, UTC)
    Authority.load_or_create(tmp_path, now)
    (tmp_path / name).write_bytes(b"damaged")
    with pytest.raises(BadSecret):
        Authority.load_or_create(tmp_path, now)
    assert (tmp_path / name).read_bytes() == b"damaged"


def test_a_certificate_of_another_authority_is_damage(tmp_path: Path) -> None:
    now = datetime.fromtimestamp(START, UTC)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        Authority.load_or_create(tmp_path / folder, now)
    (tmp_path / "one" / "authority.crt").write_bytes((tmp_path / "two" / "authority.crt").read_bytes())
    with pytest.raises(BadSecret, match="another key"):
        Authority.load_or_create(tmp_path / "one", now)
