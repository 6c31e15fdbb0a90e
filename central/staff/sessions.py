"""Sessions lie at the centre: the browser has a random token, the database its hash."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from central.staff.roles import Employee
from central.staff.timings import IDLE, SEEN, SESSION
from central.storage.database import Storage
from central.storage.staff import Session

_TOKEN_BYTES: Final = 32
_LONGEST_BROWSER: Final = 200


@dataclass(frozen=True, repr=False)
class SignedIn:
    employee: Employee
    token_hash: str

    @property
    def csrf(self) -> str:
        return csrf_of(self.token_hash)


def hash_of(token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(f"kiosk-session-1\n{token}".encode()).hexdigest()


def csrf_of(token_hash: str) -> str:
    """What the forms of this session carry. It tells nothing of the token: that hash of it is not sent."""
    return hashlib.sha256(f"kiosk-csrf-1\n{token_hash}".encode()).hexdigest()


def has_ended(session: Session, now: float) -> bool:
    """A clock that was put back ends it too."""
    return not (session.began_at <= session.seen_at <= now + SEEN) or (
        now - session.seen_at > IDLE or now - session.began_at > SESSION
    )


class Sessions:
    def __init__(self, storage: Storage, now: Callable[[], float]) -> None:
        self._storage = storage
        self._now = now

    def find(self, token: str) -> SignedIn | None:
        """Who this browser is; notes that she is there. Raises ``StorageUnavailable``."""
        token_hash, now = hash_of(token), self._now()
        with self._storage.reading() as transaction:
            found = transaction.staff.session(token_hash)
        if found is None or has_ended(found[0], now):
            return None
        session, account = found
        if now - session.seen_at > SEEN:
            with self._storage.transaction() as transaction:
                transaction.staff.touch(token_hash, now=now)
        return SignedIn(account.employee, token_hash)

    def new(self, employee: str, address: str, browser: str) -> tuple[str, Session]:
        """The token for the browser, and what is kept of it, to be added in the transaction that signs in."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._now()
        return token, Session(hash_of(token), employee, address, browser[:_LONGEST_BROWSER], now, now)
