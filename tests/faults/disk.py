"""What a disk holds after the power went: the journal of ``power.c`` played back up to any step.

What was synced is there. Of the rest any part may be: writes, whole or by sector, in any order; names as a journalling
file system keeps them, in order up to some point. A file's sync says nothing about its name; its folder's does (POSIX;
ext4 is kinder).
"""

import random
import shutil
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

_RECORD: Final = struct.Struct("=c3xII4xQq")
SECTOR: Final = 512


class Kind(StrEnum):
    """As in ``power.c``."""

    CREATED = "c"
    MADE_FOLDER = "d"
    WRITTEN = "w"
    TRUNCATED = "t"
    SYNCED = "f"
    SYNC_FAILED = "e"
    RENAMED = "r"
    LINKED = "l"
    UNLINKED = "u"
    REMOVED_FOLDER = "x"
    MAPPED = "m"
    SAID = "o"


@dataclass(frozen=True, repr=False)
class Step:
    kind: Kind
    inode: int
    offset: int
    """Of a write; of a truncation the new size."""
    first: bytes
    """What was written, or the path."""
    second: bytes
    """The new path."""


class Incomplete(Exception):
    """The journal speaks of a file it does not know: the witness has missed something."""


class Mercy(StrEnum):
    """How much of what was not synced survives."""

    NOTHING = "nothing"
    EVERYTHING = "everything"
    WRITES = "writes"
    """Each write or not."""
    SECTORS = "sectors"
    """Each sector of each write or not."""


def read_journal(path: Path) -> list[Step]:
    """A last record that is not whole was never made: its process died."""
    data = path.read_bytes() if path.exists() else b""
    steps: list[Step] = []
    at = 0
    while at + _RECORD.size <= len(data):
        kind, one, two, inode, offset = _RECORD.unpack_from(data, at)
        middle = at + _RECORD.size + one
        steps.append(Step(Kind(kind.decode()), inode, offset, data[middle - one : middle], data[middle : middle + two]))
        at = middle + two
    return steps


# --- what is on the disk ----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class File:
    durable: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list[Step])
    mapped: bool = False
    """Written to past all witnesses: its content may be anything."""

    def sync(self) -> None:
        for step in self.pending:
            _apply(self.durable, step)
        self.pending.clear()

    def content(self, mercy: Mercy, chance: random.Random) -> bytes:
        content = bytearray(self.durable)
        for step in self.pending:
            for part in _surviving(step, mercy, chance):
                _apply(content, part)
        return chance.randbytes(len(content)) if self.mapped else bytes(content)


@dataclass(eq=False)
class Folder:
    entries: "dict[str, File | Folder]" = field(default_factory=dict[str, "File | Folder"])


@dataclass(frozen=True)
class Naming:
    """One step of names, all or nothing: each entry of a folder with what it is from now on."""

    entries: tuple[tuple[Folder, str, File | Folder | None], ...]

    def concerns(self, folder: Folder) -> bool:
        return any(concerned is folder for concerned, _, _ in self.entries)


