"""How a key becomes that of a terminal: by a one-time code, by living next door, or by the key before it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from central.authority import VALIDITY, Authority
from central.codes import code_hash, new_code
from central.storage.database import Storage, Transaction
from central.storage.terminals import TerminalKey
from offline_queue.suites import Ed25519VerifyKey, VerifyKey

TERMINAL_NAME: Final = r"^[A-Z0-9]{2,16}$"
_KEY_ID_BYTES: Final = 16
_FRESH: Final = VALIDITY.total_seconds() / 2
"""A neighbour that asks again gets the certificate it has while more than this is left of it."""


class Denied(Exception):
    """The key may not speak for this terminal. Its text says why, without telling a guesser how near he is."""


@dataclass(frozen=True)
class Enrolled:
    key: TerminalKey
    epoch: int


def code_for(storage: Storage, terminal: str, *, expires_at: float) -> str:
    """A new code, good once and until then. Raises ``StorageUnavailable``."""
    code = new_code()
    with storage.transaction() as transaction:
        transaction.terminals.add_code(code_hash(terminal, code), terminal, expires_at=expires_at)
    return code


class Enrolment:
    """``now`` in seconds since 1970. Raises ``StorageUnavailable``."""

    def __init__(self, storage: Storage, authority: Authority, now: Callable[[], float]) -> None:
        self._storage = storage
        self._authority = authority
        self._now = now

    def by_code(self, terminal: str, code: str, key: VerifyKey) -> Enrolled:
        """A new epoch; the same code and key again, the same answer. Raises :class:`Denied`."""
        with self._storage.transaction() as transaction:
            enrolled = self._by_code(transaction, terminal, code_hash(terminal, code), key)
            if enrolled is None:
                transaction.terminals.note_wrong_code(terminal)
        if enrolled is None:
            raise Denied("The code is wrong, expired or spent.")
        return enrolled

    def by_neighbourhood(self, terminal: str, key: VerifyKey) -> Enrolled:
        """A new epoch for a new key; the key it had keeps its epoch. Raises :class:`Denied`."""
        with self._storage.transaction() as transaction:
            epoch = transaction.terminals.hold(terminal)  # first: what is read after it stays true
            known = _own_key(transaction, terminal, key)
            if known and known.not_after - self._now() > _FRESH:
                return Enrolled(known, epoch)
            if known is None:
                epoch = transaction.terminals.next_epoch(terminal)
            return Enrolled(self._certify(transaction, terminal, key), epoch)

    def renewed(self, terminal: str, key: VerifyKey) -> Enrolled:
        """The next key of a terminal, asked for with the one it has: the epoch stays. Raises :class:`Denied`."""
        with self._storage.transaction() as transaction:
            epoch = transaction.terminals.hold(terminal)
            known = _own_key(transaction, terminal, key)
            if known is None or known.not_after - self._now() <= _FRESH:
                known = self._certify(transaction, terminal, key)
            return Enrolled(known, epoch)

    def _by_code(self, transaction: Transaction, terminal: str, hashed: str, key: VerifyKey) -> Enrolled | None:
        spent = transaction.terminals.spend_code(hashed, key_id(key), now=self._now())
        if spent is None:
            return None
        known = _own_key(transaction, terminal, key)
        if known and spent.epoch is not None:
            return Enrolled(known, spent.epoch)
        epoch = transaction.terminals.next_epoch(terminal)
        transaction.terminals.note_epoch(hashed, epoch)
        return Enrolled(self._certify(transaction, terminal, key), epoch)

    def _certify(self, transaction: Transaction, terminal: str, key: VerifyKey) -> TerminalKey:
        now = datetime.fromtimestamp(self._now(), UTC)
        certificate = ""  # of gm: no X.509 library at hand takes an SM2 key; the centre's own record of it counts
        if isinstance(key, Ed25519VerifyKey):
            certificate = self._authority.certify(terminal, key.key, bytes.fromhex(key_id(key)), now)
        row = TerminalKey(
            key_id=key_id(key),
            terminal=terminal,
            suite=key.suite,
            public_key=key.pem(),
            certificate=certificate,
            not_after=(now + VALIDITY).timestamp(),
            enrolled_at=now.timestamp(),
        )
        transaction.terminals.put_key(row)
        return row


def key_id(key: VerifyKey) -> str:
    """The first half of the key's SHA-256, in hexadecimal: the same key has the same id, and nobody chooses it."""
    return hashlib.sha256(key.pem().encode()).digest()[:_KEY_ID_BYTES].hex()


def _own_key(transaction: Transaction, terminal: str, key: VerifyKey) -> TerminalKey | None:
    """What is known of the key. Raise :class:`Denied` when it is another's, or was revoked."""
    known = transaction.terminals.key(key_id(key))
    if known and known.terminal != terminal:
        raise Denied("The key is that of another terminal: make a new one.")
    if known and known.revoked_at is not None:
        raise Denied("The key was revoked: make a new one.")
    return known
