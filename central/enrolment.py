"""How a key becomes that of a terminal: by a one-time code, by living next door, by the key before it, or by the
voucher of a centre that has forgotten it."""

import hashlib
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from central import vouchers
from central.authority import VALIDITY, Authority
from central.codes import code_hash, new_code
from central.storage.database import Storage, Transaction
from central.storage.terminals import TerminalKey
from central.vouchers import Voucher
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
    voucher: str

    @property
    def epoch(self) -> int:
        return self.key.epoch


def code_for(storage: Storage, terminal: str, *, expires_at: float) -> str:
    """A new code, good once and until then. Raises ``StorageUnavailable``."""
    code = new_code()
    with storage.transaction() as transaction:
        transaction.terminals.add_code(code_hash(terminal, code), terminal, expires_at=expires_at)
    return code


@dataclass(frozen=True)
class _Line:
    """The keys one machine has in one epoch."""

    epoch: int
    origin: str


class Enrolment:
    """``now`` in seconds since 1970. Raises ``StorageUnavailable``."""

    def __init__(
        self, storage: Storage, authority: Authority, now: Callable[[], float], revoked: Container[str] = ()
    ) -> None:
        """``revoked``: ids of keys, whatever the database says of them."""
        self._storage = storage
        self._authority = authority
        self._now = now
        self._revoked = revoked

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
            transaction.terminals.hold(terminal)  # first: what is read after it stays true
            known = self._own_key(transaction, terminal, key)
            if known and self._lasts(known):
                return self._enrolled(known)
            line = _line(known) if known else _begun(transaction, terminal, key)
            return self._enrolled(self._certify(transaction, terminal, key, line))

    def renewed(self, old: TerminalKey, key: VerifyKey) -> Enrolled:
        """The next key of a terminal, asked for with the one it has: the epoch stays. Raises :class:`Denied`."""
        with self._storage.transaction() as transaction:
            transaction.terminals.hold(old.terminal)
            known = self._own_key(transaction, old.terminal, key)
            if known and self._lasts(known):
                return self._enrolled(known)
            return self._enrolled(self._certify(transaction, old.terminal, key, _line(known or old)))

    def returned(self, text: str, key: VerifyKey) -> Enrolled:
        """A key this authority has vouched for, which the database forgot. Raises :class:`Denied`."""
        voucher = self._vouched(text, key)
        with self._storage.transaction() as transaction:
            transaction.terminals.hold(voucher.terminal)
            known = self._own_key(transaction, voucher.terminal, key)
            if known is None:
                transaction.terminals.begun(voucher.terminal, voucher.epoch)
                line = _still_its_own(transaction, voucher) or _begun(transaction, voucher.terminal, key)
                known = self._certify(transaction, voucher.terminal, key, line)
            return self._enrolled(known)

    def _vouched(self, text: str, key: VerifyKey) -> Voucher:
        try:
            voucher = vouchers.read(text, self._authority.key)
        except vouchers.BadVoucher as error:
            raise Denied(str(error.__doc__)) from None
        if voucher.key_id != key_id(key):
            raise Denied("The voucher is for another key.")
        return voucher

    def _by_code(self, transaction: Transaction, terminal: str, hashed: str, key: VerifyKey) -> Enrolled | None:
        spent = transaction.terminals.spend_code(hashed, key_id(key), now=self._now())
        if spent is None:
            return None
        known = self._own_key(transaction, terminal, key)
        if known and spent.epoch is not None:
            return self._enrolled(known)
        line = _begun(transaction, terminal, key)
        transaction.terminals.note_epoch(hashed, line.epoch)
        return self._enrolled(self._certify(transaction, terminal, key, line))

    def _lasts(self, key: TerminalKey) -> bool:
        return key.not_after - self._now() > _FRESH

    def _certify(self, transaction: Transaction, terminal: str, key: VerifyKey, line: _Line) -> TerminalKey:
        now = datetime.fromtimestamp(self._now(), UTC)
        certificate = ""  # of gm: no X.509 library at hand takes an SM2 key; the centre's own record of it counts
        if isinstance(key, Ed25519VerifyKey):
            certificate = self._authority.certify(terminal, key.key, bytes.fromhex(key_id(key)), now)
        row = TerminalKey(
            key_id=key_id(key),
            terminal=terminal,
            epoch=line.epoch,
            origin=line.origin,
            suite=key.suite,
            public_key=key.pem(),
            certificate=certificate,
            not_after=(now + VALIDITY).timestamp(),
            enrolled_at=now.timestamp(),
        )
        transaction.terminals.put_key(row)
        return row

    def _enrolled(self, key: TerminalKey) -> Enrolled:
        return Enrolled(key, vouchers.sign(Voucher.of(key), self._authority.key))

    def _own_key(self, transaction: Transaction, terminal: str, key: VerifyKey) -> TerminalKey | None:
        """What is known of the key. Raise :class:`Denied` when it is another's, or was revoked."""
        known = transaction.terminals.key(key_id(key))
        if known and known.terminal != terminal:
            raise Denied("The key is that of another terminal: make a new one.")
        if (known and known.revoked_at is not None) or key_id(key) in self._revoked:
            raise Denied("The key was revoked: make a new one.")
        return known


def key_id(key: VerifyKey) -> str:
    """The first half of the key's SHA-256, in hexadecimal: the same key has the same id, and nobody chooses it."""
    return hashlib.sha256(key.pem().encode()).digest()[:_KEY_ID_BYTES].hex()


def _line(key: TerminalKey) -> _Line:
    return _Line(key.epoch, key.origin)


def _begun(transaction: Transaction, terminal: str, key: VerifyKey) -> _Line:
    return _Line(transaction.terminals.next_epoch(terminal), key_id(key))


def _still_its_own(transaction: Transaction, voucher: Voucher) -> _Line | None:
    """``None`` when the centre, which had forgotten the epoch, gave it to another machine since."""
    others = [key for key in transaction.terminals.keys(voucher.terminal) if key.epoch == voucher.epoch]
    its_own = all(key.origin == voucher.origin for key in others)
    return _Line(voucher.epoch, voucher.origin) if its_own else None
