"""The centre's side of the licence store: no answer is handed on before seal and holder were checked."""

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.licences.contract import Document, Licence, LicenceStore, NewLicence, SealCheck


class Licences:
    """Raises :class:`central.problems.Problem`, ``StorageUnavailable``."""

    def __init__(self, desk: Desk[LicenceStore]) -> None:
        self._desk = desk

    def of(self, number: str) -> list[Licence]:
        found = self._desk.put(lambda store: store.of(number))
        self._believe(all(one.holder_number == number for one in found))
        return found

    def show(self, number: str, licence_id: str) -> tuple[Document, SealCheck]:
        def ask(store: LicenceStore) -> tuple[Document, SealCheck]:
            document = store.show(number, licence_id)
            return document, store.verify(document.layout, document.seal)

        document, check = self._desk.put(ask)
        fits = (document.licence.id, document.licence.holder_number) == (licence_id, number)
        self._believe(fits and check.finding == "genuine")
        return document, check

    def verify(self, layout: bytes, seal: bytes) -> SealCheck:
        return self._desk.put(lambda store: store.verify(layout, seal))

    def issue(self, new: NewLicence) -> Licence:
        licence = self._desk.put(lambda store: store.issue(new))
        self._believe(licence.holder_number == new.holder_number)
        return licence

    def revoke(self, number: str, licence_id: str, reason: str) -> None:
        """``reason``: nothing personal."""
        self._desk.put(lambda store: store.revoke(number, licence_id, reason))

    def key(self) -> bytes:
        return self._desk.put(lambda store: store.key())

    def _believe(self, fits: bool) -> None:
        if not fits:
            raise as_problem(self._desk.name, WrongAnswer())
