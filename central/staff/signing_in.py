"""At the door: password and second factor at once, so that nobody learns which of them was wrong."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from central.sealing import Blinder, Sealer
from central.staff import lockout, passwords, second_factor
from central.staff.accounts import NAME, failures_of, secret_of
from central.staff.audit import CENTRE, audit
from central.staff.errors import NotLetIn
from central.staff.lockout import ACCOUNT, ADDRESS
from central.staff.passwords import Cost
from central.staff.sessions import Sessions
from central.staff.timings import FORGET_FAILURES, IDLE, SESSION
from central.storage.database import Storage, Transaction
from central.storage.staff import Account, Failures

_LONGEST_NAME: Final = 100
_CROWDED: Final = 2.0
"""Seconds."""


@dataclass(frozen=True, repr=False)
class Attempt:
    name: str
    password: str
    code: str
    """Six digits, or a recovery code."""
    address: str
    """Where it comes from."""
    browser: str


class SigningIn:
    def __init__(
        self,
        storage: Storage,
        sealer: Sealer,
        blinder: Blinder,
        sessions: Sessions,
        now: Callable[[], float],
        cost: Cost,
        places: int = 8,
    ) -> None:
        """``places``: so many are looked at at once; who comes beyond is asked to try again, for the threads that
        compute scrypt are those that answer terminals."""
        self._storage = storage
        self._sealer = sealer
        self._blinder = blinder
        self._sessions = sessions
        self._now = now
        self._cost = cost
        self._places = threading.Semaphore(places)

    def sign_in(self, attempt: Attempt) -> str:
        """The token of a new session. Raises ``NotLetIn``, in the same words and after the same work whether there is
        such an account or not."""
        if not self._places.acquire(blocking=False):
            raise NotLetIn(_CROWDED)
        try:
            return self._look_at(attempt)
        finally:
            self._places.release()

    def _look_at(self, attempt: Attempt) -> str:
        name = attempt.name.strip().casefold()[:_LONGEST_NAME]
        self._count(name, attempt.address)
        account = self._account(name)
        usable = account if account and account.is_open else None
        right = passwords.fits(attempt.password, usable.password if usable else "", self._cost)
        with self._storage.transaction() as transaction:
            if usable and right and self._has_second_factor(transaction, usable, attempt.code):
                return self._let_in(transaction, usable, attempt)
            self._note_lock(transaction, account, name)
        raise NotLetIn(self._wait(name, attempt.address))

    def sweep(self) -> None:
        """What ended and what is forgotten."""
        now = self._now()
        with self._storage.transaction() as transaction:
            transaction.staff.sweep_sessions(seen_before=now - IDLE, began_before=now - SESSION)
            transaction.staff.sweep_failures(before=now - FORGET_FAILURES)

    def _account(self, name: str) -> Account | None:
        if not NAME.fullmatch(name):  # no account has it, and no database takes all that can be typed
            return None
        with self._storage.reading() as transaction:
            return transaction.staff.account(name)

    def _count(self, name: str, address: str) -> None:
        """Every try counts as a failure before it is looked at: many at once are no way around the lock."""
        now = self._now()
        with self._storage.transaction() as transaction:
            told = [
                (key, policy, transaction.staff.hold_failures(key, now=now))
                for key, policy in self._keys(name, address)
            ]
            if wait := max(lockout.wait(failures, policy, now) for _, policy, failures in told):
                raise NotLetIn(wait)
            for key, _, failures in told:
                transaction.staff.put_failures(key, lockout.one_more(failures, now))

    def _has_second_factor(self, transaction: Transaction, account: Account, code: str) -> bool:
        name, now = account.employee.id, self._now()
        plain = code.replace(" ", "")
        step = second_factor.step_of(secret_of(account, self._sealer), plain, now)
        if step is not None:
            return transaction.staff.use_step(name, step)
        if not transaction.staff.use_recovery_code(name, second_factor.recovery_hash(name, plain), now=now):
            return False
        audit(transaction, account.employee, "account.recovery_code_used", name, now=now)
        return True

    def _let_in(self, transaction: Transaction, account: Account, attempt: Attempt) -> str:
        employee, now = account.employee, self._now()
        token, session = self._sessions.new(employee.id, attempt.address, attempt.browser)
        transaction.staff.add_session(session)
        transaction.staff.signed_in(employee.id, now=now)
        (of_account, _), (of_address, _) = self._keys(employee.id, attempt.address)
        transaction.staff.forget_failures(of_account)
        if failures := transaction.staff.failures(of_address):  # others there may still be guessing
            transaction.staff.put_failures(of_address, Failures(max(failures.count - 1, 0), failures.last_at))
        audit(transaction, employee, "account.sign_in", employee.id, attempt.address, now)
        return token

    def _note_lock(self, transaction: Transaction, account: Account | None, name: str) -> None:
        """Once, when it begins: an audit that everybody can fill is none."""
        failures = transaction.staff.failures(failures_of(name, self._blinder))
        if account and failures and failures.count == ACCOUNT.free:
            audit(transaction, CENTRE, "account.locked", name, now=self._now())

    def _wait(self, name: str, address: str) -> float:
        with self._storage.reading() as transaction:
            return max(
                lockout.wait(transaction.staff.failures(key), policy, self._now())
                for key, policy in self._keys(name, address)
            )

    def _keys(self, name: str, address: str) -> tuple[tuple[str, lockout.Policy], tuple[str, lockout.Policy]]:
        """Always in this order, so that two who try at once do not wait for each other."""
        return (failures_of(name, self._blinder), ACCOUNT), (self._blinder.of("address", address), ADDRESS)
