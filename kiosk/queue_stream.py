"""Payloads that come as lines of JSON, put into the queue as they arrive: whoever pipes fast shares writes to the disk,
a single line is answered at once."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, cast

from uuid6 import uuid7

from offline_queue.contract import NewMatter, Queue, QueueFull
from offline_queue.pace import LARGEST_SIZE

LONGEST: Final = LARGEST_SIZE - 4096
"""Bytes of a line, with room for the rest of its envelope: the centre takes no larger request."""


class BadLine(ValueError):
    """The line is no payload. The message says why, and never what stands in it."""


class NoRoom(Exception):
    """The queue takes nothing more; ``line`` is the first that it did not take."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass
class Lines:
    """Cuts bytes into lines, numbered from 1. A line that is too long comes as ``None``; it is not kept in memory."""

    longest: int = LONGEST
    _rest: bytes = b""
    _number: int = 0
    _skipping: bool = False

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes | None]]:
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            self._number += 1
            too_long, self._skipping = self._skipping or len(line) > self.longest, False
            yield self._number, None if too_long else line
        self._skipping = self._skipping or len(rest) > self.longest
        self._rest = b"" if self._skipping else rest

    def end(self) -> Iterator[tuple[int, bytes | None]]:
        """The last line, when it has no end."""
        return self.feed(b"\n") if self._rest or self._skipping else iter(())


@dataclass(frozen=True)
class Kind:
    """What the matters of one stream have in common."""

    item: str
    item_version: int = 1
    case_field: str = ""
    """Name of the payload's field that names the case; it stands in the envelope."""

    def matter(self, payload: Mapping[str, Any]) -> NewMatter:
        """Raises :class:`BadLine`."""
        case = payload.get(self.case_field, "") if self.case_field else ""
        if not isinstance(case, str | int):
            raise BadLine(f"field {self.case_field} is neither text nor number")
        return NewMatter(str(uuid7()), self.item, self.item_version, payload, case=str(case))


@dataclass
class Stream:
    """``told`` gets the ids of what is durable, in order; ``refused`` the number of a bad line and the reason."""

    queue: Queue
    kind: Kind
    clock: Callable[[], float]
    told: Callable[[Sequence[str]], None]
    refused: Callable[[int, str], None]
    bad: int = 0
    _lines: Lines = field(default_factory=Lines)

    def run(self, chunks: Iterable[bytes]) -> None:
        """Raises ``QueueUnavailable`` and :class:`NoRoom`: what was told before is safe."""
        for chunk in chunks:
            self._take(self._lines.feed(chunk))
        self._take(self._lines.end())

    def _take(self, lines: Iterator[tuple[int, bytes | None]]) -> None:
        if batch := [(number, matter) for number, line in lines if (matter := self._matter(number, line))]:
            self._put(batch)

    def _matter(self, number: int, line: bytes | None) -> NewMatter | None:
        try:
            return self.kind.matter(payload(line))
        except BadLine as error:
            self._refuse(number, str(error))
            return None

    def _put(self, batch: Sequence[tuple[int, NewMatter]]) -> None:
        """All in one write; when that cannot be, one by one, to find the line that is to blame."""
        try:
            envelopes = self.queue.put_all([matter for _, matter in batch], now=self.clock())
        except (ValueError, TypeError, QueueFull) as error:
            if len(batch) > 1:
                for one in batch:
                    self._put([one])
            elif isinstance(error, QueueFull):
                raise NoRoom(batch[0][0], str(error)) from None
            else:
                self._refuse(batch[0][0], "cannot be put into an envelope: half a character, or a number out of range")
        else:
            self.told([envelope.id for envelope in envelopes])

    def _refuse(self, number: int, reason: str) -> None:
        self.bad += 1
        self.refused(number, reason)


def payload(line: bytes | None) -> Mapping[str, Any]:
    """Raises :class:`BadLine`."""
    if line is None:
        raise BadLine(f"is longer than {LONGEST} bytes: send files as attachments")
    try:
        value = json.loads(line, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise BadLine(f"is no JSON: {error.msg.lower()} at character {error.pos + 1}") from None
    except UnicodeDecodeError:
        raise BadLine("is no JSON: not UTF-8") from None
    except BadLine:
        raise
    except (ValueError, RecursionError):
        raise BadLine("is no JSON that can be kept: a number has too many digits, or it is nested too deeply") from None
    if not isinstance(value, dict):
        raise BadLine("is no JSON object")
    return cast("dict[str, Any]", value)


def _refuse_constant(name: str) -> NoReturn:
    raise BadLine(f"is no JSON: {name} is no number")
