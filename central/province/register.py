"""The register of the synthetic province: dossiers of persons and firms, and the public places."""

import json
import zlib
from collections.abc import Sequence
from typing import Final, TypeVar

from pydantic import TypeAdapter

from central.province.records import Dossier, Firm, Place
from central.sealing import Blinder, Sealer
from central.storage.database import Storage, Transaction
from central.storage.province import DossierRow, FindingRow, PlaceRow, SubjectKind

_DOSSIER: Final = TypeAdapter(Dossier)
_FIRM: Final = TypeAdapter(Firm)
_PLACE: Final = TypeAdapter(Place)
_FAST: Final = 1
"""Of zlib's levels."""
T = TypeVar("T")


class Register:
    """Safe from several threads. Raises ``StorageUnavailable``."""

    def __init__(self, storage: Storage, key: bytes) -> None:
        self._storage = storage
        self._sealer = Sealer(key)
        self._blinder = Blinder(key)

    def person(self, number: str) -> Dossier | None:
        """By identity number, as it is on the card."""
        return self._get("person", number, _DOSSIER)

    def firm(self, code: str) -> Firm | None:
        """By unified social credit code."""
        return self._get("firm", code, _FIRM)

    def by_key(self, kind: str, value: str) -> Dossier | None:
        """Whose ``bill``, ``plate`` or ``exam`` this is."""
        with self._storage.reading() as transaction:
            rows = transaction.provinces.find(self._blinder.of(kind, value))
        return next((self._opened(row, _DOSSIER) for row in rows if row.kind == "person"), None)

    def firms_of(self, number: str) -> list[Firm]:
        """For which this person acts."""
        with self._storage.reading() as transaction:
            rows = transaction.provinces.find(self._blinder.of("representative", number))
        return [self._opened(row, _FIRM) for row in rows]

    def places(self) -> list[Place]:
        with self._storage.reading() as transaction:
            return [_PLACE.validate_json(row.content) for row in transaction.provinces.places()]

    def add(self, transaction: Transaction, people: Sequence[Dossier], firms: Sequence[Firm]) -> None:
        """None of whom is there."""
        dossiers, findings = list[DossierRow](), list[FindingRow]()
        for one in people:
            row = self._sealed("person", one.person.number, _DOSSIER.dump_json(one))
            dossiers.append(row)
            findings += [FindingRow(self._blinder.of(kind, value), row.subject) for value, kind in one.keys.items()]
        for firm in firms:
            row = self._sealed("firm", firm.code, _FIRM.dump_json(firm))
            dossiers.append(row)
            key = self._blinder.of("representative", firm.representative_number)
            findings.append(FindingRow(key, row.subject))
        transaction.provinces.add(dossiers, findings)

    def add_places(self, transaction: Transaction, places: Sequence[Place]) -> None:
        rows = [PlaceRow(one.code, one.kind, one.region, _json(one)) for one in places]
        transaction.provinces.add_places(rows)

    def _get(self, kind: SubjectKind, number: str, adapter: TypeAdapter[T]) -> T | None:
        with self._storage.reading() as transaction:
            row = transaction.provinces.get(self._blinder.of(kind, number))
        return self._opened(row, adapter) if row else None

    def _sealed(self, kind: SubjectKind, number: str, content: bytes) -> DossierRow:
        subject = self._blinder.of(kind, number)
        return DossierRow(subject, kind, self._sealer.seal(zlib.compress(content, _FAST), _row(subject)))

    def _opened(self, row: DossierRow, adapter: TypeAdapter[T]) -> T:
        return adapter.validate_json(zlib.decompress(self._sealer.open(row.content, _row(row.subject))))


def _row(subject: str) -> str:
    return f"province\n{subject}"


def _json(place: Place) -> str:
    return json.dumps(_PLACE.dump_python(place, mode="json"), ensure_ascii=False)
