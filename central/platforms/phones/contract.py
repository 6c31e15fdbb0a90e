"""Phone pairing (移动政务应用平台): a phone goes on with what a terminal began, for a few minutes.

The terminal shows a QR code; the phone that opens it shows a number, which the citizen types at the terminal, and then
agrees that it is this terminal. So both ends know that the same person stands before the one and holds the other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Purpose = Literal["form", "picture", "receipt"]
State = Literal["waiting", "opened", "matched", "joined", "done", "ended"]
"""Shown; opened by one phone; the number was right; the phone agreed; it brought or took its part; over and wiped."""
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Field:
    name: str
    label: Texts
    kind: Literal["text", "number", "date", "long"]


@dataclass(frozen=True, repr=False)
class Offer:
    """What the phone is to do: fill in ``fields``, send a picture, or take ``document`` away."""

    purpose: Purpose
    title: Texts
    fields: Sequence[Field] = ()
    document: bytes = b""
    """PDF."""


@dataclass(frozen=True, repr=False)
class Brought:
    answers: Mapping[str, str] = field(default_factory=dict[str, str])
    picture: bytes = b""
    """JPEG or PNG."""


@dataclass(frozen=True, repr=False)
class Pairing:
    id: str
    state: State
    expires_at: float
    """Seconds since 1970."""
    url: str = ""
    """For the QR code; told once. A path is below the centre's own address."""
    brought: Brought | None = None


class PhonePairing(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`; all but the first
    ``NotFound``."""

    def begin(self, terminal: str, offer: Offer) -> Pairing: ...

    def look(self, terminal: str, pairing_id: str) -> Pairing: ...

    def match(self, terminal: str, pairing_id: str, number: str) -> Pairing:
        """The number the phone shows, as typed at the terminal. Raises ``Conflict``: ``no-phone`` before one opened it,
        ``wrong-number``; after the third wrong one it has ended."""
        ...

    def end(self, terminal: str, pairing_id: str) -> None:
        """Wipe it. Again is no error."""
        ...
