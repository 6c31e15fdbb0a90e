"""A simulated UPS behind a simulated NUT server: the text protocol of RFC 9271 at a port of its own."""

import math
import random
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Final

from drivers.power.protocol import QUICK_TEST, TEST_RESULT, split
from drivers.simulation.on_network import DeviceOnNetwork, Manner
from drivers.simulation.server import Connection

UPS: Final = "simulated"
USERNAME, PASSWORD = "kiosk", "sesame"
TEST_SECONDS: Final = 0.6
_CHUNK: Final = 4096
_NOISE: Final = random.Random(1).randbytes(60).replace(b"\n", b"\0") + b"\n"  # noqa: S311 - the same noise every time
_STRANGER: Final = b"SSH-2.0-OpenSSH_9.2\r\n"
_FULL: Final = {
    "battery.charge": "100",
    "battery.charge.low": "20",
    "battery.runtime": "1800",
    "device.mfr": "Simulated",
    "device.model": "UPS 1000",
    "device.serial": "SIM0001",
    "ups.firmware": "1.0",
    "ups.load": "23",
    "ups.status": "OL",
    TEST_RESULT: "No test initiated",
}


class SimulatedPowerSupply(DeviceOnNetwork):
    """Knows one user, who may start the battery's quick test."""

    kind = "power"

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self._variables = dict(_FULL)
        self._extra: set[str] = set()
        self._error = ""
        self._busy_until = 0.0
        self._testing_until = 0.0
        self._weak = False

    @property
    def endpoint(self) -> str:
        return "nut://{}:{}/{}".format(*self._server.address, UPS)

    def state(self) -> Mapping[str, str]:
        with self._lock:
            told = self._told()
            faults = ", ".join(filter(None, (*self._faults(), self._error)))
            return {"status": told.get("ups.status", ""), "charge": told["battery.charge"], "fault": faults}

    # --- the power ---------------------------------------------------------------------------------------------------

    def simulate_busy(self, seconds: str = "") -> None:
        """The UPS calibrates itself, and refuses commands meanwhile."""
        self._busy_until = monotonic() + float(seconds or math.inf)

    def simulate_heal(self, _: str = "") -> None:
        """Everything as new, and plugged in."""
        with self._lock:
            self._variables = dict(_FULL)
            self._extra.clear()
            self._error = ""
            self._busy_until = self._testing_until = 0.0
            self._weak = False
        super().simulate_heal()

    def simulate_power_cut(self, charge: str = "") -> None:
        """The mains fail; the battery has so many per cent left."""
        self._tell("OB DISCHRG", charge or "80", "1200")

    def simulate_low_battery(self, _: str = "") -> None:
        """The mains have been away for long."""
        self._tell("OB DISCHRG LB", "8", "120")

    def simulate_mains_back(self, charge: str = "") -> None:
        """The battery is charged again; below 20 per cent it would not last."""
        low = charge and int(charge) < int(_FULL["battery.charge.low"])
        self._tell("OL CHRG LB" if low else "OL CHRG", charge or "60", "900")

    def simulate_replace_battery(self, _: str = "") -> None:
        self._extra.add("RB")

    def simulate_weak_battery(self, _: str = "") -> None:
        """The next test fails."""
        self._weak = True

    def simulate_overload(self, _: str = "") -> None:
        self._extra.add("OVER")
        self._variables["ups.load"] = "112"

    def simulate_bypass(self, _: str = "") -> None:
        self._extra.add("BYPASS")

    def simulate_alarm(self, text: str = "") -> None:
        self._extra.add("ALARM")
        self._variables["ups.alarm"] = text or "Internal temperature high"

    def simulate_shutting_down(self, _: str = "") -> None:
        """The power service has decided to switch this machine off."""
        self._extra.add("FSD")

    def simulate_off(self, _: str = "") -> None:
        """The UPS's outlets are switched off."""
        self._tell("OFF", "100", "1800")

    # --- the power service -------------------------------------------------------------------------------------------

    def simulate_stale(self, _: str = "") -> None:
        """The data cable between UPS and server is out."""
        self._error = "DATA-STALE"

    def simulate_driver_gone(self, _: str = "") -> None:
        """The server's driver has died."""
        self._error = "DRIVER-NOT-CONNECTED"

    def simulate_other_ups(self, _: str = "") -> None:
        """The server has a UPS of another name only."""
        self._error = "UNKNOWN-UPS"

    def simulate_refuse(self, _: str = "") -> None:
        """The server lets this terminal do nothing."""
        self._error = "ACCESS-DENIED"

    def simulate_no_status(self, _: str = "") -> None:
        """The driver tells no ``ups.status``."""
        self._variables.pop("ups.status", None)

    # --- the server --------------------------------------------------------------------------------------------------

    def _tell(self, flags: str, charge: str, runtime: str) -> None:
        int(charge)
        with self._lock:
            self._variables |= {"ups.status": flags, "battery.charge": charge, "battery.runtime": runtime}

    def _serve(self, connection: Connection) -> None:
        said: dict[str, str] = {}
        data = bytearray()
        while portion := connection.recv(_CHUNK):
            data += portion
            while (end := data.find(b"\n")) >= 0:
                line = data[:end].decode("utf-8", "replace")
                del data[: end + 1]
                self._answer(connection, split(line), said)

    def _answer(self, connection: Connection, words: tuple[str, ...], said: dict[str, str]) -> None:
        match self._considered():
            case Manner.SILENCE:
                return
            case Manner.NOISE:
                reply = _NOISE
            case Manner.FOREIGN:
                reply = _STRANGER
            case Manner.ITS_OWN:
                with self._lock:
                    reply = "".join(f"{line}\n" for line in self._reply(words, said)).encode()
        connection.sendall(reply)

    def _reply(self, words: tuple[str, ...], said: dict[str, str]) -> Iterator[str]:
        match words:
            case ("VER",):
                yield "Network UPS Tools upsd 2.8.0 - simulated"
            case ("LIST", "UPS"):
                yield from ("BEGIN LIST UPS", f'UPS {UPS} "A simulated UPS"', "END LIST UPS")
            case ("USERNAME" | "PASSWORD" as which, value):
                said[which] = value
                yield "OK"
            case ("LIST", "VAR", ups):
                yield from self._list(ups)
            case ("INSTCMD", ups, command):
                yield self._command(ups, command, said)
            case _:
                yield "ERR UNKNOWN-COMMAND"

    def _list(self, ups: str) -> Iterator[str]:
        if error := self._error or ("" if ups == UPS else "UNKNOWN-UPS"):
            yield f"ERR {error}"
            return
        yield f"BEGIN LIST VAR {ups}"
        yield from (f'VAR {ups} {name} "{value}"' for name, value in sorted(self._told().items()))
        yield f"END LIST VAR {ups}"

    def _command(self, ups: str, command: str, said: dict[str, str]) -> str:
        if said != {"USERNAME": USERNAME, "PASSWORD": PASSWORD}:
            return "ERR ACCESS-DENIED"
        if ups != UPS or command != QUICK_TEST:
            return "ERR CMD-NOT-SUPPORTED"
        if monotonic() < self._busy_until or "OL" not in self._variables["ups.status"]:
            return "ERR INSTCMD-FAILED"
        self._testing_until = monotonic() + TEST_SECONDS
        self._variables[TEST_RESULT] = "Done and error" if self._weak else "Done and passed"
        return "OK"

    def _told(self) -> dict[str, str]:
        told = dict(self._variables)
        flags = {*told.get("ups.status", "").split(), *self._extra}
        if monotonic() < self._busy_until:
            flags.add("CAL")
        if "ups.status" in told:
            told["ups.status"] = " ".join(sorted(flags, key=lambda flag: (flag not in ("OL", "OB"), flag)))
        if monotonic() < self._testing_until:
            told[TEST_RESULT] = "In progress"
        return told
