"""What ``power.c`` writes down, step by step."""

import struct
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_RECORD: Final = struct.Struct("=c3xII4xQq")


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
    SYMLINKED = "s"
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
    """What was written, or the path; of a symbolic link its content."""
    second: bytes
    """The new path."""


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
