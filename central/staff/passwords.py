"""Passwords as scrypt (RFC 7914), with the cost beside the hash: it can be raised while old ones still open."""

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass
from typing import Final

from central.staff.errors import WeakPassword

SHORTEST: Final = 10
LONGEST: Final = 200
_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_AT_ONCE: Final = threading.Semaphore(2)
"""Each takes 32 MB: a crowd at the door must not take the memory of the centre."""


@dataclass(frozen=True)
class Cost:
    n: int = 1 << 15
    r: int = 8
    p: int = 1

    @property
    def memory(self) -> int:
        """Bytes that scrypt may take; it needs ``128 * n * r`` and a little."""
        return 132 * self.n * self.r + (1 << 20)


def check(password: str, *names: str) -> None:
    """Raise :class:`WeakPassword`, with the reason in Chinese. Length is what counts (NIST SP 800-63B, 5.1.1); of the
    rest only what the account itself gives away."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"密码需要 {SHORTEST} 到 {LONGEST} 个字符，可以用一句自己记得住的话。")
    if len(set(password)) < SHORTEST // 2:
        raise WeakPassword("密码中重复的字符太多。")
    if any(name and name.casefold() in password.casefold() for name in names):
        raise WeakPassword("密码里不要包含用户名或姓名。")


def hashed(password: str, cost: Cost) -> str:
    """``scrypt$N$r$p$SALT$KEY``, salt and key in base64."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), _text(salt), _text(_key(password, salt, cost))))


def fits(password: str, stored: str, cost: Cost) -> bool:
    """``stored`` empty, as there is no such account: as slow as any other, and never right."""
    if not stored:
        _key(password, bytes(_SALT_BYTES), cost)
        return False
    _, n, r, p, salt, key = stored.split("$")
    tried = _key(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(tried, base64.b64decode(key))


def _key(password: str, salt: bytes, cost: Cost) -> bytes:
    with _AT_ONCE:
        return hashlib.scrypt(
            password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=cost.memory, dklen=_KEY_BYTES
        )


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
