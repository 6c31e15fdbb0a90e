"""The key of the queue file: kept so that only this machine's owner gets it, and changed without ever being lost."""

import contextlib
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Protocol

from offline_queue.faults import KeyFault
from offline_queue.folder import sync_folder, write_new
from offline_queue.keys_tpm import TpmSeal

KEY_BYTES: Final = 32
Place = Literal["file", "tpm"]
Source = Literal["auto", "file", "tpm"]


class BadKeyFile(KeyFault):
    """The key file cannot be trusted: wrong length, or others may read it. Check its owner and mode (0600)."""


class Keys(Protocol):
    """Raises ``QueueUnavailable`` and ``OSError``. Only one caller at a time, save for ``candidates``."""

    def candidates(self) -> tuple[bytes, ...]:
        """32 bytes each: the current key, then those of changes that were not finished; none before ``create``."""
        ...

    def create(self) -> bytes:
        """The first key, durable; all who call it get the same."""
        ...

    def prepare(self) -> bytes:
        """A new key, durable, beside the current one."""
        ...

    def commit(self, key: bytes) -> None:
        """One of the candidates becomes the current key; the one before it is forgotten."""
        ...


class FixedKeys:
    """Keys in memory, for tests."""

    def __init__(self, *keys: bytes) -> None:
        self._keys = keys

    def candidates(self) -> tuple[bytes, ...]:
        return self._keys

    def create(self) -> bytes:
        if not self._keys:
            self._keys = (secrets.token_bytes(KEY_BYTES),)
        return self._keys[0]

    def prepare(self) -> bytes:
        self._keys = (self._keys[0], secrets.token_bytes(KEY_BYTES))
        return self._keys[1]

    def commit(self, key: bytes) -> None:
        self._keys = (key,)


class Seal(Protocol):
    """How a key is turned into what may lie on the disk."""

    def seal(self, key: bytes) -> bytes: ...

    def unseal(self, sealed: bytes) -> bytes: ...


class NoSeal:
    def seal(self, key: bytes) -> bytes:
        return key

    def unseal(self, sealed: bytes) -> bytes:
        return sealed


class StoredKeys:
    """In a file that only its owner can read; a key that is being prepared lies beside it in ``NAME.next``."""

    def __init__(self, path: Path, seal: Seal) -> None:
        self._current = path
        self._next = path.with_name(f"{path.name}.next")
        self._seal = seal
        self._known: dict[bytes, bytes] = {}

    def exists(self) -> bool:
        return self._current.exists()

    def candidates(self) -> tuple[bytes, ...]:
        return tuple(self._load(path) for path in (self._current, self._next) if path.exists())

    def create(self) -> bytes:
        self.adopt(secrets.token_bytes(KEY_BYTES))
        return self._load(self._current)

    def adopt(self, key: bytes) -> None:
        """Unless there is one."""
        if not self._current.exists():
            with contextlib.suppress(FileExistsError):
                write_new(self._current, self._seal.seal(key))

    def prepare(self) -> bytes:
        self._next.unlink(missing_ok=True)
        key = secrets.token_bytes(KEY_BYTES)
        write_new(self._next, self._seal.seal(key))
        return self._load(self._next)

    def commit(self, key: bytes) -> None:
        if self._next.exists() and self._load(self._next) == key:
            self._next.replace(self._current)
            sync_folder(self._current.parent)

    def forget(self) -> None:
        for path in (self._current, self._next):
            path.unlink(missing_ok=True)
        sync_folder(self._current.parent)

    def _load(self, path: Path) -> bytes:
        sealed = _read_private(path)
        if sealed not in self._known:
            key = self._seal.unseal(sealed)
            if len(key) != KEY_BYTES:
                raise BadKeyFile(f"{path}: {len(key)} bytes instead of {KEY_BYTES}")
            self._known[sealed] = key
        return self._known[sealed]


class PlacedKeys:
    """Wherever the key lies now, which another process may change at any time.

    The first key is made where it is wanted, and so is each that follows: a key that lies elsewhere stays good until
    then. ``auto`` wants it where it lies, and the first one in the TPM, where there is one.
    """

    def __init__(self, places: Mapping[Place, StoredKeys], source: Source) -> None:
        self._places = places
        self._source: Source = source

    def candidates(self) -> tuple[bytes, ...]:
        """Of a move that was broken off, too."""
        return tuple(key for keys in self._places.values() for key in keys.candidates())

    def create(self) -> bytes:
        return (self._made() or [self._wanted()])[0].create()

    def prepare(self) -> bytes:
        return self._wanted().prepare()

    def commit(self, key: bytes) -> None:
        for keys in self._places.values():
            found = keys.candidates()
            if key in found:
                keys.commit(key)
            elif found:
                keys.forget()

    def settle(self) -> None:
        """The key as it is, if there is one, where it is wanted and nowhere else: for what keeps its key for ever."""
        made, wanted = self._made(), self._wanted()
        for keys in made:
            if keys is not wanted:
                wanted.adopt(keys.create())
                keys.forget()

    def _made(self) -> list[StoredKeys]:
        return [keys for keys in self._places.values() if keys.exists()]

    def _wanted(self) -> StoredKeys:
        if self._source != "auto":
            return self._places[self._source]
        return (self._made() or [self._places["tpm" if TpmSeal.usable() else "file"]])[0]


def choose_keys(path: Path, source: Source = "auto") -> PlacedKeys:
    """In the file ``path``, or sealed by the machine's TPM in ``path`` + ``.tpm``."""
    sealed = path.with_name(f"{path.name}.tpm")
    return PlacedKeys({"tpm": StoredKeys(sealed, TpmSeal()), "file": StoredKeys(path, NoSeal())}, source)


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise BadKeyFile(f"{path}: readable by others")
        return file.read(1 << 16)
