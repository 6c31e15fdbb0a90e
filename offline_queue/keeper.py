"""Opens, makes, replaces and mends the queue file, for whoever holds its lock alone.

Each step leaves the old file whole or the new one: whoever is killed in between, the next one to open the name finds
either, with its key among the candidates, and removes the rest.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from offline_queue import generations, incidents, pages
from offline_queue.connection import (
    Connection,
    Row,
    Transaction,
    all_or_nothing,
    leave,
    migrate,
    migrations,
    quick_check,
    rekey,
    unlock,
    vacuum_into,
)
from offline_queue.faults import Damaged, KeyLost, WrongKey, said
from offline_queue.generations import Memory
from offline_queue.incidents import Incident, IncidentKind
from offline_queue.keys import Keys
from offline_queue.pages import PAGE
from offline_queue.salvage import Source, fitting_key, salvage

_TABLES: Final = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


@dataclass(frozen=True, repr=False)
class Opened:
    connection: Connection
    key: bytes
    file: tuple[int, int] | None
    """What the name meant then."""

    def meta(self) -> Row:
        return Transaction(self.connection).run("meta")[0]


class Keeper:
    """Raises ``QueueUnavailable``, ``apsw.Error``, ``OSError``."""

    def __init__(self, path: Path, keys: Keys, epoch: int, machine: Callable[[], Mapping[str, str]]) -> None:
        self._path = path
        self._keys = keys
        self._epoch = epoch
        self._machine = machine
        self._news: list[Incident] = []

    def news(self) -> list[Incident]:
        """Each is told once."""
        news, self._news = self._news, []
        return news

    # --- opening -----------------------------------------------------------------------------------------------------

    def opened(self, now: float) -> Opened:
        """The file behind the name, of the newest version; made if there never was one, and in a new epoch if there
        was."""
        memory = generations.remembered(self._path)
        if memory is None:
            self._refuse_a_scrap()
            generations.remember(self._path, Memory())
        elif memory.made and not generations.real(self._path).exists():
            self._salvaged("missing", now)
        generations.tidy(self._path)
        return self._open(now)

    def _refuse_a_scrap(self) -> None:
        """SQLite would write over a file that is smaller than a page."""
        file = generations.real(self._path)
        if file.is_file() and 0 < file.stat().st_size < PAGE:
            raise said(WrongKey)

    def _open(self, now: float) -> Opened:
        file = generations.real(self._path)
        connection, key = self._unlock(file)
        try:
            _refuse_broken_log(connection, file)
            migrate(connection, migrations())
            opened = Opened(connection, key, generations.identity(self._path))
            self._decide_epoch(opened, now)
        except BaseException:
            leave(connection)
            raise
        return opened

    def _unlock(self, file: Path) -> tuple[Connection, bytes]:
        memory = self._memory()
        if not generations.has_pages(file):
            if memory.made:
                raise said(Damaged, "it is empty")
            return (unlock(file, key := self._keys.create()), key)
        candidates = self._keys.candidates()
        if not candidates:
            raise said(KeyLost)
        for key in candidates:
            try:
                connection = unlock(file, key)
            except apsw.NotADBError:
                continue
            self._keys.commit(key)
            return connection, key
        raise said(Damaged if fitting_key(file, generations.log_of(file), candidates) else WrongKey)

    def _decide_epoch(self, opened: Opened, now: float) -> None:
        """Before anything is filed it is known that the file exists, and that no number is used twice."""
        memory, meta, here = self._memory(), opened.meta(), self._machine()
        broken_off = not memory.borne and meta["epoch"] < memory.epoch
        kind = incidents.origin(0 if broken_off else memory.epoch, meta["epoch"], meta["machine"], here)
        epoch = max(memory.epoch + bool(kind or broken_off), meta["epoch"] + bool(kind), self._epoch)
        incident = Incident(kind, now, epoch) if kind else None
        told = incidents.together(meta["machine"], here) == meta["machine"]
        if incident or memory != Memory(epoch, made=True) or not told:
            self._begin(opened, epoch, incident)
            generations.remember(self._path, Memory(epoch, made=True))
        self._news += [incident] if incident else []

    def _memory(self) -> Memory:
        return generations.remembered(self._path) or Memory()

    # --- replacing ---------------------------------------------------------------------------------------------------

    def rekeyed(self, opened: Opened, now: float) -> Opened:
        return self._renewed(opened, self._keys.prepare(), now)

    def compacted(self, opened: Opened, now: float) -> Opened:
        return self._renewed(opened, opened.key, now)

    def _renewed(self, opened: Opened, key: bytes, now: float) -> Opened:
        new = generations.fresh(self._path)
        try:
            with _destroyed_on_failure(new):
                vacuum_into(opened.connection, new)
                rekey(new, opened.key, key)
                _refuse_a_bad_copy(opened.connection, new, key)
        finally:
            opened.connection.close()
        self._switch(new, key)
        return self._open(now)

    def _switch(self, new: Path, key: bytes) -> None:
        generations.switch(self._path, new)
        self._keys.commit(key)
        generations.tidy(self._path)

    # --- mending -----------------------------------------------------------------------------------------------------

    def mended(self, now: float) -> Opened:
        """The file as :meth:`opened`, all of it looked through, and in the right epoch."""
        try:
            opened = self.opened(now)
            _refuse_damage(opened.connection)
        except (Damaged, apsw.CorruptError):
            self._salvaged("damaged", now)
            opened = self._open(now)
        return opened

    def raise_epoch(self, opened: Opened, at_least: int, now: float) -> None:
        self._epoch = max(at_least, self._epoch)
        self._decide_epoch(opened, now)

    def _salvaged(self, kind: IncidentKind, now: float) -> None:
        file, candidates = generations.real(self._path), self._keys.candidates()
        log = generations.log_of(file)
        key = fitting_key(file, log, candidates) or (candidates[0] if candidates else self._keys.create())
        new = generations.fresh(self._path)
        with _new(new, key) as target:
            source = Source(file, log, key)
            try:
                found = salvage(source, target)
            finally:
                source.close()
            epoch = max(self._memory().epoch, found.epoch) + 1
            detail = f"{found.damaged} damaged pages of {source.size}"
            aside = generations.set_aside(self._path)
            incident = Incident(kind, now, epoch, aside, found.saved, found.lost, detail)
            self._begin(Opened(target, key, None), epoch, incident)
            _refuse_damage(target)
        self._switch(new, key)
        self._news.append(incident)

    def _begin(self, opened: Opened, epoch: int, incident: Incident | None = None) -> None:
        """The number is used up before anything bears it."""
        generations.remember(self._path, Memory(epoch, made=True, borne=False))
        transaction = Transaction(opened.connection)
        with all_or_nothing(opened.connection):
            machine = incidents.together(opened.meta()["machine"], self._machine())
            transaction.run("set_meta", epoch=epoch, machine=machine)
            if incident:
                transaction.run("add_incident", **vars(incident))


@contextmanager
def _new(file: Path, key: bytes) -> Generator[Connection]:
    """A file that is complete and closed at the end, or is not there."""
    with _destroyed_on_failure(file):
        connection = unlock(file, key)
        try:
            yield connection
            connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        finally:
            connection.close()


@contextmanager
def _destroyed_on_failure(file: Path) -> Generator[None]:
    generations.destroy(file)
    try:
        yield
    except BaseException:
        generations.destroy(file)
        raise


def _refuse_damage(connection: Connection) -> None:
    """Raises :class:`Damaged`, and leaves the connection then."""
    try:
        if quick_check(connection):
            raise said(Damaged)
    except BaseException:
        leave(connection)
        raise


def _refuse_broken_log(connection: Connection, file: Path) -> None:
    """Raises :class:`Damaged` when commits lie in the log behind the place where SQLite stopped to read it.

    One may: a power cut can leave the last one, which nobody was told of, in pieces.
    """
    log = generations.log_of(file)
    known, _ = connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    later = sum(frame.size > 0 for frame in pages.committed(log)[max(known, 0) :])
    if later > (1 if pages.has_header(log) else 0):
        raise said(Damaged)


def _refuse_a_bad_copy(source: Connection, file: Path, key: bytes) -> None:
    copy = unlock(file, key)
    try:
        _refuse_damage(copy)
        if _counts(source) != _counts(copy):
            raise said(Damaged, "the copy has not all rows")
    finally:
        copy.close()


def _counts(connection: Connection) -> list[tuple[str, int]]:
    names = [row["name"] for row in connection.execute(_TABLES).fetchall()]
    return [
        (name, connection.execute(f'SELECT count(*) AS count FROM "{name}"').fetchall()[0]["count"])  # noqa: S608
        for name in names
    ]
