"""The licence store (可信证照库): electronic licences with their metadata, layout and seal, after GB/T 36901-36906.

A document is what is shown and printed: metadata, the layout as bytes, and a seal over both. Whoever has a document can
check it by himself with the store's public key; only the store knows whether it was revoked since.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

State = Literal["in_force", "not_yet", "expired", "revoked"]
Finding = Literal["genuine", "tampered", "unknown"]
Texts = Mapping[str, str]


@dataclass(frozen=True, repr=False)
class Licence:
    """Metadata."""

    id: str
    """电子证照标识 (GB/T 36904): six parts with dots, the last a check character."""
    kind: str
    """Code of the sort: ``driving_licence``."""
    title: Texts
    holder: str
    """Name."""
    holder_number: str
    issuer: Texts
    issued_on: date
    valid_from: date
    valid_until: date | None
    """Last day; ``None``: for good."""
    state: State
    fields: Mapping[str, str]
    """What stands in it, by name of the field."""


@dataclass(frozen=True, repr=False)
class Document:
    licence: Licence
    layout: bytes
    """What is drawn: JSON, a title, a watermark and rows of label and value."""
    seal: bytes
    """DSSE envelope (JSON) over metadata and the digest of the layout."""


@dataclass(frozen=True)
class SealCheck:
    finding: Finding
    state: State | None
    """As the store knows it now; ``None`` unless genuine."""
    key_id: str
    """Whose seal; empty when none fits."""


@dataclass(frozen=True, repr=False)
class NewLicence:
    """To be issued. The same ``reference`` issues the same licence again, never a second one."""

    reference: str
    kind: str
    holder: str
    holder_number: str
    valid_from: date
    valid_until: date | None
    fields: Mapping[str, str]


class LicenceStore(Protocol):
    """Safe from several threads. All raise :class:`central.platforms.errors.Unavailable`."""

    def of(self, number: str) -> list[Licence]:
        """All of a holder: identity number or unified social credit code."""
        ...

    def show(self, number: str, licence_id: str) -> Document:
        """Raises ``NotFound`` for what is not this holder's."""
        ...

    def verify(self, layout: bytes, seal: bytes) -> SealCheck:
        """Of a document anybody shows. Never raises for a forged one."""
        ...

    def issue(self, new: NewLicence) -> Licence:
        """Raises ``Denied`` for a kind that the store does not have."""
        ...

    def revoke(self, number: str, licence_id: str, reason: str) -> None:
        """Again is no error. Raises ``NotFound``."""
        ...

    def key(self) -> bytes:
        """The raw Ed25519 public key of the seal."""
        ...
