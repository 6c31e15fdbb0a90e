"""The centre's side of phone pairing."""

from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.phones.contract import Offer, Pairing, PhonePairing


class Phones:
    """Raises :class:`central.problems.Problem`, ``StorageUnavailable``."""

    def __init__(self, desk: Desk[PhonePairing]) -> None:
        self._desk = desk

    def begin(self, terminal: str, offer: Offer) -> Pairing:
        pairing = self._desk.put(lambda phones: phones.begin(terminal, offer))
        return self._believed(pairing, pairing.id)

    def look(self, terminal: str, pairing_id: str) -> Pairing:
        return self._believed(self._desk.put(lambda phones: phones.look(terminal, pairing_id)), pairing_id)

    def match(self, terminal: str, pairing_id: str, number: str) -> Pairing:
        return self._believed(self._desk.put(lambda phones: phones.match(terminal, pairing_id, number)), pairing_id)

    def end(self, terminal: str, pairing_id: str) -> None:
        self._desk.put(lambda phones: phones.end(terminal, pairing_id))

    def _believed(self, pairing: Pairing, pairing_id: str) -> Pairing:
        if not pairing.id or pairing.id != pairing_id:
            raise as_problem(self._desk.name, WrongAnswer())
        return pairing
