"""The machinery that all devices share."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from drivers.framing import ReceiveBuffer
from drivers.trace import Direction, Record, TraceError, as_json, decode, from_json
from fuzz.promises import Target, expect

_HEADER: Final = {"format": "kiosk-trace", "version": 1, "kind": "a", "driver": "b", "port": "c", "started": "d"}
_RECORD: Final = as_json(Record(1, 0.5, Direction.SENT, b"\x10\x04"))


def trace_file(data: bytes) -> None:
    with suppress(TraceError):
        for record in decode(data.splitlines(keepends=True)).records:
            expect(from_json(as_json(record)).data == record.data, "a record that changes when it is saved again")


def receive_buffer(data: bytes) -> None:
    """The first two bytes are the limit and the length of the marker."""
    limit, length = max(1, data[0]) if data else 1, 1 + (data[1] % 8 if len(data) > 1 else 0)
    buffer, marker = ReceiveBuffer(limit), data[2 : 2 + length]
    for at in range(2, len(data), 7):
        buffer.append(data[at : at + 7])
        expect(len(buffer) <= limit, "over its limit")
        if buffer.skip_until(marker):
            expect(buffer.take(len(marker)) == marker, "no marker where it said")


TARGETS: Final[Mapping[str, Target]] = {
    "trace file": Target(trace_file, (f"{json.dumps(_HEADER)}\n{json.dumps(_RECORD)}\n".encode(),)),
    "receive buffer": Target(receive_buffer, (b"\x20\x02\xaa\xaa\x96noise\xaa\xaa\x96rest",)),
}
