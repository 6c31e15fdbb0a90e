"""Who the terminal is to the centre: its own key and the certificate for it, on the disk.

All of it lies sealed in one file, which is replaced whole. A new key is durable there before the centre hears of it:
when the answer is lost, or the power goes, the same key is asked for again and gets the same answer.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from offline_queue import http_signature, suites
from offline_queue.crypto_errors import BadSeal, CryptoError
from offline_queue.envelope import LAST_EPOCH
from offline_queue.folder import write_over
from offline_queue.hashing import Suite
from offline_queue.suites import Cipher, SigningKey

_PLACE: Final = b"kiosk-identity-1"
_LEFT: Final = 1 / 3
"""Of a certificate's life, when the next one is asked for."""


class BadIdentity(CryptoError):
    """The terminal's identity cannot be read: enrol it again with a new one-time code of the centre."""


class Grant(BaseModel):
    """What the centre answers to an enrolment or a renewal. Times are seconds since 1970 by its clock."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, allow_inf_nan=False)

    terminal: str
    key_id: str = Field(pattern=f"^{http_signature.KEY_ID}$")
    certificate: str
    """PEM; empty for ``gm``."""
    time: float
    """Of the answer."""
    not_after: float
    epoch: int = Field(ge=1, le=LAST_EPOCH)
    sealing_key: str
    """PEM, of the centre."""
    voucher: str = Field(default="", repr=False)
    """What a centre that has forgotten the key takes it in again for."""


@dataclass(frozen=True, repr=False)
class Credentials:
    """Implements :class:`offline_queue.http_client.Identity`."""

    key: SigningKey
    grant: Grant

    @property
    def key_id(self) -> str:
        return self.grant.key_id


def needs_renewal(grant: Grant, now: float) -> bool:
    """Whether the last third of the certificate's life has begun.

    ``now`` is the centre's clock as its last answer told it: the terminal's own may be years off. Who has missed it and
    is answered ``expired`` renews all the same.
    """
    return now >= grant.not_after - (grant.not_after - grant.time) * _LEFT


class _Kept(BaseModel):
    """What lies in the file; keys as PEM."""

    version: Literal[1] = 1
    key: str = Field(default="", repr=False)
    grant: Grant | None = None
    asked_for: str = Field(default="", repr=False)
    """The key that the centre was asked to certify and has not answered."""


class CredentialStore:
    """One terminal's identity of one suite. Processes may share the folder."""

    def __init__(self, folder: Path, key: bytes, terminal: str, suite: Suite = "standard") -> None:
        """``key`` (32 bytes) seals what lies there."""
        self.terminal = terminal
        self.suite: Suite = suite
        self._path = folder / f"{suite}.identity"
        self._cipher = Cipher(key, suite)

    def load(self) -> Credentials | None:
        """``None`` before the terminal is enrolled. Raises :class:`BadIdentity`, ``GmUnavailable``, ``OSError``."""
        kept = self._read()
        if kept.grant is None or kept.grant.terminal != self.terminal:
            return None
        return Credentials(suites.load_signing_key(kept.key, self.suite), kept.grant)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Only one process at a time asks for a key."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def prepare(self) -> SigningKey:
        """The key to ask for: made and durable, or the one that was asked for without an answer.

        Raises ``GmUnavailable``, ``OSError``.
        """
        kept = self._read_or_start_again()
        if kept.asked_for:
            return suites.load_signing_key(kept.asked_for, self.suite)
        key = suites.generate(self.suite)
        self._write(kept.model_copy(update={"asked_for": key.pem()}))
        return key

    def commit(self, credentials: Credentials) -> None:
        """The centre has answered. Raises ``OSError``; the old identity is then untouched."""
        self._write(_Kept(key=credentials.key.pem(), grant=credentials.grant))

    def withdraw(self) -> None:
        """The centre wants another key. Raises ``OSError``."""
        self._write(self._read_or_start_again().model_copy(update={"asked_for": ""}))

    def _read(self) -> _Kept:
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return _Kept()
        try:
            return _Kept.model_validate_json(self._cipher.open(sealed, _PLACE))
        except (BadSeal, ValidationError) as error:
            raise BadIdentity(type(error).__name__) from None

    def _read_or_start_again(self) -> _Kept:
        """A file that cannot be read any more holds nothing to keep: its key is lost."""
        try:
            return self._read()
        except BadIdentity:
            return _Kept()

    def _write(self, kept: _Kept) -> None:
        write_over(self._path, self._cipher.seal(kept.model_dump_json().encode(), _PLACE))
