"""The second factor: six digits of an app (TOTP, RFC 6238), or once a recovery code from paper."""

import hashlib
import hmac
import io
import secrets
from collections.abc import Sequence
from typing import Final

import pyotp
import segno
from pyotp.totp import TOTP

STEP: Final = 30
DIGITS: Final = 6
_DRIFT: Final = 1
"""Steps that a phone's clock may be off, either way."""
RECOVERY_CODES: Final = 8
_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_RECOVERY_LETTERS: Final = 12
"""60 random bits: too many to search within the lock-outs, and by whoever has read the hashes not in years."""
_GROUP: Final = 4
ISSUER: Final = "政务服务中心平台"


def new_secret() -> str:
    """Base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: float) -> int | None:
    """The time step whose code this is, ``None`` for a wrong one; whether it was used before is asked elsewhere."""
    if not (len(code) == DIGITS and code.isascii() and code.isdigit()):
        return None
    here, found = int(now // STEP), None
    for step in range(here - _DRIFT, here + _DRIFT + 1):
        if hmac.compare_digest(TOTP(secret).generate_otp(step), code):
            found = step
    return found


def uri(secret: str, account: str) -> str:
    """As authenticator apps read it from a QR code (Key Uri Format)."""
    return TOTP(secret, name=account, issuer=ISSUER).provisioning_uri()


def qr_svg(text: str) -> str:
    """A drawing to stand in a page."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", xmldecl=False, svgclass="qr", lineclass=None, scale=4)
    return drawn.getvalue().decode()


def qr_terminal(text: str) -> str:
    """Of half blocks, for a terminal with light letters on dark."""
    drawn = io.StringIO()
    segno.make(text, error="l").terminal(drawn, compact=True)
    return drawn.getvalue()


def new_recovery_codes() -> Sequence[str]:
    """As ``ABCD-EFGH-JKLM``, each good once."""
    return [_new_recovery_code() for _ in range(RECOVERY_CODES)]


def _new_recovery_code() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_RECOVERY_LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def recovery_hash(employee: str, code: str) -> str:
    """However it was typed: small letters, spaces, without dashes."""
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(f"kiosk-recovery-1\n{employee}\n{plain}".encode()).hexdigest()
