"""The licence store of the synthetic province: what is on file as licences, those issued since, less those revoked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter

from central.desk import day_of
from central.platforms.errors import Denied, NotFound
from central.platforms.faults import Line
from central.platforms.licences import sealing
from central.platforms.licences.contract import Document, Licence, NewLicence, SealCheck, State
from central.platforms.licences.kinds import Entry, kinds, of_firm, of_person
from central.platforms.licences.sealing import BadSeal
from central.province.register import Register
from central.sealing import Blinder, Sealer
from central.storage.database import Storage
from central.storage.licences import IssuedRow

_LICENCE: Final = TypeAdapter(Licence)


@dataclass(frozen=True, repr=False)
class Office:
    """What the store works with."""

    register: Register
    storage: Storage
    sealer: Sealer
    blinder: Blinder
    seal_key: Ed25519PrivateKey
    now: Callable[[], float]

    def today(self) -> date:
        """In China."""
        return day_of(self.now())


class ReferenceLicences:
    def __init__(self, line: Line, office: Office) -> None:
        self._line = line
        self._office = office

    def of(self, number: str) -> list[Licence]:
        return self._line.ask(lambda: self._all(number), lambda all_: [replace(one, holder_number="") for one in all_])

    def show(self, number: str, licence_id: str) -> Document:
        return self._line.ask(lambda: self._document(number, licence_id), _altered)

    def verify(self, layout: bytes, seal: bytes) -> SealCheck:
        return self._line.ask(lambda: self._check(layout, seal), lambda check: replace(check, key_id="0" * 64))

    def issue(self, new: NewLicence) -> Licence:
        return self._line.ask(lambda: self._issue(new), lambda licence: replace(licence, holder_number=""))

    def revoke(self, number: str, licence_id: str, reason: str) -> None:
        def revoke() -> None:
            self._find(number, licence_id)
            with self._office.storage.transaction() as transaction:
                transaction.licences.revoke(self._key(licence_id), reason, self._office.now())

        self._line.ask(revoke, lambda done: done)

    def key(self) -> bytes:
        return self._office.seal_key.public_key().public_bytes_raw()

    # --- behind the line -----------------------------------------------------------------------------------------

    def _all(self, number: str) -> list[Licence]:
        found = [*self._on_file(number), *self._issued(number)]
        with self._office.storage.reading() as transaction:
            revoked = transaction.licences.revoked([self._key(one.id) for one in found])
        today = self._office.today()
        return [replace(one, state="revoked" if self._key(one.id) in revoked else _state(one, today)) for one in found]

    def _on_file(self, number: str) -> Iterator[Licence]:
        register = self._office.register
        if person := register.person(number):
            yield from (self._licence(one, person.person.name, number) for one in of_person(person))
        elif firm := register.firm(number):
            yield from (self._licence(one, firm.name, number) for one in of_firm(firm))

    def _licence(self, entry: Entry, holder: str, number: str) -> Licence:
        kind = kinds()[entry.kind]
        serial = self._office.blinder.of("licence", f"{number}\n{entry.kind}\n{entry.serial}")
        identifier = sealing.licence_id(entry.kind, kind.issuer["zh-Hans"], serial)
        return Licence(
            identifier, entry.kind, kind.title, holder, number, kind.issuer,
            entry.since, entry.since, entry.until, "in_force", entry.fields,
        )  # fmt: skip

    def _issued(self, number: str) -> list[Licence]:
        with self._office.storage.reading() as transaction:
            rows = transaction.licences.issued(self._office.blinder.of("holder", number))
        return [_LICENCE.validate_json(self._office.sealer.open(row.content, _row(row.key))) for row in rows]

    def _find(self, number: str, licence_id: str) -> Licence:
        found = next((one for one in self._all(number) if one.id == licence_id), None)
        if found is None:
            raise NotFound
        return found

    def _document(self, number: str, licence_id: str) -> Document:
        return sealing.document(self._find(number, licence_id), self._office.seal_key)

    def _check(self, layout: bytes, seal: bytes) -> SealCheck:
        public = self._office.seal_key.public_key()
        try:
            metadata = sealing.opened(layout, seal, public)
        except BadSeal:
            return SealCheck("tampered", None, "")
        try:
            licence = self._find(metadata["holder_number"], metadata["id"])
        except NotFound:
            return SealCheck("unknown", None, sealing.key_id(public))
        return SealCheck("genuine", licence.state, sealing.key_id(public))

    def _issue(self, new: NewLicence) -> Licence:
        if new.kind not in kinds():
            raise Denied("kind-unknown")
        entry = Entry(new.kind, new.reference, self._office.today(), new.valid_until, new.fields)
        licence = replace(self._licence(entry, new.holder, new.holder_number), valid_from=new.valid_from)
        key, office = self._key(licence.id), self._office
        content = office.sealer.seal(_LICENCE.dump_json(licence), _row(key))
        with office.storage.transaction() as transaction:
            holder = office.blinder.of("holder", new.holder_number)
            transaction.licences.issue(IssuedRow(key, holder, content, office.now()))
        return self._find(new.holder_number, licence.id)

    def _key(self, licence_id: str) -> str:
        return self._office.blinder.of("licence id", licence_id)


def _state(licence: Licence, today: date) -> State:
    if licence.valid_until and licence.valid_until < today:
        return "expired"
    return "not_yet" if today < licence.valid_from else "in_force"


def _row(key: str) -> str:
    return f"licence\n{key}"


def _altered(document: Document) -> Document:
    """A wrong answer nobody sees: one letter of the layout."""
    return replace(document, layout=document.layout.replace(b'"value":"', b'"value":" ', 1))
