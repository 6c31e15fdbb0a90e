"""A terminal whose key the database forgot, as one restored from a backup has: known again by its voucher, without a
number used twice."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from central import vouchers
from central.authority import VALIDITY, Authority
from central.enrolment import Denied, Enrolled, Enrolment, code_for, key_id
from central.revocations import Revocations
from central.storage.database import Storage
from central.vouchers import BadVoucher, Voucher
from offline_queue import suites
from offline_queue.hashing import SUITES
from offline_queue.suites import SigningKey, VerifyKey
from tests.central.helpers import TERMINAL, Running, Terminal, is_problem, running
from tests.central.office import everything, go_back

START = 1_790_000_000.0
DAY = 86400.0


@dataclass
class Centre:
    """It can go back to an earlier state of its database, and of that alone."""

    url: str
    folder: Path
    now: float = START

    def __post_init__(self) -> None:
        self.authority = Authority.load_or_create(self.folder, datetime.fromtimestamp(START, UTC))
        self.revoked = Revocations(self.folder)
        self.storage = Storage(self.url)
        self.enrolment = Enrolment(self.storage, self.authority, lambda: self.now, self.revoked)
        self.backups = [everything(self.url)]

    def enrol(self, key: VerifyKey) -> Enrolled:
        code = code_for(self.storage, TERMINAL, expires_at=self.now + DAY)
        return self.enrolment.by_code(TERMINAL, code, key)

    def new(self, key: VerifyKey | None = None) -> "Known":
        key = key or suites.generate().public()
        return Known(key, self.enrol(key).voucher)

    def back_up(self) -> None:
        self.backups.append(everything(self.url))

    def restore(self, number: int = -1) -> None:
        go_back(self.url, self.backups[number % len(self.backups)])

    def latest(self) -> int:
        with self.storage.reading() as transaction:
            return transaction.terminals.epoch(TERMINAL)


@dataclass(frozen=True)
class Known:
    key: VerifyKey
    voucher: str


@pytest.fixture
def centre(database_url: str, tmp_path: Path) -> Iterator[Centre]:
    made = Centre(database_url, tmp_path)
    yield made
    made.storage.close()


@pytest.mark.parametrize("suite", SUITES)
def test_a_forgotten_key_is_taken_in_again_in_its_epoch(centre: Centre, suite: str) -> None:
    one = centre.new(suites.generate("gm" if suite == "gm" else "standard").public())
    centre.restore()
    centre.now += DAY
    again = centre.enrolment.returned(one.voucher, one.key)
    assert (again.key.key_id, again.key.terminal, again.epoch) == (key_id(one.key), TERMINAL, 1)
    assert again.key.not_after == centre.now + VALIDITY.total_seconds()
    assert centre.enrolment.returned(one.voucher, one.key) == again, "when the answer was lost"


def test_a_key_that_is_known_gets_what_it_had(centre: Centre) -> None:
    one = centre.new()
    assert centre.enrolment.returned(one.voucher, one.key).voucher == one.voucher


def test_a_new_epoch_since_the_backup_is_not_given_to_anybody_else(centre: Centre) -> None:
    centre.new()
    centre.back_up()
    second = centre.new()
    centre.restore()
    assert centre.latest() == 1
    assert centre.enrolment.returned(second.voucher, second.key).epoch == 2
    assert centre.latest() == 2
    assert centre.enrolment.by_neighbourhood(TERMINAL, suites.generate().public()).epoch == 3


def test_two_machines_of_one_name_never_file_in_one_epoch(centre: Centre) -> None:
    """The centre had forgotten that it gave the epoch out, and gave it to another."""
    one = centre.new()
    centre.restore()
    centre.now += DAY
    assert centre.enrolment.by_neighbourhood(TERMINAL, suites.generate().public()).epoch == 1
    again = centre.enrolment.returned(one.voucher, one.key)
    assert again.epoch == 2
    assert centre.enrolment.returned(one.voucher, one.key) == again


def test_a_key_renewed_since_the_backup_goes_on_in_its_epoch(centre: Centre) -> None:
    first = centre.enrolment.by_neighbourhood(TERMINAL, suites.generate().public())
    centre.back_up()
    centre.now += 60 * DAY
    key = suites.generate().public()
    renewed = centre.enrolment.renewed(first.key, key)
    centre.restore()
    centre.now += DAY
    assert centre.enrolment.returned(renewed.voucher, key).epoch == first.epoch


def test_an_older_machine_keeps_its_epoch_when_it_renews(centre: Centre) -> None:
    """As a disk that was cloned: the clone has begun a new epoch since."""
    old = centre.enrolment.by_neighbourhood(TERMINAL, suites.generate().public())
    centre.new()
    assert centre.enrolment.renewed(old.key, suites.generate().public()).epoch == 1


def test_who_was_away_for_longer_than_its_certificate_returns_too(centre: Centre) -> None:
    one = centre.new()
    centre.restore()
    centre.now += 2 * VALIDITY.total_seconds()
    assert centre.enrolment.returned(one.voucher, one.key).key.not_after > centre.now


def test_a_key_revoked_since_the_backup_stays_out(centre: Centre) -> None:
    forgotten = centre.new()
    centre.back_up()  # the other one is empty
    centre.revoked.add(key_id(forgotten.key))
    for backup in centre.backups:
        go_back(centre.url, backup)
        with pytest.raises(Denied, match="revoked"):
            centre.enrolment.returned(forgotten.voucher, forgotten.key)
        with pytest.raises(Denied, match="revoked"):
            centre.new(forgotten.key)


def test_a_voucher_is_good_for_its_key_at_its_centre_alone(centre: Centre, tmp_path: Path) -> None:
    one, two = centre.new(), centre.new()
    centre.restore()
    (tmp_path / "other").mkdir()
    other = replace(centre, folder=tmp_path / "other")
    for at, voucher, key in ((centre, one.voucher, two.key), (centre, "x.y", one.key), (other, one.voucher, one.key)):
        with pytest.raises(Denied):
            at.enrolment.returned(voucher, key)
    other.storage.close()
    assert centre.latest() == 0


@dataclass
class Machine:
    """One of several under one name. Its key changes when it renews."""

    key: VerifyKey
    enrolled: Enrolled


steps = st.lists(
    st.tuples(st.sampled_from(["enrol", "renew", "return", "back up", "restore"]), st.integers(0, 3)), max_size=14
)


@settings(max_examples=25, deadline=None)
@given(steps)
def test_whatever_was_restored_no_two_machines_are_known_in_one_epoch(script: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        centre = Centre(f"sqlite:///{folder}/central.db", Path(folder))
        machines = [Machine(key := suites.generate().public(), centre.enrol(key))]
        for step, number in script:
            centre.now += DAY
            act(centre, machines, step, number)
            with centre.storage.reading() as transaction:
                known = {key.key_id: key.epoch for key in transaction.terminals.keys(TERMINAL)}
            epochs = [known[key_id(one.key)] for one in machines if key_id(one.key) in known]
            assert len(epochs) == len(set(epochs)), step
        for number in range(len(machines)):
            act(centre, machines, "return", number)
        assert len({machine.enrolled.epoch for machine in machines}) == len(machines)
        centre.storage.close()


def act(centre: Centre, machines: list[Machine], step: str, number: int) -> None:
    machine = machines[number % len(machines)]
    key = suites.generate().public()
    with centre.storage.reading() as transaction:
        is_known = transaction.terminals.key(key_id(machine.key)) is not None
    match step:
        case "enrol":
            machines.append(Machine(key, centre.enrol(key)))
        case "renew" if is_known:
            machine.key, machine.enrolled = key, centre.enrolment.renewed(machine.enrolled.key, key)
        case "return":
            machine.enrolled = centre.enrolment.returned(machine.enrolled.voucher, machine.key)
        case "back up":
            centre.back_up()
        case "restore":
            centre.restore(number)
        case _:
            pass


# --- the voucher ---------------------------------------------------------------------------------------------------

AUTHORITY = Ed25519PrivateKey.generate()
VOUCHER = Voucher(terminal=TERMINAL, key_id="0" * 32, epoch=2, origin="1" * 32)


def test_a_voucher_reads_as_it_was_written() -> None:
    assert vouchers.read(vouchers.sign(VOUCHER, AUTHORITY), AUTHORITY) == VOUCHER


@given(st.data())
def test_a_voucher_that_was_changed_is_none(data: st.DataObject) -> None:
    text = vouchers.sign(VOUCHER, AUTHORITY)
    place = data.draw(st.integers(0, len(text) - 4), "where")  # the last ones are filling
    other = data.draw(st.characters().filter(lambda one: one != text[place]))
    with pytest.raises(BadVoucher):
        vouchers.read(text[:place] + other + text[place + 1 :], AUTHORITY)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*={0,2}"))
def test_any_text_is_no_voucher(text: str) -> None:
    with pytest.raises(BadVoucher):
        vouchers.read(text, AUTHORITY)


# --- the list of revoked keys --------------------------------------------------------------------------------------


def test_a_revoked_key_is_known_to_all_who_look(tmp_path: Path) -> None:
    one, two = Revocations(tmp_path), Revocations(tmp_path)
    assert "a" not in two
    one.add("a")
    assert "a" in two
    one.add("b")
    assert "b" in two
    assert "c" not in two
    assert (tmp_path / "revoked").stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "revoked").write_bytes(b"\na\n\nb\xff")
    revoked = Revocations(tmp_path)
    revoked.add("c")
    assert ("a" in revoked, "c" in revoked) == (True, True)


# --- over the wire -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("strict"), neighbours=False) as made:
        yield made


def stranger(centre: Running, name: str, suite: str = "standard") -> tuple[Terminal, dict[str, str]]:
    """A terminal this centre has vouched for, and what it sends; the database knows nothing of it."""
    key = suites.generate("gm" if suite == "gm" else "standard")
    authority = Authority.load_or_create(centre.data, datetime.now(UTC)).key
    voucher = Voucher(terminal=name, key_id=key_id(key.public()), epoch=3, origin=key_id(key.public()))
    body = {"public_key": key.public().pem(), "suite": suite, "voucher": vouchers.sign(voucher, authority)}
    return Terminal(name, key, voucher.key_id, {}), body


@pytest.mark.parametrize("suite", SUITES)
def test_it_is_asked_for_when_told_that_the_key_is_unknown(strict: Running, suite: str) -> None:
    terminal, body = stranger(strict, f"GD4407{len(suite)}", suite)
    with strict.client(terminal) as client:
        assert is_problem(client.get("/v1/terminal"), 401, "unknown-key")
        answer = client.post("/v1/enrolments/return", json=body)
        assert answer.status_code == 201
        assert (answer.json()["key_id"], answer.json()["epoch"]) == (terminal.key_id, 3)
        assert client.get("/v1/terminal").status_code == 200


def test_only_who_holds_the_key_may_return(strict: Running) -> None:
    terminal, body = stranger(strict, "GD440800")
    with strict.anonymous() as client:
        assert is_problem(client.post("/v1/enrolments/return", json=body), 401, "bad-signature")
    thief: SigningKey = suites.generate()
    with strict.client(replace(terminal, key=thief)) as client:
        assert is_problem(client.post("/v1/enrolments/return", json=body), 401, "bad-signature")
    with strict.client(terminal) as client:
        for changes in ({"voucher": ""}, {"voucher": "x.y"}):
            assert is_problem(client.post("/v1/enrolments/return", json=body | changes), 403)
        for changes in ({"voucher": None}, {"voucher": "x" * 2000}, {"public_key": "x"}, {"suite": "none"}):
            assert is_problem(client.post("/v1/enrolments/return", json=body | changes), 422)


def test_a_revoked_stranger_is_told_so(strict: Running) -> None:
    terminal, body = stranger(strict, "GD440800")
    strict.centre.revoked.add(terminal.key_id)
    with strict.client(terminal) as client:
        assert is_problem(client.get("/v1/terminal"), 401, "revoked")
        assert is_problem(client.post("/v1/enrolments/return", json=body), 403)
