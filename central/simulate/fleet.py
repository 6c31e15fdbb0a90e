"""Terminals that the centre knows, by its database: what a technician does with a code each."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from central.authority import VALIDITY
from central.enrolment import key_id
from central.simulate.comparing import Kept, Told
from central.simulate.filing import Book
from central.simulate.line import Signer
from central.simulate.terminal import Terminal
from central.storage.database import Storage
from central.storage.terminals import TerminalKey
from offline_queue import suites

_AT_ONCE: Final = 100
"""Terminals of one transaction."""


def enrol(storage: Storage, count: int, chance: random.Random) -> Iterator[list[Terminal]]:
    """Some at a time, each with a new key and in a new epoch. Raises ``StorageUnavailable``."""
    indices = iter(range(count))
    while some := list(islice(indices, _AT_ONCE)):
        with storage.transaction() as transaction:
            made: list[Terminal] = []
            for index in some:
                name = f"S{index:06d}"
                epoch = transaction.terminals.next_epoch(name)
                key = suites.generate()
                row = _row(name, epoch, key.public())
                transaction.terminals.put_key(row)
                own = random.Random(chance.random())  # noqa: S311 - no secret
                made.append(Terminal(index, Signer(key, row.key_id), Book(name, epoch), own))
        yield made


def _row(name: str, epoch: int, key: suites.VerifyKey) -> TerminalKey:
    """Without a certificate: those are for people, the row counts."""
    now = time.time()
    return TerminalKey(
        key_id=key_id(key),
        terminal=name,
        epoch=epoch,
        origin=key_id(key),
        suite=key.suite,
        public_key=key.pem(),
        certificate="",
        not_after=now + VALIDITY.total_seconds(),
        enrolled_at=now,
    )


def told(terminals: Iterable[Terminal]) -> dict[str, Told]:
    return {one.book.terminal: Told(frozenset(put.id for put in one.put), one.told) for one in terminals}


def kept(storage: Storage, terminals: Sequence[Terminal]) -> list[Kept]:
    """Of the epochs of this run."""
    epochs = {one.book.terminal: one.book.epoch for one in terminals}
    with storage.reading() as transaction:
        return [
            Kept(one.terminal, one.id, one.place, one.case_key, one.number or "")
            for one in transaction.matters.all()
            if epochs.get(one.terminal) == one.epoch
        ]
