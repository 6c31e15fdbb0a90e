"""Accounts of staff: given out with a one-time link, with which their holder chooses password and second factor."""

import hashlib
import re
import secrets
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from central.sealing import Blinder, Sealer
from central.staff import passwords, roles, second_factor
from central.staff.audit import CENTRE, SHELL, audit
from central.staff.errors import (
    BadName,
    LastAdministrator,
    LinkGone,
    NameTaken,
    NoSuchAccount,
    NotYourself,
    WrongCode,
    WrongPassword,
)
from central.staff.passwords import Cost
from central.staff.roles import Employee, Role
from central.staff.timings import SETUP
from central.storage.database import Storage, Transaction
from central.storage.staff import Account

FIRST: Final = "admin"
"""Who gives out the other accounts, in a centre that starts from nothing."""
NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}")
_CALLED: Final = re.compile(r"[^\x00-\x1f\x7f]{1,40}")


@dataclass(frozen=True, repr=False)
class Invitation:
    """To set an account up; shown once."""

    account: str
    token: str
    """Of the one-time link ``/console/set-up/TOKEN``."""
    secret: str
    """Of the second factor, base32."""
    until: float
    """Seconds since 1970."""


class Accounts:
    def __init__(
        self, storage: Storage, sealer: Sealer, blinder: Blinder, now: Callable[[], float], cost: Cost
    ) -> None:
        self._storage = storage
        self._sealer = sealer
        self._blinder = blinder
        self._now = now
        self._cost = cost

    # --- given out -------------------------------------------------------------------------------------------------

    def add(self, by: Employee, name: str, called: str, held: Iterable[Role], department: str | None) -> Invitation:
        """Raises ``BadName``, ``BadRoles``, ``NameTaken``."""
        if not NAME.fullmatch(name) or name == SHELL.id or not _CALLED.fullmatch(called):
            raise BadName
        employee = Employee(name, called, roles.check(held, department), department or None)
        invitation, account = self._invited(_empty(employee, self._now()))
        with self._storage.transaction() as transaction:
            if not transaction.staff.add(account):
                raise NameTaken
            audit(transaction, by, "account.add", name, _told(employee), self._now())
        return invitation

    def first(self) -> Invitation | None:
        """The account of the first administrator; ``None`` when there is one, or was."""
        with self._storage.reading() as transaction:
            if transaction.staff.accounts():
                return None
        try:
            return self.add(CENTRE, FIRST, "账号管理员", [Role.ADMINISTRATOR], None)
        except NameTaken:  # by another worker, that started at the same time
            return None

    def invite(self, by: Employee, name: str) -> Invitation:
        """Once more, for who has lost password or phone: what there was no longer counts, sessions end. Raises
        ``NoSuchAccount``."""
        with self._changing() as transaction:
            invitation, account = self._invited(self._account(transaction, name))
            self._replace(transaction, account)
            audit(transaction, by, "account.invite", name, now=self._now())
        return invitation

    def change(self, by: Employee, name: str, called: str, held: Iterable[Role], department: str | None) -> None:
        """Ends the sessions of the account. Raises ``BadName``, ``BadRoles``, ``NoSuchAccount``, ``NotYourself``,
        ``LastAdministrator``."""
        changed = Employee(name, called, roles.check(held, department), department or None)
        if not _CALLED.fullmatch(called):
            raise BadName
        with self._changing() as transaction:
            before = self._of_another(transaction, by, name)
            if Role.ADMINISTRATOR not in changed.roles:
                _keep_one(transaction, before)
            transaction.staff.put(replace(before, employee=changed))
            transaction.staff.end_sessions(name)
            audit(transaction, by, "account.change", name, f"{_told(before.employee)} → {_told(changed)}", self._now())

    def close(self, by: Employee, name: str) -> None:
        """Raises ``NoSuchAccount``, ``NotYourself``, ``LastAdministrator``."""
        with self._changing() as transaction:
            account = self._of_another(transaction, by, name)
            _keep_one(transaction, account)
            transaction.staff.put(replace(account, closed_at=self._now(), setup_hash=""))
            transaction.staff.end_sessions(name)
            audit(transaction, by, "account.close", name, now=self._now())

    def reopen(self, by: Employee, name: str) -> Invitation:
        """With a new link. Raises ``NoSuchAccount``."""
        with self._changing() as transaction:
            invitation, account = self._invited(replace(self._account(transaction, name), closed_at=None))
            self._replace(transaction, account)
            audit(transaction, by, "account.reopen", name, now=self._now())
        return invitation

    def list(self) -> list[Account]:
        with self._storage.reading() as transaction:
            return transaction.staff.accounts()

    def get(self, name: str) -> Account:
        """Raises ``NoSuchAccount``."""
        with self._storage.reading() as transaction:
            return self._account(transaction, name)

    # --- set up by its holder --------------------------------------------------------------------------------------

    def invited(self, token: str) -> tuple[Account, str]:
        """Whom this link is for, and the secret of the second factor. Raises ``LinkGone``."""
        with self._storage.reading() as transaction:
            account = self._by_link(transaction, token)
        return account, self._secret(account)

    def set_up(self, token: str, password: str, code: str) -> Sequence[str]:
        """Recovery codes, to be shown once. Raises ``LinkGone``, ``WeakPassword``, ``WrongCode``."""
        account, secret = self.invited(token)
        step = self._checked(account, secret, password, code)
        stored = passwords.hashed(password, self._cost)
        codes = second_factor.new_recovery_codes()
        name = account.employee.id
        with self._changing() as transaction:
            account = self._by_link(transaction, token)
            transaction.staff.put(replace(account, password=stored, setup_hash="", setup_until=0.0))
            transaction.staff.use_step(name, step)
            transaction.staff.set_recovery_codes(name, [second_factor.recovery_hash(name, one) for one in codes])
            transaction.staff.forget_failures(failures_of(name, self._blinder))  # those guessed at what is no more
            audit(transaction, account.employee, "account.set_up", name, now=self._now())
        return codes

    def change_password(self, employee: Employee, old: str, new: str, *, but: str) -> None:
        """Ends her other sessions, all ``but`` the one with this token's hash. Raises ``WrongPassword``,
        ``WeakPassword``."""
        account = self.get(employee.id)
        if not passwords.fits(old, account.password, self._cost):
            raise WrongPassword
        passwords.check(new, employee.id, employee.name)
        stored = passwords.hashed(new, self._cost)
        with self._changing() as transaction:
            transaction.staff.put(replace(self._account(transaction, employee.id), password=stored))
            transaction.staff.end_sessions(employee.id, but=but)
            audit(transaction, employee, "account.password", employee.id, now=self._now())

    def new_recovery_codes(self, employee: Employee, password: str) -> Sequence[str]:
        """In the place of the old ones. Raises ``WrongPassword``."""
        if not passwords.fits(password, self.get(employee.id).password, self._cost):
            raise WrongPassword
        codes = second_factor.new_recovery_codes()
        hashes = [second_factor.recovery_hash(employee.id, one) for one in codes]
        with self._storage.transaction() as transaction:
            transaction.staff.set_recovery_codes(employee.id, hashes)
            audit(transaction, employee, "account.recovery_codes", employee.id, now=self._now())
        return codes

    # --- parts -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Generator[Transaction]:
        """One at a time: an account is written as a whole, and who is the last administrator is counted."""
        with self._storage.transaction() as transaction:
            transaction.staff.hold()
            yield transaction

    def _checked(self, account: Account, secret: str, password: str, code: str) -> int:
        passwords.check(password, account.employee.id, account.employee.name)
        step = second_factor.step_of(secret, code, self._now())
        if step is None:
            raise WrongCode
        return step

    def _invited(self, account: Account) -> tuple[Invitation, Account]:
        token, secret, until = secrets.token_urlsafe(24), second_factor.new_secret(), self._now() + SETUP
        name = account.employee.id
        sealed = self._sealer.seal(secret.encode(), _row(name))
        waiting = replace(account, password="", totp=sealed, setup_hash=_link_hash(token), setup_until=until)
        return Invitation(name, token, secret, until), waiting

    def _replace(self, transaction: Transaction, account: Account) -> None:
        transaction.staff.put(account)
        transaction.staff.end_sessions(account.employee.id)
        transaction.staff.set_recovery_codes(account.employee.id, [])

    def _by_link(self, transaction: Transaction, token: str) -> Account:
        account = transaction.staff.by_setup(_link_hash(token))
        if account is None or not account.is_open or account.setup_until <= self._now():
            raise LinkGone
        return account

    def _secret(self, account: Account) -> str:
        return secret_of(account, self._sealer)

    @staticmethod
    def _account(transaction: Transaction, name: str) -> Account:
        account = transaction.staff.account(name)
        if account is None:
            raise NoSuchAccount
        return account

    def _of_another(self, transaction: Transaction, by: Employee, name: str) -> Account:
        if by.id == name:
            raise NotYourself
        return self._account(transaction, name)


def secret_of(account: Account, sealer: Sealer) -> str:
    """Of the second factor. Raises :class:`central.sealing.BadSeal`."""
    return sealer.open(account.totp, _row(account.employee.id)).decode()


def failures_of(name: str, blinder: Blinder) -> str:
    """What failures to sign in to the account are counted under."""
    return blinder.of("account", name)


def _row(name: str) -> str:
    return f"employee {name} totp"


def _keep_one(transaction: Transaction, account: Account) -> None:
    """Of those who can sign in and give out accounts."""
    able = [
        one.employee.id
        for one in transaction.staff.accounts()
        if one.is_open and one.password and Role.ADMINISTRATOR in one.employee.roles
    ]
    if able == [account.employee.id]:
        raise LastAdministrator


def _link_hash(token: str) -> str:
    return hashlib.sha256(f"kiosk-set-up-1\n{token}".encode()).hexdigest()


def _empty(employee: Employee, now: float) -> Account:
    return Account(employee, "", b"", 0, "", 0.0, now)


def _told(employee: Employee) -> str:
    return "，".join(filter(None, (employee.name, employee.titles, employee.department)))
