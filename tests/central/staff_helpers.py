"""Staff of a centre in the tests: accounts that are set up, browsers without a window that are signed in."""

import re
from dataclasses import dataclass, replace
from typing import Any, Final

import httpx
from pyotp.totp import TOTP

from central.centre import Centre
from central.staff.audit import SHELL
from central.staff.passwords import Cost
from central.staff.roles import Employee, Role
from central.staff.second_factor import STEP
from central.staff.service import Staff

PASSWORD: Final = "a sentence to remember"
CHEAP: Final = Cost(n=2, r=8, p=1)
"""What matters of a password here is not how long it takes."""
DEPARTMENT: Final = "社保局"
_CSRF: Final = re.compile(r'name="csrf" value="(\w+)"')


@dataclass
class Phone:
    """An authenticator: each code it shows is one nobody has used, and at most one of the future is taken."""

    secret: str
    behind: int = 0
    """Steps its clock is behind: with 1 it has one code more, but only while the centre's clock stands still."""
    last: int = 0

    def code(self, now: float) -> str:
        self.last = max(self.last + 1, int(now // STEP) - self.behind)
        return TOTP(self.secret).generate_otp(self.last)


def cheap(centre: Centre) -> Centre:
    """The same, with passwords that cost nothing."""
    return replace(centre, staff=Staff.build(centre.storage, centre.secrets.storage_key, centre.now, CHEAP))


def hired(centre: Centre, name: str, *roles: Role, department: str | None = None) -> Phone:
    """With an account that is set up, and :data:`PASSWORD`."""
    needs = department or (DEPARTMENT if Role.CLERK in roles else None)
    made = centre.staff.accounts.add(SHELL, name, f"试用{name}", roles, needs)
    phone = Phone(made.secret)
    centre.staff.accounts.set_up(made.token, PASSWORD, phone.code(centre.now()))
    return phone


def session_of(centre: Centre, name: str) -> tuple[str, str]:
    """Token and form field of a session that nobody has signed in for."""
    token, session = centre.staff.sessions.new(name, "127.0.0.1", "test")
    with centre.storage.transaction() as transaction:
        transaction.staff.add_session(session)
    return token, session.token_hash


def employee(*roles: Role, name: str = "lin", department: str | None = None) -> Employee:
    return Employee(name, "林", frozenset(roles), department)


def field(response: httpx.Response) -> str:
    """Of a form against forged requests."""
    found = _CSRF.search(response.text)
    assert found, response.text
    return found[1]


def post(client: httpx.Client, form: str, to: str, **values: Any) -> httpx.Response:
    """As a browser sends the form on the page ``form``."""
    return client.post(to, data={"csrf": field(client.get(form)), **values})


def sign_in(client: httpx.Client, name: str, code: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    return post(client, "/console/sign-in", "/console/sign-in", name=name, password=password, code=code, **more)
