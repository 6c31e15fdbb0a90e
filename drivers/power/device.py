"""A UPS behind a server of Network UPS Tools (``upsd``), which has the drivers for some hundred makes."""

from time import monotonic
from typing import Final

from drivers.contract import Cancel, Capabilities, State, state_of
from drivers.errors import (
    Cancelled,
    ConnectionLost,
    DeadlineExceeded,
    DriverError,
    ProtocolError,
    Refused,
)
from drivers.monitor import Incident, Unwatched, Watch
from drivers.ports import Port
from drivers.power import protocol
from drivers.power.contract import BatteryTest, PowerStatus
from drivers.power.protocol import Reply, ReplyParser, Variables, command

ANSWER_TIMEOUT: Final = 3.0
"""Seconds for one reply; upsd answers from memory."""
TEST_POLL: Final = 0.2
"""Seconds between two looks at a battery that is being tested."""
TEST_SETTLES: Final = 20.0
"""Seconds after which a test that nobody saw run is given up: the device tells nothing of it."""
SLICE: Final = 0.05
"""How soon, in seconds, a cancel is noticed."""
_CHUNK: Final = 4096


class NoContact(DriverError):
    """The power service hears nothing from the UPS: check the UPS's data cable and its driver."""

    code = "no_contact"


class UnknownUps(DriverError):
    """The power service has no UPS of this name: check the name in the port setting."""

    code = "unknown_ups"


_ERRORS: Final[dict[str, type[DriverError]]] = {
    "DATA-STALE": NoContact,
    "DRIVER-NOT-CONNECTED": NoContact,
    "UNKNOWN-UPS": UnknownUps,
}
_STATES: Final[tuple[tuple[type[DriverError], State], ...]] = (
    (ConnectionLost, State.OFFLINE),
    (UnknownUps, State.NO_DEVICE),
    (NoContact, State.OFFLINE),
)


class NutPowerSupply:
    """Implements :class:`drivers.power.contract.PowerSupply`; for one thread at a time.

    ``ups`` empty: the first that the server lists. The connection is kept between two questions.
    """

    def __init__(
        self,
        port: Port,
        ups: str = "",
        *,
        username: str = "",
        password: str = "",
        answer_timeout: float = ANSWER_TIMEOUT,
        watch: Watch | None = None,
    ) -> None:
        self._port = port
        self._ups = ups
        self._credentials = (username, password)
        self._answer_timeout = answer_timeout
        self._watch = watch or Unwatched()
        self._is_open = False
        self._logged_in = False
        self._told = Capabilities()

    def status(self) -> PowerStatus:
        try:
            told = self._variables(monotonic() + self._answer_timeout, Cancel())
            self._told = protocol.capabilities(told)
            return protocol.status(told)
        except DriverError as error:
            return PowerStatus(state_of(error, *_STATES), f"power.{error.code}", error.who, str(error))

    def capabilities(self) -> Capabilities:
        return self._told

    def name(self, timeout: float) -> str:
        """Of the UPS, asked for if it was not set. Raises ``DriverError``."""
        self._ups = self._name(monotonic() + timeout, Cancel())
        return self._ups

    @property
    def can_test(self) -> bool:
        """Whether there are credentials; whether they are good shows when they are used."""
        return all(self._credentials)

    def test_battery(self, *, timeout: float, cancel: Cancel) -> BatteryTest:
        deadline = monotonic() + timeout
        ups = self._name(deadline, cancel)
        before = self._variables(deadline, cancel).get(protocol.TEST_RESULT, "")
        self._log_in(deadline, cancel)
        self._demand("INSTCMD", ups, protocol.QUICK_TEST, deadline=deadline, cancel=cancel)
        return self._result(before, deadline, cancel)

    def _result(self, before: str, deadline: float, cancel: Cancel) -> BatteryTest:
        """Wait for the end of a test that was seen to run; an old result must not pass for a new one."""
        seen, settled = False, monotonic() + TEST_SETTLES
        while True:
            if cancel.wait(TEST_POLL):
                raise Cancelled
            told = self._variables(deadline, cancel)
            text = told.get(protocol.TEST_RESULT, "")
            if protocol.is_testing(told):
                seen = True
            elif seen or text != before:
                return BatteryTest(protocol.test_result(told), text)
            elif monotonic() > settled:
                return BatteryTest(None, text)

    def close(self) -> None:
        self._is_open = self._logged_in = False
        self._port.close()

    # --- questions ---------------------------------------------------------------------------------------------------

    def _variables(self, deadline: float, cancel: Cancel) -> Variables:
        """A question may be repeated: what was open may have been closed by the server long ago."""
        was_open = self._is_open
        try:
            return self._ask_variables(deadline, cancel)
        except ConnectionLost:
            if not was_open:
                raise
            self._watch.note(Incident.RETRY)
            return self._ask_variables(deadline, cancel)

    def _ask_variables(self, deadline: float, cancel: Cancel) -> Variables:
        ups = self._name(deadline, cancel)
        return protocol.variables(self._demand("LIST", "VAR", ups, deadline=deadline, cancel=cancel))

    def _name(self, deadline: float, cancel: Cancel) -> str:
        if self._ups:
            return self._ups
        for row in self._demand("LIST", "UPS", deadline=deadline, cancel=cancel).rows:
            match row:
                case ("UPS", name, *_):
                    return name
                case _:
                    raise ProtocolError("no list of UPSes")
        raise UnknownUps("the list is empty")

    def _log_in(self, deadline: float, cancel: Cancel) -> None:
        if not self.can_test:
            raise Refused("no user name and password are set")
        if self._logged_in:
            return
        for word, value in zip(("USERNAME", "PASSWORD"), self._credentials, strict=True):
            self._demand(word, value, deadline=deadline, cancel=cancel)
        self._logged_in = True

    def _demand(self, *parts: str, deadline: float, cancel: Cancel) -> Reply:
        """Ask, and raise whatever error the reply tells."""
        try:
            reply = self._exchange(parts, deadline, cancel)
        except DriverError:
            self.close()  # a late reply must not be taken for that to the next question
            raise
        if reply.error:
            raise _ERRORS.get(reply.error, Refused)(reply.error)
        if reply.is_list != (parts[0] == "LIST") or not (reply.is_list or reply.rows[0][:1] == ("OK",)):
            self.close()
            raise ProtocolError(f"no reply to {parts[0]}")
        return reply

    def _exchange(self, parts: tuple[str, ...], deadline: float, cancel: Cancel) -> Reply:
        if not self._is_open:
            self._port.open()
            self._is_open = True
        until = min(deadline, monotonic() + self._answer_timeout)
        self._port.write(command(*parts), max(until - monotonic(), SLICE))
        parser = ReplyParser()
        while (left := until - monotonic()) > 0:
            if cancel.is_set():
                raise Cancelled
            parser.receive_data(self._port.read(_CHUNK, min(left, SLICE)))
            if reply := parser.next_reply():
                return reply
        if parser.pending:
            raise ProtocolError(f"{parser.pending} bytes of a broken reply")
        raise DeadlineExceeded(f"{parts[0]}: silence")
