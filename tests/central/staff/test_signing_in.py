"""The door: both factors at once, no code twice, longer and longer waits, the same answer to everybody."""

import threading
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyotp.totp import TOTP

from central.sealing import Blinder, Sealer
from central.staff import lockout, second_factor
from central.staff.errors import NotLetIn
from central.staff.lockout import ACCOUNT, ADDRESS, Policy
from central.staff.roles import Role
from central.staff.second_factor import STEP
from central.staff.sessions import hash_of
from central.staff.signing_in import Attempt, SigningIn
from central.staff.timings import FIRST_LOCK, FORGET_FAILURES, IDLE, LONGEST_LOCK, SESSION
from central.storage.staff import Failures
from tests.central.office import NOON
from tests.central.staff.conftest import KEY, Bureau
from tests.central.staff_helpers import CHEAP, PASSWORD, Phone, employee

CHIEF = employee(Role.ADMINISTRATOR, name="chief")


class Hired:
    """Lin, at the door."""

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        made = bureau.staff.accounts.add(CHIEF, "lin", "林", [Role.OPERATOR], None)
        self.secret = made.secret
        self.phone = Phone(made.secret, behind=1)
        self.recovery = bureau.staff.accounts.set_up(made.token, PASSWORD, self.phone.code(bureau.now))

    def tries(self, code: str, *, name: str = "lin", password: str = PASSWORD, address: str = "10.0.0.1") -> str:
        return self.bureau.staff.door.sign_in(Attempt(name, password, code, address, "Firefox"))

    def fails(self, **changes: str) -> float:
        with pytest.raises(NotLetIn) as refused:
            self.tries("000000", **changes)
        return refused.value.wait


@pytest.fixture
def lin(bureau: Bureau) -> Hired:
    return Hired(bureau)


def test_with_password_and_code(lin: Hired) -> None:
    token = lin.tries(lin.phone.code(lin.bureau.now), name=" LIN ")
    found = lin.bureau.staff.sessions.find(token)
    assert found is not None
    assert found.employee.id == "lin"
    assert lin.bureau.staff.accounts.get("lin").last_sign_in == lin.bureau.now
    assert lin.bureau.actions()[-1] == "account.sign_in"


