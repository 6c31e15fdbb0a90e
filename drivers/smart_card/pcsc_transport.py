"""A reader behind the smart card service (PC/SC, pcscd), over pyscard's plain calls.

Not over pyscard's classes: they keep one context for the whole process, which is dead once the service was restarted.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final, TypeVar

from drivers.contract import Cancel
from drivers.errors import DeadlineExceeded, DriverError, NotConnected
from drivers.smart_card.bounded import BoundedCalls
from drivers.smart_card.contract import CardInUse, CardMute, CardUnreadable, NotSocialSecurityCard, ServiceDown
from drivers.smart_card.pcsc_errors import error_of
from drivers.smart_card.transport import Slot, is_answer_to_reset

T = TypeVar("T")

scard: Final[Any] = import_module("smartcard.scard")

_RELEASE_TIMEOUT: Final = 0.5
_COUNTER: Final = 16
"""pcscd counts the card's moves above this bit of a reader's state."""
_ABOUT_THE_CARD: Final = (CardUnreadable, CardMute, CardInUse, NotSocialSecurityCard)


class PcscTransport:
    """A :class:`drivers.smart_card.transport.CardTransport`: the first reader whose name holds ``pattern``.

    All calls go through one thread: a service that hangs would hold whoever asks it for ever.
    """

    def __init__(self, pattern: str = "") -> None:
        self.name = f"pcsc:{pattern}"
        self._calls = BoundedCalls("the smart card service")
        self._session = _Session(pattern)

    def slot(self, timeout: float, cancel: Cancel) -> Slot:
        return self._ask_service(self._session.slot, timeout, cancel)

    def connect(self, timeout: float, cancel: Cancel) -> bytes:
        return self._calls.call(self._session.connect, timeout, cancel)

    def transmit(self, apdu: bytes, timeout: float, cancel: Cancel) -> bytes:
        return self._calls.call(lambda: self._session.transmit(apdu), timeout, cancel)

    def readers(self, timeout: float) -> list[str]:
        """The names of all readers the service knows, whatever the pattern. Raises ``DriverError``."""
        return self._ask_service(self._session.readers, timeout, Cancel())

    def disconnect(self) -> None:
        self._quietly(self._session.disconnect)

    def close(self) -> None:
        self._quietly(self._session.release)
        self._calls.close()

    def _ask_service(self, work: Callable[[], T], timeout: float, cancel: Cancel) -> T:
        """The service knows the answer without asking a card: silence is its own."""
        try:
            return self._calls.call(work, timeout, cancel)
        except DeadlineExceeded:
            raise ServiceDown(f"no answer within {timeout:g} s") from None

    def _quietly(self, work: Callable[[], None]) -> None:
        try:
            self._calls.call(work, _RELEASE_TIMEOUT, Cancel())
        except DriverError:
            return


class _Session:
    """Context, reader and card, for one thread. An error that is not about the card drops all three."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern.strip().casefold()
        self._context: Any = None
        self._reader = ""
        self._card: Any = None
        self._protocol: Any = None

    def slot(self) -> Slot:
        self._open()
        _, state, atr = self._ask(
            scard.SCardGetStatusChange, self._context, 0, [(self._reader, scard.SCARD_STATE_UNAWARE)]
        )[0][0]
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
            self.release()
            raise NotConnected("the reader is gone")
        present, answers = bool(state & scard.SCARD_STATE_PRESENT), is_answer_to_reset(bytes(atr))
        return Slot(
            atr=bytes(atr) if present and answers else b"",
            mute=present and (not answers or bool(state & scard.SCARD_STATE_MUTE)),
            in_use=bool(state & scard.SCARD_STATE_EXCLUSIVE) and self._card is None,
            moves=state >> _COUNTER,
        )

    def connect(self) -> bytes:
        """Exclusively: another program in between would change what is selected."""
        self._open()
        self.disconnect()  # still connected if a command was given up before it ended
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        self._card, self._protocol = self._ask(
            scard.SCardConnect, self._context, self._reader, scard.SCARD_SHARE_EXCLUSIVE, protocols
        )
        _, _, _, atr = self._ask(scard.SCardStatus, self._card)
        return bytes(atr)

    def transmit(self, apdu: bytes) -> bytes:
        if self._card is None:
            raise CardUnreadable("not connected")
        pci = scard.SCARD_PCI_T0 if self._protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        return bytes(self._ask(scard.SCardTransmit, self._card, pci, list(apdu))[0])

    def readers(self) -> list[str]:
        if self._context is None:
            (self._context,) = self._ask(scard.SCardEstablishContext, scard.SCARD_SCOPE_SYSTEM)
        return list(self._ask(scard.SCardListReaders, self._context, [])[0])

    def disconnect(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            scard.SCardDisconnect(card, scard.SCARD_UNPOWER_CARD)

    def release(self) -> None:
        self.disconnect()
        context, self._context, self._reader = self._context, None, ""
        if context is not None:
            scard.SCardReleaseContext(context)

    def _open(self) -> None:
        if not self._reader:
            names = self.readers()
            self._reader = next((name for name in names if self._pattern in name.casefold()), "")
        if not self._reader:
            raise NotConnected(f"no reader with {self._pattern!r} in its name" if self._pattern else "no reader")

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> list[Any]:
        """What ``function`` returns behind its result code."""
        code, *rest = function(*arguments)
        if code == scard.SCARD_S_SUCCESS:
            return rest
        error = error_of(code, scard.SCardGetErrorMessage(code))
        if not isinstance(error, _ABOUT_THE_CARD):
            self.release()
        raise error
