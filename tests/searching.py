"""Whether bytes tell a secret, however it was written: the search that tests of privacy share."""

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

LARGEST: Final = 1 << 22
"""Bytes looked at of each thing that was packed."""
_PACKED: Final = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
"""How gzip and zlib begin."""


class Search:
    """For texts, and for byte strings that are secret as they are."""

    def __init__(self, secrets: Iterable[str], marks: Iterable[bytes] = ()) -> None:
        spelt = {spelling for secret in secrets for spelling in spellings(secret)}
        self._needles = re.compile(b"|".join(re.escape(needle) for needle in sorted(spelt | set(marks))))

    def tells(self, data: bytes) -> bool:
        return any(self._needles.search(part) for part in unpacked(data))


def spellings(secret: str) -> Iterator[bytes]:
    """As any program here might write it, backwards too."""
    for text in (secret, secret[::-1]):
        yield text.encode("unicode_escape")
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            data = text.encode(encoding)
            yield from (data, data.hex().encode(), data.hex().upper().encode())
            yield from (in_base64(data, shift) for shift in range(3))
            yield from (in_base64(data, shift).translate(_URL_SAFE) for shift in range(3))


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def in_base64(data: bytes, shift: int) -> bytes:
    """What base64 makes of ``data`` with ``shift`` bytes before it, whatever stands before and behind."""
    whole = base64.b64encode(bytes(shift) + data)
    first, last = (shift * 4 + 2) // 3, (shift + len(data)) // 3 * 4
    return whole[first:last]


def unpacked(data: bytes) -> Iterator[bytes]:
    """``data`` and what is packed in it, wherever that begins."""
    yield data
    for start in _PACKED.finditer(data):
        bits = zlib.MAX_WBITS | (16 if start[0][:1] == b"\x1f" else 0)
        try:
            yield zlib.decompressobj(bits).decompress(data[start.start() :], LARGEST)
        except zlib.error:
            continue
