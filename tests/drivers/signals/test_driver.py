"""The registry's row: settings, search; and the driver at pymodbus's own server."""

import asyncio
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pymodbus import FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.discovery import Attachment
from drivers.errors import NotConnected
from drivers.monitor import Monitor, Unwatched
from drivers.signals.contract import Door, Light, Signals
from drivers.signals.driver import MODBUS, ModbusOptions
from drivers.signals.numbers import INPUTS, LIGHTS, LOCK
from drivers.signals.redaction import TransactionRedactor
from drivers.signals.simulated import SimulatedBoard
from drivers.trace import Header, save
from tests.drivers.signals.helpers import NEVER, PATIENCE, light

# --- settings --------------------------------------------------------------------------------------------------------


def test_the_driver_opens_the_simulated_board() -> None:
    simulated = SimulatedBoard()
    simulated.start()
    board = cast(Signals, MODBUS.open(ModbusOptions(port=simulated.endpoint), Unwatched()))
    board.set_light("receipt", Light.ON, timeout=PATIENCE, cancel=NEVER)
    assert simulated.state()["lights"] == "receipt"
    board.close()
    simulated.close()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"light_receipt": "0"}, "id_card and receipt are both coil 0"),
        ({"lock": "2"}, "receipt and lock are both coil 2"),
        ({"door": "1"}, "door and tamper are both input 1"),
        ({"lock": "300"}, "within 256"),
        ({"inverted": "door, window"}, "window is none of door"),
        ({"device_id": "248"}, "less than or equal to 247"),
        ({"light_moon": "3"}, "Extra inputs"),
    ],
)
def test_settings_that_are_none(wrong: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ModbusOptions.model_validate(wrong)


def test_what_is_not_fitted_takes_no_number() -> None:
    options = ModbusOptions.model_validate(
        {"light_code": "-1", "lock": "4", "tamper": "-1", "inverted": "door, presence"}
    )
    assert "code" not in options.lights
    assert options.inputs == {"door": 0, "presence": 2, "call_button": 3}
    assert options.inverted_names == {"door", "presence"}


def test_a_port_that_is_none() -> None:
    with pytest.raises(NotConnected):
        MODBUS.open(ModbusOptions(port="com1"), Unwatched())


# --- the trace -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [True, False])
def test_a_trace_can_be_replayed(tmp_path: Path, serial: bool) -> None:
    """Without what was asked meanwhile: over TCP each request has another number then."""
    simulated = SimulatedBoard(tmp_path / "board" if serial else None)
    simulated.start()
    monitor = Monitor(MODBUS.redactor())
    board = cast(Signals, MODBUS.open(ModbusOptions(port=simulated.endpoint), monitor))
    board.inputs()
    board.inputs()
    simulated.simulate_open_door()
    light(board, "receipt")
    assert board.inputs().door is Door.OPEN
    board.close()
    simulated.close()
    save(tmp_path / "trace", Header("signals", "modbus", "", ""), monitor.trace.records())
    options = ModbusOptions(port=f"replay:{tmp_path / 'trace'}", framing="rtu" if serial else "tcp")
    replayed = cast(Signals, MODBUS.open(options, Unwatched()))
    light(replayed, "receipt")
    assert replayed.inputs().door is Door.OPEN
    replayed.close()


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(1, 9))
def test_portions_are_redacted_like_the_whole(request: bytes, answer: bytes, size: int) -> None:
    whole, portions = TransactionRedactor(), TransactionRedactor()
    assert len(whole.sent(request)) == len(portions.sent(request)) == len(request)
    got = b"".join(portions.received(answer[at : at + size]) for at in range(0, len(answer), size))
    assert got == whole.received(answer)
    assert len(got) == len(answer)


# --- search ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [True, False])
def test_the_probe_finds_the_board(tmp_path: Path, serial: bool) -> None:
    simulated = SimulatedBoard(tmp_path / "board" if serial else None)
    simulated.start()
    assert MODBUS.probe
    attachment = Attachment(simulated.endpoint, "serial" if serial else "tcp")
    finding = MODBUS.probe.ask(attachment, PATIENCE)
    assert finding
    assert finding.options == {"device_id": "1"} | ({"baud": "9600"} if serial else {})
    simulated.simulate_wrong_unit()
    assert MODBUS.probe.ask(attachment, 1.0) is None
    simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        MODBUS.probe.ask(attachment, 1.0)


# --- pymodbus's own server -------------------------------------------------------------------------------------------


def door_board() -> SimDevice:
    """Its lock's coil opens the door's contact."""

    async def act(function: int, _start: int, address: int, _count: int, _now: list[int], values: Any) -> None:
        if function == 5 and address == LOCK and values == [True]:
            opened.append(True)
        if function == 2 and opened:
            _now[0] |= 1 << INPUTS["door"]

    opened: list[bool] = []
    bits = [[SimData(0, values=[False] * 16, datatype=DataType.BITS)] for _ in range(2)]
    words = [[SimData(0, values=[0], datatype=DataType.UINT16)] for _ in range(2)]
    return SimDevice(id=1, simdata=(bits[0], bits[1], words[0], words[1]), action=act)


class Server:
    """pymodbus's TCP server as it comes, in a thread."""

    def __init__(self, framer: FramerType) -> None:
        self._framer = framer
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._start())

    @property
    def port(self) -> int:
        return self._server.transport.sockets[0].getsockname()[1]

    def coils(self) -> Sequence[bool]:
        return self._do(self._server.async_getValues(1, 1, 0, 8))

    def close(self) -> None:
        self._do(self._server.shutdown())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _start(self) -> Any:
        server = ModbusTcpServer(door_board(), framer=self._framer, address=("127.0.0.1", 0))
        await server.serve_forever(background=True)
        return server


@contextmanager
def served(framer: FramerType) -> Generator[tuple[Server, Signals]]:
    server = Server(framer)
    framing = "tcp" if framer is FramerType.SOCKET else "rtu"
    options = ModbusOptions(port=f"tcp://127.0.0.1:{server.port}", framing=framing, pulse=0.1)
    board = cast(Signals, MODBUS.open(options, Unwatched()))
    try:
        yield server, board
    finally:
        board.close()
        server.close()


@pytest.mark.parametrize("framer", [FramerType.SOCKET, FramerType.RTU])
def test_a_door_at_pymodbus_s_server_opens_and_is_reported(framer: FramerType) -> None:
    with served(framer) as (server, board):
        assert board.inputs().door is Door.CLOSED
        board.set_light("receipt", Light.ON, timeout=PATIENCE, cancel=NEVER)
        board.open_door("a", timeout=PATIENCE, cancel=NEVER)
        assert board.inputs().door is Door.OPEN
        assert [number for number, on in enumerate(server.coils()) if on] == [LIGHTS["receipt"]]
