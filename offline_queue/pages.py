"""Pages and records of an encrypted SQLite file, read without SQLite: for files that it cannot open any more. Pure.

File format: https://www.sqlite.org/fileformat2.html (b-tree pages, record format, cell payload overflow, WAL).
Encryption: cipher scheme ``chacha20`` of SQLite3 Multiple Ciphers (``src/cipherchacha20.c``). The last 32 bytes of a
page are reserved: a nonce of 16 bytes (12 for ChaCha20, then its block counter, which is XORed with the page's number)
and a Poly1305 tag over all before it. Block ``counter`` under the file's key gives 64 bytes: the tag's key, and the key
that encrypts the page from block ``counter + 1`` on. On page 1 the first 24 bytes are not encrypted: a salt, which a
raw key makes meaningless, and the page size. Frames of the log hold pages encrypted likewise.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from cryptography.hazmat.primitives.poly1305 import Poly1305

PAGE: Final = 4096
"""Bytes of a page in every file of ours."""
USABLE: Final = PAGE - 32
USER_VERSION: Final = slice(60, 64)
"""Where page 1 tells the version of the schema."""

_TAG: Final = 16
_CLEAR: Final = 24
_FILE_HEADER: Final = 100
_BLOCK: Final = 64
_WORD: Final = 2**32

_WAL_HEADER: Final = struct.Struct(">8I")
_FRAME_HEADER: Final = struct.Struct(">6I")
LOG_HEADER: Final = _WAL_HEADER.size
LOGGED_PAGE: Final = _FRAME_HEADER.size + PAGE
"""Bytes of a frame of the log."""
_WAL_MAGIC: Final = {0x377F0682: "<6I", 0x377F0683: ">6I"}

_INDEX_INTERIOR, _TABLE_INTERIOR, _INDEX_LEAF, _TABLE_LEAF = 2, 5, 10, 13
_INTEGER_BYTES: Final = (0, 1, 2, 3, 4, 6, 8)
_LARGEST_PAYLOAD: Final = 10**9

Value = str | int | float | bytes | None
Overflow = Callable[[int], bytes | None]
"""The page with that number, decrypted, if it is whole."""


@dataclass(frozen=True, repr=False)
class Record:
    rowid: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Frame:
    number: int
    """Of the page."""
    size: int
    """Pages of the whole file after this commit; 0: the transaction goes on."""
    start: int
    """Where in the log the page lies."""


class PageCipher:
    """``key``: 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def open(self, number: int, page: bytes) -> bytes | None:
        """The first ``USABLE`` bytes of the page, decrypted; nothing unless all of it is authentic."""
        if len(page) != PAGE:
            return None
        nonce, counter = page[USABLE : USABLE + 12], struct.unpack_from("<I", page, USABLE + 12)[0] ^ number
        once = chacha20(self._key, counter, nonce, bytes(_BLOCK))
        try:
            Poly1305.verify_tag(once[:32], page[:-_TAG], page[-_TAG:])
        except InvalidSignature:
            return None
        clear = _CLEAR if number == 1 else 0
        return page[:clear] + chacha20(once[32:], (counter + 1) % _WORD, nonce, page[clear:USABLE])


def chacha20(key: bytes, counter: int, nonce: bytes, data: bytes) -> bytes:
    """As in RFC 8439, but a block counter that overflows carries into the nonce, which is what the library does."""
    whole = (_WORD - counter) * _BLOCK
    head = Cipher(ChaCha20(key, struct.pack("<I", counter) + nonce), None).encryptor().update(data[:whole])
    if len(data) <= whole:
        return head
    carried = struct.pack("<I", (struct.unpack_from("<I", nonce)[0] + 1) % _WORD) + nonce[4:]
    return head + chacha20(key, 0, carried, data[whole:])


def committed(log: bytes) -> list[Frame]:
    """The frames of the log that belong to its present run, up to the last commit. A broken header is done without.

    Frames after a damaged one are listed too: SQLite itself drops them all, without a word.
    """
    frames = [(salts, frame) for salts, frame in _frames(log) if frame.number]
    salts = _salts(log) or (frames[0][0] if frames else (0, 0))
    run = [frame for frame_salts, frame in frames if frame_salts == salts]
    last = max((index for index, frame in enumerate(run) if frame.size), default=-1)
    return run[: last + 1]


def has_header(log: bytes) -> bool:
    """Whether SQLite looks at the log at all."""
    return _salts(log) is not None


def _frames(log: bytes) -> Iterator[tuple[tuple[int, int], Frame]]:
    for start in range(LOG_HEADER, len(log) - LOGGED_PAGE + 1, LOGGED_PAGE):
        number, size, first, second, _, _ = _FRAME_HEADER.unpack_from(log, start)
        yield (first, second), Frame(number, size, start + _FRAME_HEADER.size)


