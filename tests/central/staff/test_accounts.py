"""Accounts: given out, set up once by their holder, changed, closed."""

from collections.abc import Callable

import pytest

from central.staff import second_factor
from central.staff.accounts import FIRST, Accounts, Invitation
from central.staff.errors import (
    BadName,
    BadRoles,
    LastAdministrator,
    LinkGone,
    NameTaken,
    NoSuchAccount,
    NotYourself,
    StaffError,
    WeakPassword,
    WrongCode,
    WrongPassword,
)
from central.staff.roles import Role, check
from central.staff.timings import SETUP
from tests.central.staff.conftest import Bureau
from tests.central.staff_helpers import PASSWORD, Phone, employee

CHIEF = employee(Role.ADMINISTRATOR, name="chief")


def invited(bureau: Bureau, name: str = "lin", *roles: Role) -> Invitation:
    return bureau.staff.accounts.add(CHIEF, name, "林", roles or (Role.OPERATOR,), None)


def set_up(bureau: Bureau, made: Invitation) -> list[str]:
    return list(bureau.staff.accounts.set_up(made.token, PASSWORD, Phone(made.secret).code(bureau.now)))


def test_the_first_start_makes_one_administrator_and_no_other_does(bureau: Bureau) -> None:
    made = bureau.staff.accounts.first()
    assert made is not None
    assert bureau.staff.accounts.get(FIRST).employee.roles == {Role.ADMINISTRATOR}
    assert bureau.staff.accounts.first() is None


def test_an_account_has_no_password_until_its_holder_sets_one(bureau: Bureau) -> None:
    made = invited(bureau)
    assert bureau.staff.accounts.get("lin").password == ""
    codes = set_up(bureau, made)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert bureau.staff.accounts.get("lin").password.startswith("scrypt$")
    assert bureau.actions() == ["account.add", "account.set_up"]


def test_a_link_is_good_once_and_for_its_time(bureau: Bureau) -> None:
    made = invited(bureau)
    set_up(bureau, made)
    with pytest.raises(LinkGone):
        set_up(bureau, made)
    late = invited(bureau, "late")
    bureau.now += SETUP
    with pytest.raises(LinkGone):
        bureau.staff.accounts.invited(late.token)


@pytest.mark.parametrize("token", ["", "x", "0" * 32])
def test_a_link_nobody_gave_out(bureau: Bureau, token: str) -> None:
    invited(bureau)
    with pytest.raises(LinkGone):
        bureau.staff.accounts.invited(token)


def test_a_new_link_takes_the_place_of_password_phone_codes_and_sessions(bureau: Bureau) -> None:
    first = invited(bureau)
    set_up(bureau, first)
    _token, session = bureau.staff.sessions.new("lin", "", "")
    with bureau.storage.transaction() as transaction:
        transaction.staff.add_session(session)
    second = bureau.staff.accounts.invite(CHIEF, "lin")
    assert bureau.staff.accounts.get("lin").password == ""
    assert bureau.staff.accounts.invited(second.token)[1] == second.secret != first.secret
    with bureau.storage.reading() as transaction:
        assert transaction.staff.sessions("lin") == []
        assert transaction.staff.recovery_codes_left("lin") == 0


@pytest.mark.parametrize(
    ("password", "told"),
    [("short", "10"), ("aaaaaaaaaaaaa", "重复"), ("my name is Lin ok", "用户名"), ("x" * 201, "200")],
)
def test_passwords_that_are_guessed_are_not_taken(bureau: Bureau, password: str, told: str) -> None:
    made = invited(bureau)
    with pytest.raises(WeakPassword, match=told):
        bureau.staff.accounts.set_up(made.token, password, Phone(made.secret).code(bureau.now))
    assert bureau.staff.accounts.get("lin").password == ""


def test_the_phone_has_to_show_that_it_works(bureau: Bureau) -> None:
    made = invited(bureau)
    with pytest.raises(WrongCode):
        bureau.staff.accounts.set_up(made.token, PASSWORD, "000000")
    set_up(bureau, made)


@pytest.mark.parametrize("name", ["", "L", "Lin", "lin/../x", "x" * 33, "9lin", "林", "shell", "lin\n"])
def test_names_that_are_none(bureau: Bureau, name: str) -> None:
    with pytest.raises(BadName):
        invited(bureau, name)


def test_a_name_is_given_once(bureau: Bureau) -> None:
    invited(bureau)
    with pytest.raises(NameTaken):
        invited(bureau)


