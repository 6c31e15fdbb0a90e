"""Where the centre keeps what it has, and the secrets it makes for itself at the first start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from central.files import keep, make_folder, write_durably
from central.keys import BadSecret, ed25519_key, symmetric_key
from offline_queue import sealed
from offline_queue.crypto_errors import BadKey, GmUnavailable
from offline_queue.hashing import SUITES, Suite
from offline_queue.sealed import Opener

BUNDLED_CATALOGUE: Final = Path(__file__).parent / "catalogue"
_SEALING_FILES: Final[Mapping[Suite, str]] = {"standard": "sealing.key", "gm": "sealing-gm.key"}


@dataclass(frozen=True)
class Settings:
    data: Path
    database_url: str = ""
    """Of SQLAlchemy, for SQLite or PostgreSQL; empty: ``central.db`` in ``data``."""
    attachments_place: str = ""
    """A folder or ``s3://BUCKET/PREFIX``; empty: ``attachments`` in ``data``."""
    catalogue: Path = BUNDLED_CATALOGUE
    nats: str = ""
    """URLs, with commas between, of the NATS servers that departments listen to; empty: nobody is told anything. The
    same for every worker."""
    neighbours: bool = False
    """Whether programs of the same user on this machine enrol without a code; only for a centre bound to loopback."""
    proxies: str = ""
    """Addresses, with commas, of those whose ``X-Forwarded-For`` and ``-Proto`` are believed."""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.data / 'central.db'}"

    @property
    def attachments(self) -> str:
        return self.attachments_place or str(self.data / "attachments")


@dataclass(frozen=True, repr=False)
class Sealing:
    """What only the centre can open."""

    public: str
    """PEM, for the terminals."""
    opener: Opener


@dataclass(frozen=True, repr=False)
class Secrets:
    signing_key: Ed25519PrivateKey
    """Of the catalogue."""
    storage_key: bytes
    sealing: Mapping[Suite, Sealing]
    """Without ``gm`` where this machine lacks it."""

    @classmethod
    def load_or_create(cls, folder: Path) -> Self:
        """``catalogue.key``, ``storage.key``, ``sealing.key`` and ``sealing-gm.key`` (all 0600), and ``catalogue.pub``
        for the terminals. Raises :class:`BadSecret`, ``OSError``."""
        make_folder(folder)
        signing_key = ed25519_key(folder / "catalogue.key")
        storage_key = symmetric_key(folder / "storage.key")
        sealing: dict[Suite, Sealing] = {}
        for suite in SUITES:
            if made := _sealing(folder / _SEALING_FILES[suite], suite):
                sealing[suite] = made
        public = signing_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        write_durably(folder / "catalogue.pub", public, 0o644)
        return cls(signing_key, storage_key, sealing)


def _sealing(path: Path, suite: Suite) -> Sealing | None:
    try:
        private = keep(path, lambda: _new_private(suite)).decode()
        return Sealing(sealed.public_of(private, suite), Opener(private, suite))
    except GmUnavailable:
        return None
    except (BadKey, ValueError):
        raise BadSecret(f"{path.name} is no key to open sealed copies with") from None


def _new_private(suite: Suite) -> bytes:
    private, _public = sealed.generate(suite)
    return private.encode()
