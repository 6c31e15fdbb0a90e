"""Terminals, their keys and what they have been given."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from central.numbers import Place
from central.storage.statements import Insert, Upsert, insert
from central.storage.tables import enrolment_code, terminal, terminal_epoch, terminal_key

MOST_WRONG_CODES: Final = 5


def _one_more_batch(new: Insert) -> sa.Executable:
    told = {name: new.excluded[name] for name in ("last_seen", "clock_offset")}
    counted = new.on_conflict_do_update(
        index_elements=[terminal.c.terminal], set_={"batches": terminal.c.batches + 1, **told}
    )
    return counted.returning(terminal.c.batches)


def _more_settled(new: Insert) -> sa.Executable:
    old, come = terminal_epoch.c, new.excluded
    higher = sa.case((come.last_seq > old.last_seq, come.last_seq), else_=old.last_seq)
    counted = new.on_conflict_do_update(
        index_elements=[old.terminal, old.epoch], set_={"settled": old.settled + come.settled, "last_seq": higher}
    )
    return counted.returning(old.settled)


_KEY: Final = sa.select(terminal_key).where(terminal_key.c.key_id == sa.bindparam("key_id"))
_LOCK: Final = Upsert(terminal, _one_more_batch)
_SETTLE: Final = Upsert(terminal_epoch, _more_settled)


@dataclass(frozen=True)
class TerminalKey:
    """Times are seconds since 1970."""

    key_id: str
    terminal: str
    epoch: int
    """In which it files."""
    origin: str
    """The key, by its id, with which this machine began the epoch: the same for those that follow by renewal."""
    suite: Literal["standard", "gm"]
    public_key: str
    """PEM."""
    certificate: str
    """PEM."""
    not_after: float
    enrolled_at: float
    revoked_at: float | None = None


@dataclass(frozen=True)
class KnownTerminal:
    name: str
    epoch: int
    last_seen: float | None
    """Seconds since 1970."""
    clock_offset: float | None
    """Seconds its clock was ahead then."""


@dataclass(frozen=True)
class Spent:
    """A one-time code in the hands of the key that spent it."""

    terminal: str
    epoch: int | None
    """What this key was answered before; ``None`` the first time."""


class Terminals:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, name: str, *, now: float, clock_offset: float | None = None) -> int:
        """The number of this batch: 1, 2, 3 ... Other batches of the terminal wait until the transaction ends.

        It writes whatever the batch holds: an answer whose transaction wrote nothing would be given at once even when
        what it repeats has not reached the standby.
        """
        first = {"terminal": name, "epoch": 0, "batches": 1, "last_seen": now, "clock_offset": clock_offset}
        return self._connection.execute(_LOCK.on(self._connection), first).scalar_one()

    def seen(self, name: str, *, now: float, clock_offset: float) -> None:
        """It was heard of without handing anything in."""
        this = sa.update(terminal).where(terminal.c.terminal == name)
        self._connection.execute(this.values(last_seen=now, clock_offset=clock_offset))

    def all(self) -> list[KnownTerminal]:
        """By name."""
        columns = (terminal.c.terminal, terminal.c.epoch, terminal.c.last_seen, terminal.c.clock_offset)
        rows = self._connection.execute(sa.select(*columns).order_by(terminal.c.terminal))
        return [KnownTerminal(*row) for row in rows]

    def next_epoch(self, name: str) -> int:
        """One more than any this terminal was ever given or ever used."""
        given = self.hold(name)
        highest = sa.select(sa.func.max(terminal_epoch.c.epoch)).where(terminal_epoch.c.terminal == name)
        epoch = max(given, self._connection.execute(highest).scalar_one() or 0) + 1
        self._connection.execute(sa.update(terminal).where(terminal.c.terminal == name).values(epoch=epoch))
        return epoch

    def begun(self, name: str, epoch: int) -> None:
        """It was given this epoch once: the next is a higher one."""
        lower = (terminal.c.terminal == name, terminal.c.epoch < epoch)
        self._connection.execute(sa.update(terminal).where(*lower).values(epoch=epoch))

    def leave_out_epochs(self, count: int) -> None:
        """Of every terminal that is known: so many may have been given out since."""
        self._connection.execute(sa.update(terminal).values(epoch=terminal.c.epoch + count))

    def hold(self, name: str) -> int:
        """Its epoch, 0 for one nobody knew; whoever else enrols it waits until the transaction ends."""
        new = insert(self._connection, terminal).values(terminal=name, epoch=0, batches=0)
        held = new.on_conflict_do_update(index_elements=[terminal.c.terminal], set_={"epoch": terminal.c.epoch})
        return self._connection.execute(held.returning(terminal.c.epoch)).scalar_one()

    def epoch(self, name: str) -> int:
        """The latest it was given; 0 for a terminal that never enrolled."""
        latest = sa.select(terminal.c.epoch).where(terminal.c.terminal == name)
        return self._connection.execute(latest).scalar_one_or_none() or 0

    def settled(self, name: str, epoch: int) -> int:
        """How many matters of that epoch the centre has spoken on."""
        count = sa.select(terminal_epoch.c.settled).where(
            terminal_epoch.c.terminal == name, terminal_epoch.c.epoch == epoch
        )
        return self._connection.execute(count).scalar_one_or_none() or 0

    def settle(self, name: str, places: Collection[Place]) -> dict[int, int]:
        """Count so many more as settled, each in its epoch; how many there are now, of these epochs."""
        counts = Counter(epoch for epoch, _ in places)
        last = dict(sorted(places))  # the highest sequence of an epoch comes last
        return {epoch: self._settle(name, epoch, count, last[epoch]) for epoch, count in counts.items()}

    def _settle(self, name: str, epoch: int, more: int, last: int) -> int:
        told = {"terminal": name, "epoch": epoch, "settled": more, "last_seq": last}
        return self._connection.execute(_SETTLE.on(self._connection), told).scalar_one()

    # --- keys ------------------------------------------------------------------------------------------------------

    def key(self, key_id: str) -> TerminalKey | None:
        row = self._connection.execute(_KEY, {"key_id": key_id}).one_or_none()
        return TerminalKey(*row) if row else None

    def keys(self, name: str) -> list[TerminalKey]:
        """The newest first."""
        mine = (
            sa.select(terminal_key).where(terminal_key.c.terminal == name).order_by(terminal_key.c.enrolled_at.desc())
        )
        return [TerminalKey(*row) for row in self._connection.execute(mine)]

    def put_key(self, key: TerminalKey) -> None:
        """A key that is known gets the new certificate and epoch."""
        new = insert(self._connection, terminal_key).values(vars(key))
        renewed = {
            "epoch": key.epoch,
            "origin": key.origin,
            "certificate": key.certificate,
            "not_after": key.not_after,
        }
        self._connection.execute(new.on_conflict_do_update(index_elements=[terminal_key.c.key_id], set_=renewed))

    def revoke(self, key_id: str, *, now: float) -> None:
        still_good = (terminal_key.c.key_id == key_id, terminal_key.c.revoked_at.is_(None))
        self._connection.execute(sa.update(terminal_key).where(*still_good).values(revoked_at=now))

    # --- one-time codes --------------------------------------------------------------------------------------------

    def add_code(self, code_hash: str, name: str, *, expires_at: float) -> None:
        self._connection.execute(
            sa.insert(enrolment_code).values(code_hash=code_hash, terminal=name, expires_at=expires_at, wrong=0)
        )

    def spend_code(self, code_hash: str, key_id: str, *, now: float) -> Spent | None:
        """``None`` for a code that is wrong, expired, guessed at too often or spent by another key. The same key may
        spend it again."""
        code = enrolment_code.c
        free = code.used_by.is_(None) & (code.wrong < MOST_WRONG_CODES)
        good = (code.code_hash == code_hash, code.expires_at > now, free | (code.used_by == key_id))
        spend = sa.update(enrolment_code).where(*good).values(used_by=key_id, used_at=now)
        row = self._connection.execute(spend.returning(code.terminal, code.epoch)).one_or_none()
        return Spent(*row) if row else None

    def note_wrong_code(self, name: str) -> None:
        """Somebody guesses: ``MOST_WRONG_CODES`` of them, and no code of this terminal is good any more."""
        guessed_at = (enrolment_code.c.terminal == name, enrolment_code.c.used_by.is_(None))
        self._connection.execute(sa.update(enrolment_code).where(*guessed_at).values(wrong=enrolment_code.c.wrong + 1))

    def note_epoch(self, code_hash: str, epoch: int) -> None:
        """What the spender of the code was answered."""
        this = sa.update(enrolment_code).where(enrolment_code.c.code_hash == code_hash)
        self._connection.execute(this.values(epoch=epoch))