def test_no_code_is_good_twice_nor_an_older_one_after_it(lin: Hired) -> None:
    lin.bureau.now += 10 * STEP
    here = int(lin.bureau.now // STEP)
    codes = TOTP(lin.secret)
    lin.tries(codes.generate_otp(here))
    for step in (here, here - 1):
        with pytest.raises(NotLetIn):
            lin.tries(codes.generate_otp(step))
    lin.tries(codes.generate_otp(here + 1))


def test_the_same_code_at_the_same_time_opens_once(lin: Hired) -> None:
    code = lin.phone.code(lin.bureau.now)
    opened: list[str] = []

    def enter() -> None:
        with suppress(NotLetIn):
            opened.append(lin.tries(code))

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1


@pytest.mark.parametrize("drift", [-2, 2])
def test_a_code_of_another_minute(lin: Hired, drift: int) -> None:
    lin.bureau.now += 10 * STEP
    with pytest.raises(NotLetIn):
        lin.tries(TOTP(lin.secret).generate_otp(int(lin.bureau.now // STEP) + drift))


def test_a_recovery_code_opens_once(lin: Hired) -> None:
    code = lin.recovery[0].lower().replace("-", " ")
    lin.tries(code)
    with pytest.raises(NotLetIn):
        lin.tries(code)
    assert "account.recovery_code_used" in lin.bureau.actions()


def test_a_right_password_says_nothing_without_the_code_and_the_other_way_round(lin: Hired) -> None:
    right = lin.phone.code(lin.bureau.now)
    told: list[str] = []
    for code, changes in (("000000", {}), (right, {"password": "something else"}), ("000000", {"name": "nobody"})):
        with pytest.raises(NotLetIn) as refused:
            lin.tries(code, **changes)
        told.append(str(refused.value))
    assert len(set(told)) == 1
    lin.tries(right)


@pytest.mark.parametrize("name", ["lin", "nobody", "", "林" * 200, "a\x00b"])
def test_after_five_failures_each_next_waits_twice_as_long(lin: Hired, name: str) -> None:
    waits = [lin.fails(name=name) for _ in range(ACCOUNT.free)]
    assert waits == [0, 0, 0, 0, FIRST_LOCK]
    lin.bureau.now += FIRST_LOCK
    assert lin.fails(name=name) == 2 * FIRST_LOCK


def test_while_locked_the_right_code_does_not_open_and_no_try_counts(lin: Hired) -> None:
    for _ in range(ACCOUNT.free):
        lin.fails()
    right = lin.phone.code(lin.bureau.now)
    for _ in range(10):
        with pytest.raises(NotLetIn):
            lin.tries(right)
    lin.bureau.now += FIRST_LOCK
    lin.tries(right)
    assert lin.fails() == 0, "a success wipes the slate of the account"
    assert lin.bureau.actions().count("account.locked") == 1


def test_whoever_is_locked_out_by_a_guesser_gets_in_with_a_new_link(lin: Hired) -> None:
    for _ in range(20):
        lin.bureau.now += lin.fails(address="203.0.113.9")
    assert lin.fails(address="203.0.113.9")
    accounts = lin.bureau.staff.accounts
    made = accounts.invite(CHIEF, "lin")
    phone = Phone(made.secret, behind=1)
    accounts.set_up(made.token, PASSWORD, phone.code(lin.bureau.now))
    assert lin.tries(phone.code(lin.bureau.now))


def test_one_password_on_many_accounts_locks_the_address(lin: Hired) -> None:
    for at in range(ADDRESS.free):
        lin.fails(name=f"user{at}")
    with pytest.raises(NotLetIn):
        lin.tries(lin.phone.code(lin.bureau.now))
    lin.tries(lin.phone.code(lin.bureau.now), address="10.0.0.2")


def test_many_at_once_are_no_way_around(lin: Hired) -> None:
    waits: list[float] = []
    threads = [threading.Thread(target=lambda: waits.append(lin.fails())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counted = lin.bureau.failures("lin")
    assert counted is not None
    assert counted.count == ACCOUNT.free


def test_a_crowd_at_the_door_is_asked_to_come_again(lin: Hired) -> None:
    bureau = lin.bureau
    door = SigningIn(
        bureau.storage, Sealer(KEY), Blinder(KEY), bureau.staff.sessions, lambda: bureau.now, CHEAP, places=0
    )
    with pytest.raises(NotLetIn) as refused:
        door.sign_in(Attempt("lin", PASSWORD, lin.phone.code(bureau.now), "10.0.0.1", ""))
    assert refused.value.wait > 0
    assert bureau.failures("lin") is None, "nobody is blamed for a crowd"


def test_a_closed_account_stays_outside(lin: Hired) -> None:
    lin.bureau.staff.accounts.close(CHIEF, "lin")
    with pytest.raises(NotLetIn):
        lin.tries(lin.phone.code(lin.bureau.now))


def test_failures_are_forgotten_and_swept(lin: Hired) -> None:
    for _ in range(ACCOUNT.free):
        lin.fails()
    lin.bureau.now += FORGET_FAILURES + 1
    assert lin.fails() == 0
    lin.bureau.now += FORGET_FAILURES + 1
    lin.bureau.staff.door.sweep()
    assert lin.bureau.failures("lin") is None


@given(st.integers(0, 10_000), st.floats(-1e6, 1e6), st.integers(0, 50))
def test_no_wait_is_negative_or_endless(count: int, later: float, free: int) -> None:
    assert 0 <= lockout.wait(Failures(count, 1e9), Policy(free), 1e9 + later) <= LONGEST_LOCK


# --- sessions ------------------------------------------------------------------------------------------------------


def test_a_session_ends_when_nobody_uses_it(lin: Hired) -> None:
    token = lin.tries(lin.phone.code(lin.bureau.now))
    for _ in range(3):
        lin.bureau.now += IDLE
        assert lin.bureau.staff.sessions.find(token)
    lin.bureau.now += IDLE + 1
    assert lin.bureau.staff.sessions.find(token) is None


def test_no_session_outlasts_the_day(lin: Hired) -> None:
    token = lin.tries(lin.phone.code(lin.bureau.now))
    end = lin.bureau.now + SESSION
    while lin.bureau.now + IDLE < end:
        lin.bureau.now += IDLE
        assert lin.bureau.staff.sessions.find(token)
    lin.bureau.now = end + 1
    assert lin.bureau.staff.sessions.find(token) is None
    lin.bureau.staff.door.sweep()
    with lin.bureau.storage.reading() as transaction:
        assert transaction.staff.sessions("lin") == []


def test_a_clock_put_back_ends_it(lin: Hired) -> None:
    token = lin.tries(lin.phone.code(lin.bureau.now))
    lin.bureau.now -= 3600
    assert lin.bureau.staff.sessions.find(token) is None


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "\udcff"[:0]])
def test_tokens_nobody_was_given(lin: Hired, token: str) -> None:
    assert lin.bureau.staff.sessions.find(token) is None


def test_the_database_holds_no_token(lin: Hired) -> None:
    token = lin.tries(lin.phone.code(lin.bureau.now))
    with lin.bureau.storage.reading() as transaction:
        (session,) = transaction.staff.sessions("lin")
    assert session.token_hash == hash_of(token) != token


SECRET = second_factor.new_secret()
GOOD = {TOTP(SECRET).generate_otp(int(NOON // STEP) + drift) for drift in (-1, 0, 1)}


@given(
    st.text(max_size=12)
    | st.sampled_from(sorted(GOOD)).map(lambda code: code + " ")
    | st.sampled_from(["１２３４５６"])
)
def test_no_text_is_a_code_by_accident(text: str) -> None:
    assert (second_factor.step_of(SECRET, text, NOON) is not None) == (text in GOOD)


def test_a_code_tells_its_step() -> None:
    steps = {code: second_factor.step_of(SECRET, code, NOON) for code in GOOD}
    assert {code: step and TOTP(SECRET).generate_otp(step) for code, step in steps.items()} == {c: c for c in GOOD}
