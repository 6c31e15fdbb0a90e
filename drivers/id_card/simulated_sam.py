"""A security module with at most one card on it, as a function from request bytes to reply bytes. No I/O."""

from enum import Enum
from typing import Final

from drivers.id_card.protocol import (
    Command,
    Request,
    RequestParser,
    Status,
    encode_card,
    encode_reply,
)
from drivers.id_card.specimens import Specimen

_SAM_ID: Final = bytes.fromhex("0500 0100 E5D63401 87D61200 B168DE3A")
"""Printed 05.01-20240101-0001234567-0987654321."""
_ADDRESS_CHARACTERS: Final = 35
_FINGERPRINTS: Final = bytes(range(256)) * 4
"""Two of 512 bytes, of nobody."""


class Contact(Enum):
    """How far the terminal has come with the card. A card that was read or failed is not found until it was lifted."""

    FRESH = "fresh"
    FOUND = "found"
    SELECTED = "selected"
    FAILED = "failed"


class SimulatedSam:
    """``found_again``: a card that rests is found and selected any number of times, as some readers do."""

    def __init__(self, *, found_again: bool = False) -> None:
        self.card: Specimen | None = None
        self.only: int | None = None
        """The one status that every answer has: 60 after a failed self-test, 23 while busy."""
        self.rejects = False
        """Cards are not accepted."""
        self.lift_next_read = False
        """The card is lifted too early: the next read fails, and the card is gone."""
        self._found_again = found_again
        self._contact = Contact.FRESH
        self._parser = RequestParser()

    def place(self, card: Specimen | None) -> None:
        self.card, self._contact = card, Contact.FRESH

    def power_up(self) -> None:
        """Without power the reader forgot what it did with the card, and half a request."""
        self.place(self.card)
        self._parser = RequestParser()

    def answer(self, data: bytes) -> bytes:
        """Take received bytes in; return the replies to all requests that are whole now."""
        return b"".join(self.reply(request) for request in self.requests(data))

    def requests(self, data: bytes) -> list[Request]:
        self._parser.receive_data(data)
        events = iter(self._parser.next_event, None)
        whole: list[Request] = []
        for event in events:
            if isinstance(event, Request):
                whole.append(event)
            elif isinstance(event, Enum):
                break
        return whole

    def reply(self, request: Request) -> bytes:
        if self.only is not None:
            return encode_reply(self.only)
        match request.code:
            case Command.SAM_STATUS.value | Command.RESET_SAM.value | Command.SET_MAX_RF_BYTES.value:
                return encode_reply(Status.SUCCESS)
            case Command.SAM_ID.value:
                return encode_reply(Status.SUCCESS, _SAM_ID)
            case Command.FIND_CARD.value:
                return self._find()
            case Command.SELECT_CARD.value:
                return self._select()
            case Command.READ_CARD.value | Command.READ_CARD_WITH_FINGERPRINT.value:
                return self._read(fingerprint=request.code == Command.READ_CARD_WITH_FINGERPRINT.value)
            case Command.READ_NEWEST_ADDRESS.value:
                return self._newest_address()
            case _:
                return encode_reply(Status.HOST_COMMAND)

    def _find(self) -> bytes:
        if self.card is None or not (self._contact is Contact.FRESH or self._found_again):
            return encode_reply(Status.NO_CARD)
        self._contact = Contact.FOUND
        return encode_reply(Status.CARD_FOUND, bytes(4))

    def _select(self) -> bytes:
        if self.card is None or self._contact is not Contact.FOUND:
            return encode_reply(Status.SELECT_FAILED)
        if self.rejects:
            return encode_reply(Status.SAM_REJECTS_CARD)
        self._contact = Contact.SELECTED
        return encode_reply(Status.SUCCESS, bytes(8))

    def _read(self, *, fingerprint: bool) -> bytes:
        if self.lift_next_read:
            self.lift_next_read, self.card = False, None
        if self.card is None or self._contact is not Contact.SELECTED:
            self._contact = Contact.FAILED
            return encode_reply(Status.READ_FAILED)
        data = self.card.data(_FINGERPRINTS if fingerprint else b"")
        return encode_reply(Status.SUCCESS, encode_card(data, fingerprint=fingerprint))

    def _newest_address(self) -> bytes:
        if self.card is None or self._contact is not Contact.SELECTED:
            return encode_reply(Status.READ_FAILED)
        if not self.card.newest_address:
            return encode_reply(Status.EMPTY)
        return encode_reply(Status.SUCCESS, self.card.newest_address.ljust(_ADDRESS_CHARACTERS).encode("utf-16-le"))
