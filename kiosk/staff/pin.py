"""Staff PINs: a file of scrypt hashes, and the one check that the terminal asks.

Only a PIN is typed, no name: it must tell people apart, so no two of the staff may have the same. Four to eight digits
are guessed quickly by whoever holds the file; what protects them on the terminal is the growing lock
(:mod:`kiosk.staff.lockout`), and mode 0600.
"""

import base64
import hashlib
import hmac
import itertools
import json
import logging
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from kiosk.files import replace_file
from kiosk.staff.lockout import FRESH, LockoutFile, after_failure, locked_seconds

log = logging.getLogger(__name__)

Role = Literal["staff", "technician", "administrator"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
DEMO_STAFF: Final = "demo"
VERSION: Final = 1

_COST: Final = (1 << 14, 8, 1)
"""N, r, p of scrypt: 16 MB and some 50 ms a try."""
_KNOWN_COSTS: Final = frozenset({_COST})
"""A file from elsewhere cannot ask for more work or memory than these."""
_SALT_BYTES: Final = 16


class StaffFileError(Exception):
    """The file of staff PINs cannot be used."""


class PinRefused(ValueError):
    """This PIN cannot be given to anybody."""


@dataclass(frozen=True, repr=False)
class StaffEntry:
    """``hash`` is ``scrypt$N$r$p$salt$key``, both in base64."""

    id: str
    name: str
    role: Role
    hash: str

    def __repr__(self) -> str:
        return f"<StaffEntry {self.id} {self.role}>"


def hash_pin(pin: str) -> str:
    salt = os.urandom(_SALT_BYTES)
    key = _scrypt(pin, salt, _COST)
    return "$".join(["scrypt", *map(str, _COST), *(base64.b64encode(part).decode() for part in (salt, key))])


def pin_matches(pin: str, hashed: str) -> bool:
    """Compare in constant time. Raises ``ValueError`` when ``hashed`` is none of :func:`hash_pin`."""
    cost, salt, key = _parse(hashed)
    return hmac.compare_digest(_scrypt(pin, salt, cost), key)


_Cost = tuple[int, int, int]


def _scrypt(pin: str, salt: bytes, cost: _Cost) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(pin.encode(), salt=salt, n=n, r=r, p=p)


def _parse(hashed: str) -> tuple[_Cost, bytes, bytes]:
    kind, n, r, p, salt, key = hashed.split("$")
    cost = (int(n), int(r), int(p))
    if kind != "scrypt" or cost not in _KNOWN_COSTS:
        raise ValueError("unknown kind of hash")
    return cost, base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True)


class StaffFile:
    """The staff of one terminal; ``entries`` are as they stood in the file when it was loaded or last changed."""

    def __init__(self, path: Path, entries: Sequence[StaffEntry] = ()) -> None:
        self._path = path
        self.entries = tuple(entries)

    @classmethod
    def load(cls, path: Path) -> "StaffFile":
        """Raise ``FileNotFoundError`` or :class:`StaffFileError`."""
        try:
            content = cast("dict[str, Any]", json.loads(path.read_bytes()))
            if content["version"] != VERSION:
                raise StaffFileError(f"{path.name}: version {content['version']!r} is not known")
            return cls(path, [_entry(row) for row in content["staff"]])
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise StaffFileError(f"{path.name}: {type(error).__name__}") from None

    def verify(self, pin: str) -> StaffEntry | None:
        """Whose PIN it is. Every entry is tried whichever fits: the time tells nothing."""
        found = None
        for entry in self.entries:
            if pin_matches(pin, entry.hash):
                found = entry
        return found

    def add(self, staff_id: str, name: str, role: Role, pin: str) -> StaffEntry:
        """Store somebody new, durably. Raise :class:`PinRefused`, ``OSError``, :class:`StaffFileError` if known."""
        if any(entry.id == staff_id for entry in self.entries):
            raise StaffFileError(f"{staff_id} is in the file already")
        return self._put(StaffEntry(staff_id, name, role, ""), pin)

    def change_pin(self, staff_id: str, pin: str) -> StaffEntry:
        """Raise as :meth:`add` does, :class:`StaffFileError` for an unknown id."""
        entry = next((entry for entry in self.entries if entry.id == staff_id), None)
        if entry is None:
            raise StaffFileError(f"{staff_id} is not in the file")
        return self._put(entry, pin)

    def _put(self, entry: StaffEntry, pin: str) -> StaffEntry:
        _refuse_weak(pin)
        if (owner := self.verify(pin)) and owner.id != entry.id:
            raise PinRefused("somebody else has this PIN")
        entry = replace(entry, hash=hash_pin(pin))
        entries = (*(each for each in self.entries if each.id != entry.id), entry)
        content = {"version": VERSION, "staff": [asdict(each) for each in entries]}
        replace_file(self._path, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n")
        self.entries = entries
        return entry


def _entry(row: dict[str, Any]) -> StaffEntry:
    entry = StaffEntry(**row)
    if entry.role not in ROLES or not all(isinstance(value, str) for value in row.values()):
        raise ValueError(f"{entry.id}: bad entry")
    _parse(entry.hash)  # a damaged hash is found now, not when somebody stands before the machine
    return entry


def _refuse_weak(pin: str) -> None:
    if not re.fullmatch(r"[0-9]{6,8}", pin):
        raise PinRefused("a PIN has 6 to 8 digits")
    steps = {(int(after) - int(before)) % 10 for before, after in itertools.pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise PinRefused("all digits alike or in a row are guessed first")


@dataclass(frozen=True)
class PinAnswer:
    """``staff_id`` is ``None`` when the PIN is wrong or nobody may try now, for ``locked_seconds`` if not 0."""

    staff_id: str | None
    locked_seconds: int = 0


class PinVerifier:
    """Checks typed PINs against ``path``. ``demo_pin`` counts only while that file does not exist."""

    def __init__(self, path: Path, demo_pin: str | None, lockout: Path) -> None:
        self._path = path
        self._demo_pin = demo_pin
        self._lockout = LockoutFile(lockout)

    def check(self, pin: str, now: float) -> PinAnswer:
        """``now`` is seconds since 1970. While locked, not even the right PIN is tried. Takes some 50 ms a person."""
        state = self._lockout.load(now)
        if locked := locked_seconds(state, now):
            return PinAnswer(None, locked)
        # Written before the PIN is looked at: pulling the plug does not buy another guess.
        failed = after_failure(state, now)
        self._lockout.save(failed)
        staff_id = self._who(pin)
        if staff_id is None:
            return PinAnswer(None, locked_seconds(failed, now))
        self._lockout.save(FRESH)
        return PinAnswer(staff_id)

    def _who(self, pin: str) -> str | None:
        try:
            entry = StaffFile.load(self._path).verify(pin)
        except FileNotFoundError:
            return self._demo(pin)
        except StaffFileError as error:
            log.error("no staff can be recognised: %s", error)
            return None
        return entry.id if entry else None

    def _demo(self, pin: str) -> str | None:
        right = self._demo_pin is not None and hmac.compare_digest(pin.encode(), self._demo_pin.encode())
        return DEMO_STAFF if right else None
