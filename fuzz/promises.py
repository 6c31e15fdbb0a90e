"""What every parser promises, and how a target checks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from drivers.monitor import Redactor

Run = Callable[[bytes], None]
"""Raises only if the parser broke a promise; what the parser may raise is caught within."""


@dataclass(frozen=True)
class Target:
    """``seeds`` are valid inputs to start from."""

    run: Run
    seeds: tuple[bytes, ...] = (b"",)


class Broken(Exception):
    """A parser did what it promised not to do."""


def expect(condition: object, what: str) -> None:
    if not condition:
        raise Broken(what)


T = TypeVar("T")


def same_in_portions(parse: Callable[[Iterable[bytes]], T], data: bytes) -> T:
    """A parser must not care how the line cuts what it receives. Returns what it made of it."""
    whole = parse([data])
    expect(parse(data[at : at + 1] for at in range(len(data))) == whole, "another result byte by byte")
    return whole


def outcome(parse: Callable[[], T], *errors: type[Exception]) -> T | str:
    """The result, or the name of the error that the parser may raise."""
    try:
        return parse()
    except errors as error:
        return type(error).__name__


def redactor(make: Callable[[], Redactor]) -> Run:
    """A redactor keeps lengths. Portions go out and come in by turns; the byte before each says how long it is."""

    def run(data: bytes) -> None:
        it, at, sends = make(), 0, True
        while at < len(data):
            portion = data[at + 1 : at + 1 + data[at]]
            redacted = it.sent(portion) if sends else it.received(portion)
            expect(len(redacted) == len(portion), "another length")
            at, sends = at + 1 + data[at], not sends

    return run


def portions(*data: bytes) -> bytes:
    """A seed for :func:`redactor`."""
    return b"".join(bytes((len(each),)) + each for each in data)