class Disk:
    """Begins with what is in ``root`` now, before the steps; all of that is synced."""

    def __init__(self, root: Path) -> None:
        self._prefix = root
        self._nodes: dict[int, File | Folder] = {}
        self._durable: dict[Folder, dict[str, File | Folder]] = {}
        self._names = self._found(root)
        """As running programs see them."""
        self._namings: list[Naming] = []
        """Not synced."""
        self._said = bytearray()

    def play(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._play(step)

    def crashes(self, steps: Iterable[Step]) -> Iterator[int]:
        """Each moment between two steps, before the first and after the last; yields how many have been made."""
        yield 0
        for number, step in enumerate(steps, 1):
            self._play(step)
            yield number

    @property
    def said(self) -> list[str]:
        """Lines of standard output until now."""
        return self._said.decode().splitlines()

    def leave(self, goal: Path, mercy: Mercy, chance: random.Random, *, names: Mercy | None = None) -> None:
        """Write to the empty folder ``goal`` what the disk holds if the power goes now."""
        kept = {folder: dict(entries) for folder, entries in self._durable.items()}
        for naming in self._namings[: self._surviving_names(names or mercy, chance)]:
            _name(kept, naming)
        _write(goal, self._names, kept, mercy, chance)

    def _found(self, path: Path) -> Folder:
        folder = Folder()
        self._nodes[path.stat().st_ino] = folder
        for entry in path.iterdir():
            node = self._found(entry) if entry.is_dir() else File(bytearray(entry.read_bytes()))
            self._nodes[entry.stat().st_ino] = folder.entries[entry.name] = node
        self._durable[folder] = dict(folder.entries)
        return folder

    def _surviving_names(self, mercy: Mercy, chance: random.Random) -> int:
        match mercy:
            case Mercy.NOTHING:
                return 0
            case Mercy.EVERYTHING:
                return len(self._namings)
            case _:
                return chance.randint(0, len(self._namings))

    def _play(self, step: Step) -> None:
        match step.kind:
            case Kind.SAID:
                self._said += step.first
            case Kind.SYNC_FAILED:
                self._file(step).pending.clear()  # Linux takes the pages for written and never writes them again
            case Kind.SYNCED:
                self._sync(self._node(step))
            case Kind.MAPPED:
                self._file(step).mapped = True
            case Kind.WRITTEN | Kind.TRUNCATED:
                self._file(step).pending.append(step)
            case _:
                self._rename(step)

    def _sync(self, node: File | Folder) -> None:
        if isinstance(node, File):
            node.sync()
            return
        for naming in (naming for naming in self._namings if naming.concerns(node)):
            _name(self._durable, naming)
        self._namings = [naming for naming in self._namings if not naming.concerns(node)]

    def _rename(self, step: Step) -> None:
        folder, name = self._place(step.first)
        match step.kind:
            case Kind.CREATED | Kind.MADE_FOLDER:
                node = self._nodes[step.inode] = File() if step.kind is Kind.CREATED else Folder()
                if isinstance(node, Folder):
                    self._durable[node] = {}
                entries: tuple[tuple[Folder, str, File | Folder | None], ...] = ((folder, name, node),)
            case Kind.UNLINKED | Kind.REMOVED_FOLDER:
                entries = ((folder, name, None),)
            case Kind.LINKED:
                entries = ((*self._place(step.second), self._node(step)),)
            case _:
                entries = ((folder, name, None), (*self._place(step.second), self._node(step)))
        naming = Naming(entries)
        self._namings.append(naming)
        for concerned, entry, node in naming.entries:
            _put(concerned.entries, entry, node)

    def _node(self, step: Step) -> File | Folder:
        try:
            return self._nodes[step.inode]
        except KeyError:
            raise Incomplete(step.kind.name) from None

    def _file(self, step: Step) -> File:
        node = self._node(step)
        if not isinstance(node, File):
            raise Incomplete(f"{step.kind.name} on a folder")
        return node

    def _place(self, path: bytes) -> tuple[Folder, str]:
        *folders, name = Path(path.decode()).relative_to(self._prefix).parts
        here = self._names
        for part in folders:
            inner = here.entries.get(part)
            if not isinstance(inner, Folder):
                raise Incomplete(part)
            here = inner
        return here, name


def empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _apply(content: bytearray, step: Step) -> None:
    if step.kind is Kind.TRUNCATED:
        del content[step.offset :]
        content.extend(bytes(step.offset - len(content)))
        return
    content.extend(bytes(max(0, step.offset - len(content))))
    content[step.offset : step.offset + len(step.first)] = step.first


def _surviving(step: Step, mercy: Mercy, chance: random.Random) -> Iterator[Step]:
    if mercy is Mercy.SECTORS and step.kind is Kind.WRITTEN:
        yield from (sector for sector in _sectors(step) if chance.random() < 0.5)
    elif mercy is Mercy.EVERYTHING or (mercy is not Mercy.NOTHING and chance.random() < 0.5):
        yield step


def _sectors(step: Step) -> Iterator[Step]:
    """Cut where the disk's sectors begin."""
    at, end = step.offset, step.offset + len(step.first)
    while at < end:
        following = min(end, (at // SECTOR + 1) * SECTOR)
        yield Step(step.kind, step.inode, at, step.first[at - step.offset : following - step.offset], b"")
        at = following


def _put(entries: dict[str, File | Folder], name: str, node: File | Folder | None) -> None:
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def _name(kept: dict[Folder, dict[str, File | Folder]], naming: Naming) -> None:
    for folder, name, node in naming.entries:
        _put(kept[folder], name, node)


def _write(
    goal: Path, folder: Folder, kept: dict[Folder, dict[str, File | Folder]], mercy: Mercy, chance: random.Random
) -> None:
    for name, node in sorted(kept[folder].items()):
        if isinstance(node, Folder):
            (goal / name).mkdir()
            _write(goal / name, node, kept, mercy, chance)
        else:
            (goal / name).write_bytes(node.content(mercy, chance))
