"""The signals board's row in the registry."""
# ruff: noqa: PLC0415 - the library below is loaded only in a process that uses the board

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from drivers.contract import Cancel
from drivers.discovery import Attachment, Finding, Probe
from drivers.errors import ConnectionLost, DeadlineExceeded, ProtocolError
from drivers.monitor import Redactor, Watch
from drivers.options import Options
from drivers.registry import Driver
from drivers.selftest import Check
from drivers.signals.contract import Signals
from drivers.signals.numbers import INPUTS, LIGHTS, LOCK, MAX_SPAN, NONE
from drivers.simulation.contract import Place, SimulatedDevice

if TYPE_CHECKING:
    from drivers.signals.protocol import Framing
    from drivers.signals.wiring import Wiring

TCP_PORT: Final = 502
BAUD: Final = 9600

Number = Annotated[int, Field(ge=NONE, le=65535)]
_LIGHT: Final = "light_"


def _light(name: str, where: str) -> Any:
    return Field(default=LIGHTS[name], description=f"coil of the light {where}, -1: none")


def _input(name: str, what: str) -> Any:
    return Field(default=INPUTS[name], description=f"input {what}, -1: none")


class ModbusOptions(Options):
    port: str = Field(default="", description="tcp://host:502 or a serial line such as /dev/ttyS1")
    framing: Literal["auto", "tcp", "rtu"] = Field(
        default="auto", description="auto: rtu on a serial line, else tcp; rtu for a serial server that passes bytes on"
    )
    baud: int = Field(default=BAUD, ge=1200, le=921600, description="speed of a serial line, 8N1")
    device_id: int = Field(default=1, ge=1, le=247, description="the board's Modbus address")
    light_id_card: Number = _light("id_card", "at the identity card reader")
    light_smart_card: Number = _light("smart_card", "at the social security card reader")
    light_receipt: Number = _light("receipt", "at the receipt printer")
    light_document: Number = _light("document", "at the document printer")
    light_code: Number = _light("code", "at the code scanner")
    light_camera: Number = _light("camera", "before the camera")
    light_status: Number = _light("status", "that says that the terminal is in service")
    lock: Number = Field(default=LOCK, description="coil of the cabinet's lock, -1: none")
    pulse: float = Field(default=1.0, ge=0.1, le=10, description="seconds the lock is powered")
    door: Number = _input("door", "of the door contact, closed when the door is open")
    tamper: Number = _input("tamper", "of the tamper contact, closed when somebody tampers")
    presence: Number = _input("presence", "of the presence sensor")
    call_button: Number = _input("call_button", "of the staff call button")
    call_counter: Number = Field(
        default=NONE, description="input register in which the board counts presses of the call button, -1: none"
    )
    inverted: str = Field(
        default="",
        description=f"inputs whose contact is the other way round, separated by commas: {', '.join(INPUTS)}",
    )
    presence_hold: float = Field(
        default=3.0,
        ge=0,
        le=60,
        description="seconds for which somebody is there after the sensor last said so",
    )

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        if unknown := self.inverted_names - set(INPUTS):
            raise ValueError(f"inverted: {', '.join(sorted(unknown))} is none of {', '.join(INPUTS)}")
        _check_block("coil", self.lights | ({} if self.lock == NONE else {"lock": self.lock}))
        _check_block("input", self.inputs)
        return self

    @property
    def inverted_names(self) -> frozenset[str]:
        return frozenset(filter(None, (name.strip() for name in self.inverted.split(","))))

    @property
    def lights(self) -> dict[str, int]:
        """Those fitted, by their name without ``light_``."""
        names = (name for name in type(self).model_fields if name.startswith(_LIGHT))
        return _fitted({name.removeprefix(_LIGHT): getattr(self, name) for name in names})

    @property
    def inputs(self) -> dict[str, int]:
        return _fitted({name: getattr(self, name) for name in INPUTS})


def _fitted(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number != NONE}


def _check_block(what: str, numbers: Mapping[str, int]) -> None:
    for (one, number), (other, same) in itertools.combinations(numbers.items(), 2):
        if number == same:
            raise ValueError(f"{one} and {other} are both {what} {number}")
    if numbers and max(numbers.values()) - min(numbers.values()) >= MAX_SPAN:
        raise ValueError(f"{what} numbers must lie within {MAX_SPAN} of each other")


def wiring_of(options: ModbusOptions) -> "Wiring":
    from drivers.signals.wiring import Wiring

    return Wiring(
        lights=options.lights,
        inputs=options.inputs,
        inverted=options.inverted_names,
        lock=None if options.lock == NONE else options.lock,
        call_counter=None if options.call_counter == NONE else options.call_counter,
    )


def _framing(options: ModbusOptions) -> "Framing":
    from drivers.signals.protocol import Framing

    if options.framing != "auto":
        return Framing(options.framing)
    return Framing.RTU if options.port.startswith("/") else Framing.TCP


def _open(options: ModbusOptions, watch: Watch) -> Signals:
    from drivers.signals.device import ModbusSignals, Timings
    from drivers.transports import open_port

    port = watch.port(open_port(options.port, baud=options.baud, tcp_port=TCP_PORT))
    timings = replace(Timings(), pulse=options.pulse, presence_hold=options.presence_hold)
    return ModbusSignals(port, _framing(options), options.device_id, wiring_of(options), timings, watch)


def _redactor() -> Redactor:
    from drivers.signals.redaction import TransactionRedactor

    return TransactionRedactor()


def _ask(attachment: Attachment, timeout: float) -> Finding | None:
    from drivers.signals.search import find

    try:
        return find(attachment, timeout)
    except (ConnectionLost, ProtocolError, DeadlineExceeded):
        return None


def _selftest(device: Any, cancel: Cancel) -> Iterable[Check]:
    from drivers.signals.selftest import selftest

    return selftest(device, cancel)


def _simulated(place: Place) -> SimulatedDevice:
    from drivers.signals.simulated import SimulatedBoard

    del place
    return SimulatedBoard()


MODBUS: Final = Driver(
    kind="signals",
    name="modbus",
    options=ModbusOptions,
    open=_open,
    redactor=_redactor,
    probe=Probe(frozenset({"serial", "tcp"}), _ask, rank=3),
    selftest=_selftest,
    poll=0.5,
    simulated=_simulated,
)