def _salts(log: bytes) -> tuple[int, int] | None:
    """What every frame of the run repeats; nothing when the log's header is broken."""
    if len(log) < _WAL_HEADER.size:
        return None
    magic, _, _, _, first, second, *checksum = _WAL_HEADER.unpack_from(log)
    if magic not in _WAL_MAGIC or _checksum(struct.unpack_from(_WAL_MAGIC[magic], log)) != tuple(checksum):
        return None
    return first, second


def _checksum(words: tuple[int, ...]) -> tuple[int, int]:
    first = second = 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) % _WORD
        second = (second + odd + first) % _WORD
    return first, second


def rows(page: bytes, number: int, overflow: Overflow) -> Iterator[Record]:
    """The records of a leaf of a table; of anything else, and of cells that make no sense, nothing."""
    if _kind(page, number) == _TABLE_LEAF:
        yield from _records(page, number, overflow, header=8, rowid=True, child=0)


def entries(page: bytes, number: int, overflow: Overflow) -> Iterator[Record]:
    """The records of a page of an index; their rowid is the last value."""
    kind = _kind(page, number)
    if kind == _INDEX_LEAF:
        yield from _records(page, number, overflow, header=8, rowid=False, child=0)
    elif kind == _INDEX_INTERIOR:
        yield from _records(page, number, overflow, header=12, rowid=False, child=4)


def children(page: bytes, number: int) -> list[int]:
    """The pages below an inner page of a b-tree, by number."""
    if _kind(page, number) not in (_INDEX_INTERIOR, _TABLE_INTERIOR):
        return []
    start = _start(number)
    found = [_number(page, cell) for cell in _cells(page, start, header=12) if cell + 4 <= len(page)]
    return [*found, _number(page, start + 8)]


def _start(number: int) -> int:
    return _FILE_HEADER if number == 1 else 0


def _kind(page: bytes, number: int) -> int:
    start = _start(number)
    return page[start] if len(page) >= start + 12 else 0


def _cells(page: bytes, start: int, header: int) -> list[int]:
    count = int.from_bytes(page[start + 3 : start + 5], "big")
    pointers = page[start + header : start + header + 2 * count]
    return [cell for (cell,) in struct.iter_unpack(">H", pointers[: len(pointers) // 2 * 2])]


def _number(page: bytes, offset: int) -> int:
    return int.from_bytes(page[offset : offset + 4], "big")


def _records(page: bytes, number: int, overflow: Overflow, *, header: int, rowid: bool, child: int) -> Iterator[Record]:
    for cell in _cells(page, _start(number), header):
        try:
            size, at = _varint(page, cell + child)
            key, at = _varint(page, at) if rowid else (0, at)
            values = _values(_payload(page, at, size, overflow, table=rowid))
        except (ValueError, IndexError, struct.error):
            continue
        last = values[-1] if values else None
        yield Record(_signed(key) if rowid else last if isinstance(last, int) else 0, values)


def _payload(page: bytes, at: int, size: int, overflow: Overflow, *, table: bool) -> bytes:
    if size > _LARGEST_PAYLOAD:
        raise ValueError("too large")
    local = _local(size, table=table)
    data = _slice(page, at, local)
    if local == size:
        return data
    following = _number(_slice(page, at + local, 4), 0)
    parts, seen, missing = [data], set[int](), size - local
    while missing > 0:
        if following in seen or not (more := overflow(following)):
            raise ValueError("broken chain")
        seen.add(following)
        parts.append(_slice(more, 4, min(missing, USABLE - 4)))
        missing -= USABLE - 4
        following = _number(more, 0)
    return b"".join(parts)


def _local(size: int, *, table: bool) -> int:
    """How much of a payload lies in the cell itself ("B-tree Cell Format")."""
    largest = USABLE - 35 if table else (USABLE - 12) * 64 // 255 - 23
    if size <= largest:
        return size
    smallest = (USABLE - 12) * 32 // 255 - 23
    fitting = smallest + (size - smallest) % (USABLE - 4)
    return fitting if fitting <= largest else smallest


def _values(payload: bytes) -> tuple[Value, ...]:
    end, at = _varint(payload, 0)
    if not at <= end <= len(payload):
        raise ValueError("no record")
    body, values = end, list[Value]()
    while at < end:
        kind, at = _varint(payload, at)
        value, body = _value(payload, body, kind)
        values.append(value)
    if body != len(payload):
        raise ValueError("no record")
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    """By serial type ("Record Format")."""
    if kind in (8, 9):
        return kind - 8, at
    if kind in (10, 11):
        raise ValueError("reserved type")
    if kind == 7:
        return struct.unpack(">d", _slice(payload, at, 8))[0], at + 8
    if kind < 7:
        size = _INTEGER_BYTES[kind]
        return int.from_bytes(_slice(payload, at, size), "big", signed=True) if kind else None, at + size
    size = (kind - 12) // 2
    data = _slice(payload, at, size)
    return data.decode() if kind % 2 else data, at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def _signed(value: int) -> int:
    return value - 2**64 if value >= 2**63 else value


def _slice(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise ValueError("beyond the end")
    return data[at : at + size]
