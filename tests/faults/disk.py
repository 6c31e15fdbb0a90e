"""What a disk holds after the power went: the journal of a process played back up to any step.

What was synced is there. Of the rest any part may be: writes, whole or by sector, in any order; names as a journalling
file system keeps them, in order up to some point. A file's sync says nothing about its name; its folder's does (POSIX;
ext4 is kinder).
"""

import random
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.faults.journal import Kind, Step

SECTOR: Final = 512


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


@dataclass(frozen=True)
class Symlink:
    content: str


@dataclass(eq=False)
class Folder:
    entries: "dict[str, Node]" = field(default_factory=dict[str, "Node"])


Node = File | Folder | Symlink
Names = dict[Folder, dict[str, Node]]
"""What stands in each folder."""


@dataclass(frozen=True)
class Naming:
    """One step of names, all or nothing: each entry of a folder with what it is from now on."""

    entries: tuple[tuple[Folder, str, Node | None], ...]

    def concerns(self, folder: Folder) -> bool:
        return any(concerned is folder for concerned, _, _ in self.entries)


class Disk:
    """Begins with what is in ``root`` now, before the steps; all of that is synced."""

    def __init__(self, root: Path) -> None:
        self._prefix = root
        self._nodes: dict[int, Node] = {}
        self._durable: Names = {}
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

    def leave(self, goal: Path, content: Mercy, names: Mercy, chance: random.Random) -> None:
        """Write to the empty folder ``goal`` what the disk holds if the power goes now."""
        kept = {folder: dict(entries) for folder, entries in self._durable.items()}
        for naming in self._namings[: self._surviving_names(names, chance)]:
            _name(kept, naming)
        _write(goal, self._names, kept, content, chance)

    def _found(self, path: Path) -> Folder:
        folder = Folder()
        self._nodes[path.stat().st_ino] = folder
        for entry in path.iterdir():
            if entry.is_symlink():
                node: Node = Symlink(str(entry.readlink()))
            else:
                node = self._found(entry) if entry.is_dir() else File(bytearray(entry.read_bytes()))
            self._nodes[entry.lstat().st_ino] = folder.entries[entry.name] = node
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

    def _sync(self, node: Node) -> None:
        if isinstance(node, File):
            node.sync()
        if not isinstance(node, Folder):
            return
        for naming in (naming for naming in self._namings if naming.concerns(node)):
            _name(self._durable, naming)
        self._namings = [naming for naming in self._namings if not naming.concerns(node)]

    def _rename(self, step: Step) -> None:
        naming = Naming(self._entries(step))
        self._namings.append(naming)
        for folder, name, node in naming.entries:
            _put(folder.entries, name, node)

    def _entries(self, step: Step) -> tuple[tuple[Folder, str, Node | None], ...]:
        match step.kind:
            case Kind.CREATED:
                return ((*self._place(step.first), self._new(step, File())),)
            case Kind.MADE_FOLDER:
                return ((*self._place(step.first), self._new(step, Folder())),)
            case Kind.SYMLINKED:
                return ((*self._place(step.second), self._new(step, Symlink(step.first.decode()))),)
            case Kind.LINKED:
                return ((*self._place(step.second), self._node(step)),)
            case Kind.RENAMED:
                return ((*self._place(step.first), None), (*self._place(step.second), self._node(step)))
            case _:
                return ((*self._place(step.first), None),)

    def _new(self, step: Step, node: Node) -> Node:
        self._nodes[step.inode] = node
        if isinstance(node, Folder):
            self._durable[node] = {}
        return node

    def _node(self, step: Step) -> Node:
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


def _put(entries: dict[str, Node], name: str, node: Node | None) -> None:
    if node is None:
        entries.pop(name, None)
    else:
        entries[name] = node


def _name(kept: Names, naming: Naming) -> None:
    for folder, name, node in naming.entries:
        _put(kept[folder], name, node)


def _write(goal: Path, folder: Folder, kept: Names, mercy: Mercy, chance: random.Random) -> None:
    for name, node in sorted(kept[folder].items()):
        match node:
            case Folder():
                (goal / name).mkdir()
                _write(goal / name, node, kept, mercy, chance)
            case Symlink(content):
                (goal / name).symlink_to(content)
            case File():
                (goal / name).touch(mode=0o600)  # as all that holds anything is here
                (goal / name).write_bytes(node.content(mercy, chance))