@pytest.mark.parametrize(
    ("roles", "department"),
    [
        ([], "d"),
        ([Role.AUTHORITY, Role.OPERATOR], None),
        ([Role.ADMINISTRATOR, Role.CLERK], "d"),
        ([Role.AUDITOR, Role.OPERATOR], None),
        ([Role.ADMINISTRATOR, Role.AUDITOR], None),
        ([Role.CLERK], None),
        ([Role.CLERK], ""),
    ],
)
def test_roles_that_may_not_lie_in_one_hand(roles: list[Role], department: str | None) -> None:
    with pytest.raises(BadRoles):
        check(roles, department)


@pytest.mark.parametrize(
    "roles", [[role] for role in Role] + [[Role.CLERK, Role.AUTHORITY], [Role.CLERK, Role.OPERATOR]]
)
def test_roles_that_may(roles: list[Role]) -> None:
    assert check(roles, "d") == set(roles)


def test_a_change_of_roles_ends_the_sessions(bureau: Bureau) -> None:
    set_up(bureau, invited(bureau))
    token, session = bureau.staff.sessions.new("lin", "", "")
    with bureau.storage.transaction() as transaction:
        transaction.staff.add_session(session)
    bureau.staff.accounts.change(CHIEF, "lin", "林", [Role.AUTHORITY], None)
    assert bureau.staff.sessions.find(token) is None
    assert bureau.staff.accounts.get("lin").employee.roles == {Role.AUTHORITY}


def test_nobody_changes_or_closes_himself(bureau: Bureau) -> None:
    set_up(bureau, invited(bureau, "chief", Role.ADMINISTRATOR))
    with pytest.raises(NotYourself):
        bureau.staff.accounts.close(CHIEF, "chief")
    with pytest.raises(NotYourself):
        bureau.staff.accounts.change(CHIEF, "chief", "x", [Role.OPERATOR], None)


def test_one_administrator_stays(bureau: Bureau) -> None:
    set_up(bureau, invited(bureau, "only", Role.ADMINISTRATOR))
    invited(bureau, "not-yet", Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        bureau.staff.accounts.close(CHIEF, "only")
    with pytest.raises(LastAdministrator):
        bureau.staff.accounts.change(CHIEF, "only", "x", [Role.OPERATOR], None)
    bureau.staff.accounts.change(CHIEF, "only", "x", [Role.ADMINISTRATOR], None)


def test_a_closed_account_comes_back_with_a_new_link_only(bureau: Bureau) -> None:
    old = invited(bureau)
    bureau.staff.accounts.close(CHIEF, "lin")
    with pytest.raises(LinkGone):
        bureau.staff.accounts.invited(old.token)
    set_up(bureau, bureau.staff.accounts.reopen(CHIEF, "lin"))
    assert bureau.staff.accounts.get("lin").is_open


def test_a_new_password_ends_the_other_sessions(bureau: Bureau) -> None:
    set_up(bureau, invited(bureau))
    (here, one), (there, other) = (bureau.staff.sessions.new("lin", "", "") for _ in range(2))
    with bureau.storage.transaction() as transaction:
        transaction.staff.add_session(one)
        transaction.staff.add_session(other)
    lin = employee(Role.OPERATOR)
    with pytest.raises(WrongPassword):
        bureau.staff.accounts.change_password(lin, "not this one", "another sentence", but=one.token_hash)
    bureau.staff.accounts.change_password(lin, PASSWORD, "another sentence", but=one.token_hash)
    assert bureau.staff.sessions.find(here)
    assert bureau.staff.sessions.find(there) is None


Act = Callable[[Accounts], object]
ACTS: list[Act] = [
    lambda accounts: accounts.get("nobody"),
    lambda accounts: accounts.invite(CHIEF, "nobody"),
    lambda accounts: accounts.close(CHIEF, "nobody"),
    lambda accounts: accounts.reopen(CHIEF, "nobody"),
    lambda accounts: accounts.change(CHIEF, "nobody", "x", [Role.OPERATOR], None),
]


@pytest.mark.parametrize("act", ACTS)
def test_who_is_not_there(bureau: Bureau, act: Act) -> None:
    with pytest.raises(NoSuchAccount):
        act(bureau.staff.accounts)
    assert bureau.actions() == []


@pytest.mark.parametrize("error", StaffError.__subclasses__())
def test_every_error_says_in_chinese_what_is_the_matter(error: type[StaffError]) -> None:
    assert any("一" <= letter <= "鿿" for letter in str(error()))
