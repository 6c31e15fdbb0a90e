"""Signatures and touches as bytes, and what a signature looks like. Without I/O.

A signature is kept as JSON, version 1: ``{"version":1,"size":[width,height],"strokes":[[[t,x,y],[t,x,y,pressure]]]}``.

A pad at a line is asked ``{"ask":"show"}``, ``"hide"`` or ``"size"``, and answers ``{"size":[width,height]}``; while it
is shown it sends ``{"act":"down","t":0.5,"x":0.1,"y":0.2,"finger":0}``. One JSON object a line.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final, cast

from drivers.errors import ProtocolError
from drivers.signature.contract import Act, Ask, PadEvent, Plausibility, Point, Signature, Stroke

VERSION: Final = 1
MAX_STROKES: Final = 200
MAX_POINTS: Final = 20_000
"""Of all strokes: writing without a pause for almost three minutes at 120 points a second."""
MAX_SECONDS: Final = 3600.0
MAX_SIDE: Final = 16384
MAX_BYTES: Final = 1_000_000
_MAX_LINE: Final = 512

# --- numbers ----------------------------------------------------------------------------------------------------------


def _number(value: object, low: float, high: float) -> float:
    """JSON lets ``NaN`` and ``true`` through."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ProtocolError("a number out of its range")
    return float(value)


def _size(value: object) -> tuple[int, int]:
    if not isinstance(value, list) or len(cast("list[object]", value)) != 2:
        raise ProtocolError("no size")
    width, height = (int(_number(side, 1, MAX_SIDE)) for side in cast("list[object]", value))
    return width, height


# --- a signature ------------------------------------------------------------------------------------------------------


def encode(signature: Signature) -> bytes:
    strokes = [[_row(point) for point in stroke] for stroke in signature.strokes]
    whole = {"version": VERSION, "size": list(signature.size), "strokes": strokes}
    return json.dumps(whole, separators=(",", ":")).encode()


def _row(point: Point) -> list[float]:
    row = [round(point.t, 3), round(point.x, 4), round(point.y, 4)]
    return row if point.pressure is None else [*row, round(point.pressure, 3)]


def decode(data: bytes) -> Signature:
    """Raises ``ProtocolError`` for what is no signature of this version within the bounds above."""
    if len(data) > MAX_BYTES:
        raise ProtocolError("too long for a signature")
    try:
        whole: Any = json.loads(data)
        if whole["version"] != VERSION:
            raise ProtocolError("a signature of another version")
        strokes = tuple(_stroke(rows) for rows in whole["strokes"])
        signature = Signature(strokes, _size(whole["size"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ProtocolError("no signature") from None
    _check(signature)
    return signature


def _stroke(rows: Any) -> Stroke:
    if not isinstance(rows, list) or not rows:
        raise ProtocolError("no stroke")
    return tuple(_point(*row) for row in cast("list[Any]", rows))


def _point(t: object, x: object, y: object, pressure: object = None) -> Point:
    felt = None if pressure is None else _number(pressure, 0, 1)
    return Point(_number(t, 0, MAX_SECONDS), _number(x, 0, 1), _number(y, 0, 1), felt)


def _check(signature: Signature) -> None:
    points = [point for stroke in signature.strokes for point in stroke]
    if len(signature.strokes) > MAX_STROKES or len(points) > MAX_POINTS:
        raise ProtocolError("too much for a signature")
    if any(after.t < before.t for before, after in pairwise(points)):
        raise ProtocolError("time goes back")


_DOT: Final = 0.03
_SHORT: Final = 0.25
"""Length of all strokes, in heights of the pad."""
_QUICK: Final = 0.25


def judge(signature: Signature) -> Plausibility:
    """From lengths and time alone: nobody's hand is known here."""
    if not signature.strokes:
        return Plausibility.EMPTY
    written = sum(length(stroke, signature.size) for stroke in signature.strokes) / signature.size[1]
    if written < _DOT:
        return Plausibility.DOT
    seconds = signature.strokes[-1][-1].t - signature.strokes[0][0].t
    return Plausibility.SHORT if written < _SHORT or seconds < _QUICK else Plausibility.PLAUSIBLE


def length(stroke: Stroke, size: tuple[int, int]) -> float:
    """In pixels of the pad."""
    places = [(point.x * size[0], point.y * size[1]) for point in stroke]
    return sum(math.dist(one, other) for one, other in pairwise(places))


# --- a pad at a line --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ready:
    """The pad did what it was asked."""

    size: tuple[int, int]


@dataclass(frozen=True)
class Damaged:
    reason: str


class NeedMore(Enum):
    NEED_MORE = "need more"


NEED_MORE: Final = NeedMore.NEED_MORE


def encode_ask(what: Ask) -> bytes:
    return _line({"ask": what.value})


def encode_ready(size: tuple[int, int]) -> bytes:
    return _line({"size": list(size)})


def encode_event(event: PadEvent) -> bytes:
    """Numbers have fixed places, never an exponent; whatever they are, also none that :func:`decode` would take."""
    if event.act in (Act.CLEAR, Act.UNDO, Act.DONE):
        return _line({"act": event.act.value})
    pressure = "" if event.pressure is None else f',"pressure":{event.pressure:.3f}'
    place = f'"t":{event.t:.3f},"x":{event.x:.4f},"y":{event.y:.4f},"finger":{event.finger}'
    return f'{{"act":"{event.act}",{place}{pressure}}}\n'.replace("nan", "NaN").encode()


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


class PadParser:
    """What a pad sends. Feed it bytes in any portions, then ask for events until it needs more."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def receive_data(self, data: bytes) -> None:
        self._buffer += data

    def next_event(self) -> PadEvent | Ready | Damaged | NeedMore:
        end = self._buffer.find(b"\n")
        if end < 0 and len(self._buffer) <= _MAX_LINE:
            return NEED_MORE
        line = bytes(self._buffer[:end]) if end >= 0 else b""
        del self._buffer[: end + 1 if end >= 0 else None]
        try:
            return _message(line)
        except ProtocolError as error:
            return Damaged(error.detail)


def _message(line: bytes) -> PadEvent | Ready:
    try:
        value: Any = json.loads(line)
        if "size" in value:
            return Ready(_size(value["size"]))
        act = Act(value["act"])
        if act in (Act.CLEAR, Act.UNDO, Act.DONE):
            return PadEvent(act)
        felt = value.get("pressure")
        return PadEvent(
            act,
            _number(value["t"], 0, math.inf),
            _number(value["x"], 0, 1),
            _number(value["y"], 0, 1),
            int(_number(value["finger"], 0, 1 << 31)),
            None if felt is None else _number(felt, 0, 1),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ProtocolError("no message of a pad") from None


class AskParser:
    """What the terminal asks, as a pad sees it; what is no question is passed over."""

    def __init__(self) -> None:
        self._buffer = b""

    def receive(self, data: bytes) -> list[Ask]:
        *lines, self._buffer = (self._buffer + data)[-_MAX_LINE:].split(b"\n")
        return [Ask(match[1].decode()) for line in lines if (match := _ASK.search(line))]


_ASK: Final = re.compile(rb'\{"ask":"(show|hide|size)"\}$')
