"""The identity authority (可信身份认证): whether a name and a number belong together, and to whom a code belongs."""

from dataclasses import dataclass
from typing import Literal, Protocol

Outcome = Literal["match", "mismatch", "unknown"]
Standing = Literal["in_force", "reported_lost", "not_on_file"]
Portrait = Literal["not_asked", "match", "mismatch", "uncertain", "not_offered"]


@dataclass(frozen=True, repr=False)
class Claim:
    """Who somebody says he is."""

    name: str
    number: str
    """As on the card."""
    portrait: bytes = b""
    """JPEG of the face before the terminal, to be compared with the one on file; empty: do not compare."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """``evidence`` names this answer in the authority's own records, and repeats nothing of the claim."""

    number: str
    """Of the claim it answers."""
    outcome: Outcome
    standing: Standing
    """Of the card."""
    portrait: Portrait
    evidence: str


@dataclass(frozen=True, repr=False)
class Holder:
    """To whom a one-time code belongs."""

    code: str
    """Which that was."""
    name: str
    number: str
    birth: str
    """ISO date."""
    evidence: str


class IdentityAuthority(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def verify(self, claim: Claim) -> Verdict: ...

    def redeem(self, code: str) -> Holder:
        """Spends the one-time code that a person's phone shows.

        Raises ``Denied``: ``code-invalid``, ``code-expired`` or ``code-spent``.
        """
        ...

    def code_key(self) -> bytes:
        """The raw Ed25519 public key with which terminals check codes while the centre is out of reach."""
        ...
