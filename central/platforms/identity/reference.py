"""The identity authority of the synthetic province."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from central.platforms.errors import Denied, NotFound
from central.platforms.faults import Line
from central.platforms.identity import codes
from central.platforms.identity.codes import BadCode, Code
from central.platforms.identity.contract import Claim, Holder, Outcome, Portrait, Standing, Verdict
from central.province.records import Dossier
from central.province.register import Register
from central.sealing import Sealer
from central.storage.database import Storage

_ROW: Final = "one-time code"
_DOTS: Final = str.maketrans(dict.fromkeys("•‧∙・．.", "·"))
_OTHER: Final = "110105194912310000"
"""No number at all: its check character is wrong."""


@dataclass(frozen=True, repr=False)
class Office:
    """What the authority works with."""

    register: Register
    storage: Storage
    sealer: Sealer
    key: Ed25519PrivateKey
    now: Callable[[], float]


class ReferenceIdentity:
    def __init__(self, line: Line, office: Office) -> None:
        self._line = line
        self._office = office

    def verify(self, claim: Claim) -> Verdict:
        return self._line.ask(lambda: self._verdict(claim), lambda verdict: replace(verdict, number=_OTHER))

    def redeem(self, code: str) -> Holder:
        return self._line.ask(lambda: self._holder(code), lambda holder: replace(holder, code=""))

    def code_key(self) -> bytes:
        return self._office.key.public_key().public_bytes_raw()

    def issue(self, number: str) -> str:
        """What the person's phone would show. Raises ``NotFound``."""
        office, found = self._office, self._office.register.person(number)
        if found is None:
            raise NotFound
        name = "*" * (len(found.person.name) - 1) + found.person.name[-1]
        sealed = office.sealer.seal(number.encode(), _ROW)
        return codes.encode(Code(secrets.token_hex(8), office.now() + codes.VALID_SECONDS, name, sealed), office.key)

    def _verdict(self, claim: Claim) -> Verdict:
        found = self._office.register.person(claim.number)
        portrait: Portrait = "not_offered" if claim.portrait else "not_asked"
        return Verdict(claim.number, _outcome(found, claim.name), _standing(found), portrait, _evidence())

    def _holder(self, text: str) -> Holder:
        try:
            code = codes.decode(text, self._office.key.public_key())
        except BadCode:
            raise Denied("code-invalid") from None
        if code.until <= self._office.now():
            raise Denied("code-expired")
        with self._office.storage.transaction() as transaction:
            if not transaction.identity.spend(code.id, code.until):
                raise Denied("code-spent")
        found = self._office.register.person(self._office.sealer.open(code.sealed, _ROW).decode())
        if found is None:
            raise Denied("code-invalid")
        person = found.person
        return Holder(text, person.name, person.number, person.birth.isoformat(), _evidence())


def _outcome(found: Dossier | None, name: str) -> Outcome:
    if found is None:
        return "unknown"
    return "match" if _plain(name) == _plain(found.person.name) else "mismatch"


def _standing(found: Dossier | None) -> Standing:
    if found is None:
        return "not_on_file"
    return "reported_lost" if found.person.card_lost else "in_force"


def _plain(name: str) -> str:
    """Names of minorities are written with one dot or another, Latin ones in capitals or not."""
    return "".join(name.split()).translate(_DOTS).upper()


def _evidence() -> str:
    return f"REF-{secrets.token_hex(10).upper()}"
