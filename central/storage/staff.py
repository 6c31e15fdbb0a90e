"""Staff accounts, their sessions, and how often somebody failed to sign in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import BigInteger, Column, Double, Integer, LargeBinary, Table, Text
from sqlalchemy.engine import Connection

from central.staff.roles import Employee, Role
from central.storage.statements import Insert, Upsert
from central.storage.tables import metadata

employee: Final = Table(
    "employee",
    metadata,
    Column("id", Text, primary_key=True, doc="the name she signs in with"),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False, doc="separated by spaces"),
    Column("department", Text),
    Column("password", Text, nullable=False, doc="scrypt; empty until it is set"),
    Column("totp", LargeBinary, nullable=False, doc="the secret, sealed"),
    Column("totp_step", BigInteger, nullable=False, doc="of the last code that was used: none is good twice"),
    Column("setup_hash", Text, nullable=False, doc="of the one-time link; empty when there is none"),
    Column("setup_until", Double, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("closed_at", Double),
    Column("last_sign_in", Double),
)

recovery_code: Final = Table(
    "recovery_code",
    metadata,
    Column("employee", Text, primary_key=True),
    Column("hash", Text, primary_key=True),
    Column("used_at", Double),
)

staff_session: Final = Table(
    "staff_session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("employee", Text, nullable=False, index=True),
    Column("address", Text, nullable=False, doc="where she signed in from"),
    Column("browser", Text, nullable=False),
    Column("began_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
)

sign_in_failure: Final = Table(
    "sign_in_failure",
    metadata,
    Column("key", Text, primary_key=True, doc="an account or an address, as a keyed hash"),
    Column("count", Integer, nullable=False),
    Column("last_at", Double, nullable=False),
)


@dataclass(frozen=True, repr=False)
class Account:
    """Times are seconds since 1970."""

    employee: Employee
    password: str
    """As :mod:`central.staff.passwords` writes it; empty: the account is not set up yet."""
    totp: bytes
    """Sealed."""
    totp_step: int
    setup_hash: str
    setup_until: float
    created_at: float
    closed_at: float | None = None
    last_sign_in: float | None = None

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, repr=False)
class Session:
    """Times are seconds since 1970."""

    token_hash: str
    employee: str
    address: str
    browser: str
    began_at: float
    seen_at: float


@dataclass(frozen=True)
class Failures:
    """Of one account or one address."""

    count: int
    last_at: float


def _hold(new: Insert) -> sa.Executable:
    same = {"count": sign_in_failure.c["count"]}
    held = new.on_conflict_do_update(index_elements=[sign_in_failure.c.key], set_=same)
    return held.returning(sign_in_failure.c["count"], sign_in_failure.c.last_at)


_HOLD: Final = Upsert(sign_in_failure, _hold)
_SESSION: Final = (
    sa.select(staff_session, employee)
    .join(employee, employee.c.id == staff_session.c.employee)
    .where(staff_session.c.token_hash == sa.bindparam("token_hash"), employee.c.closed_at.is_(None))
)


class Staff:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- accounts --------------------------------------------------------------------------------------------------

    def add(self, account: Account) -> bool:
        """Whether the name was free."""
        if self.account(account.employee.id) is not None:
            return False
        self._connection.execute(sa.insert(employee).values(_values(account)))
        return True

    def put(self, account: Account) -> None:
        """In the place of the one that is there, but for the code that was used last."""
        values = {name: value for name, value in _values(account).items() if name not in ("id", "totp_step")}
        self._connection.execute(sa.update(employee).where(employee.c.id == account.employee.id).values(values))

    def account(self, name: str) -> Account | None:
        row = self._connection.execute(sa.select(employee).where(employee.c.id == name)).one_or_none()
        return _account(row) if row else None

    def hold(self) -> None:
        """Whoever else changes accounts waits until the transaction ends."""
        held = sa.select(employee.c.id).order_by(employee.c.id).with_for_update()
        self._connection.execute(held).all()

    def by_setup(self, setup_hash: str) -> Account | None:
        asked = sa.select(employee).where(employee.c.setup_hash == setup_hash, employee.c.setup_hash != "")
        row = self._connection.execute(asked).one_or_none()
        return _account(row) if row else None

    def accounts(self) -> list[Account]:
        """By name, those that were closed too."""
        return [_account(row) for row in self._connection.execute(sa.select(employee).order_by(employee.c.id))]

    def use_step(self, name: str, step: int) -> bool:
        """Whether no code of this time step or a later one was used before: it is now."""
        unused = sa.update(employee).where(employee.c.id == name, employee.c.totp_step < step)
        return self._connection.execute(unused.values(totp_step=step)).rowcount == 1

    def signed_in(self, name: str, *, now: float) -> None:
        self._connection.execute(sa.update(employee).where(employee.c.id == name).values(last_sign_in=now))

    # --- recovery codes --------------------------------------------------------------------------------------------

    def set_recovery_codes(self, name: str, hashes: Iterable[str]) -> None:
        """In the place of those there were."""
        self._connection.execute(sa.delete(recovery_code).where(recovery_code.c.employee == name))
        rows = [{"employee": name, "hash": one, "used_at": None} for one in hashes]
        if rows:
            self._connection.execute(sa.insert(recovery_code), rows)

    def use_recovery_code(self, name: str, code_hash: str, *, now: float) -> bool:
        """Whether it was good: it is no longer."""
        this = (recovery_code.c.employee == name, recovery_code.c.hash == code_hash, recovery_code.c.used_at.is_(None))
        return self._connection.execute(sa.update(recovery_code).where(*this).values(used_at=now)).rowcount == 1

    def recovery_codes_left(self, name: str) -> int:
        left = (recovery_code.c.employee == name, recovery_code.c.used_at.is_(None))
        counted = sa.select(sa.func.count()).select_from(recovery_code).where(*left)
        return self._connection.execute(counted).scalar_one()

    # --- sessions --------------------------------------------------------------------------------------------------

    def add_session(self, session: Session) -> None:
        self._connection.execute(sa.insert(staff_session).values(vars(session)))

    def session(self, token_hash: str) -> tuple[Session, Account] | None:
        """Of an account that is open."""
        row = self._connection.execute(_SESSION, {"token_hash": token_hash}).one_or_none()
        if row is None:
            return None
        width = len(staff_session.c)
        return Session(*row[:width]), _account(row[width:])

    def sessions(self, name: str) -> list[Session]:
        """The newest first."""
        mine = sa.select(staff_session).where(staff_session.c.employee == name)
        rows = self._connection.execute(mine.order_by(staff_session.c.began_at.desc()))
        return [Session(*row) for row in rows]

    def touch(self, token_hash: str, *, now: float) -> None:
        this = sa.update(staff_session).where(staff_session.c.token_hash == token_hash)
        self._connection.execute(this.values(seen_at=now))

    def end_session(self, token_hash: str) -> None:
        self._connection.execute(sa.delete(staff_session).where(staff_session.c.token_hash == token_hash))

    def end_sessions(self, name: str, *, but: str = "") -> int:
        """All of hers, but the one with this token's hash; how many there were."""
        hers = (staff_session.c.employee == name, staff_session.c.token_hash != but)
        return self._connection.execute(sa.delete(staff_session).where(*hers)).rowcount

    def sweep_sessions(self, *, seen_before: float, began_before: float) -> None:
        ended = (staff_session.c.seen_at < seen_before) | (staff_session.c.began_at < began_before)
        self._connection.execute(sa.delete(staff_session).where(ended))

    # --- failures --------------------------------------------------------------------------------------------------

    def failures(self, key: str) -> Failures | None:
        columns = (sign_in_failure.c.count, sign_in_failure.c.last_at)
        row = self._connection.execute(sa.select(*columns).where(sign_in_failure.c.key == key)).one_or_none()
        return Failures(*row) if row else None

    def hold_failures(self, key: str, *, now: float) -> Failures:
        """Whoever else tries with this key waits until the transaction ends."""
        first = {"key": key, "count": 0, "last_at": now}
        return Failures(*self._connection.execute(_HOLD.on(self._connection), first).one())

    def put_failures(self, key: str, failures: Failures) -> None:
        """After :meth:`hold_failures`."""
        this = sa.update(sign_in_failure).where(sign_in_failure.c.key == key)
        self._connection.execute(this.values(**vars(failures)))

    def forget_failures(self, key: str) -> None:
        self._connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.key == key))

    def sweep_failures(self, *, before: float) -> None:
        self._connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.last_at < before))


def _values(account: Account) -> dict[str, object]:
    who = account.employee
    roles = " ".join(role for role in Role if role in who.roles)
    rest = {name: value for name, value in vars(account).items() if name != "employee"}
    return {"id": who.id, "name": who.name, "roles": roles, "department": who.department, **rest}


def _account(row: Sequence[Any]) -> Account:
    name, called, roles, department, *rest = row
    return Account(Employee(name, called, frozenset(Role(role) for role in roles.split()), department), *rest)
