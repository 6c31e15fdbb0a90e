"""What the board's driver must do, over the simulated board on both its lines."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from drivers.contract import State
from drivers.errors import Cancelled, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Refused, Who
from drivers.monitor import Incident
from drivers.signals.contract import BoardBusy, Door, IllegalAddress, Light, WrongUnit
from drivers.signals.device import ModbusSignals
from drivers.signals.numbers import LIGHTS
from drivers.signals.selftest import selftest
from drivers.signals.simulated import SimulatedBoard
from tests.drivers.notes import Notes
from tests.drivers.signals.helpers import NEVER, PATIENCE, QUICK, board_at, light, open_door, pulsing
from tests.waiting import eventually

MOMENT = 0.05


@pytest.fixture(params=["tcp", "serial"])
def simulated(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SimulatedBoard]:
    made = SimulatedBoard(tmp_path / "board" if request.param == "serial" else None)
    made.start()
    yield made
    made.close()


@pytest.fixture
def board(simulated: SimulatedBoard) -> Generator[ModbusSignals]:
    made = board_at(simulated)
    yield made
    made.close()


# --- lights ----------------------------------------------------------------------------------------------------------


def test_a_light_is_set_and_put_out(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    light(board, "receipt")
    light(board, "status")
    assert simulated.state()["lights"] == "receipt, status"
    light(board, "receipt", Light.OFF)
    assert simulated.state()["lights"] == "status"


def test_a_light_that_is_not_fitted(simulated: SimulatedBoard) -> None:
    board = board_at(simulated, options={"light_receipt": -1})
    light(board, "receipt")
    assert simulated.state()["lights"] == "none"
    assert "receipt" not in board.lights()
    board.close()


def test_a_light_blinks_with_the_looks(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    now = 0.1
    board._clock = lambda: now  # pyright: ignore[reportPrivateUsage]
    light(board, "code", Light.BLINK)
    seen = [simulated.state()["lights"]]
    for now in (0.6, 1.1):  # noqa: B007 - the clock reads it
        board.status()
        seen.append(simulated.state()["lights"])
    assert seen == ["code", "none", "code"]


def test_lights_are_set_again_when_the_board_is_back(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    light(board, "receipt")
    simulated.simulate_unplug()
    simulated.simulate_restart()
    with pytest.raises(NotConnected):
        light(board, "document")
    simulated.simulate_plug()
    assert board.status().state is State.ONLINE
    assert simulated.state()["lights"] == "receipt, document"


def test_outputs_that_a_restart_lost_are_set_again_and_noted(simulated: SimulatedBoard) -> None:
    notes = Notes()
    board = board_at(simulated, watch=notes)
    light(board, "receipt")
    simulated.simulate_restart()
    assert simulated.state()["lights"] == "none"
    assert board.status().state is State.ONLINE
    assert simulated.state()["lights"] == "receipt"
    assert notes.incidents == [Incident.RECONNECT]
    board.close()


# --- contacts --------------------------------------------------------------------------------------------------------


def test_the_door(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    assert board.status().door is Door.CLOSED
    simulated.simulate_open_door()
    status = board.status()
    assert (status.door, status.fault, status.who) == (Door.OPEN, "signals.door_open", Who.STAFF)
    assert status.works
    simulated.simulate_close_door()
    assert (board.status().door, board.status().fault) == (Door.CLOSED, "")


def test_tampering(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_open_door()
    simulated.simulate_tamper()
    status = board.status()
    assert (status.tamper, status.fault, status.who) == (True, "signals.tamper", Who.TECHNICIAN)


def test_somebody_comes_and_leaves(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_come()
    assert board.status().presence
    simulated.simulate_leave()
    assert not board.status().presence


def test_the_call_button(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_press_call(str(PATIENCE))
    assert board.status().call_button
    simulated.simulate_press_call("0")
    assert not board.status().call_button


def test_a_short_press_is_seen_where_the_board_counts(simulated: SimulatedBoard) -> None:
    board = board_at(simulated, options={"call_counter": 0})
    board.status()
    simulated.simulate_press_call("0")
    assert [board.status().call_button for _ in range(2)] == [True, False]
    board.close()


# --- the lock --------------------------------------------------------------------------------------------------------


def test_the_door_opens_and_is_reported(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    assert board.status().door is Door.CLOSED
    open_door(board)
    assert board.status().door is Door.OPEN
    assert simulated.state()["lock"] == "off"


def test_the_same_action_opens_once(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    open_door(board, "a")
    simulated.simulate_close_door()
    open_door(board, "a")
    assert board.inputs().door is Door.CLOSED
    open_door(board, "b")
    assert board.inputs().door is Door.OPEN


def test_no_lock(simulated: SimulatedBoard) -> None:
    board = board_at(simulated, options={"lock": -1})
    with pytest.raises(Refused, match="no lock"):
        open_door(board)
    assert simulated.state()["lock"] == "off"


def test_what_did_not_begin_may_be_tried_again(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_unplug()
    with pytest.raises(NotConnected):
        open_door(board, "a")
    simulated.simulate_plug()
    open_door(board, "a")
    assert board.inputs().door is Door.OPEN


def test_the_line_is_lost_while_the_lock_is_powered(simulated: SimulatedBoard) -> None:
    """It is not sure that the door opened, so the same action opens no other time; and the lock is not left powered."""
    board = board_at(simulated, pulsing(PATIENCE))
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(board.open_door, "a", timeout=PATIENCE, cancel=cancel)
        eventually(lambda: simulated.state()["lock"] == "powered", "the pulse")
        simulated.simulate_unplug()
        cancel.set()
        with pytest.raises(DriverError):
            result.result(PATIENCE)
    assert simulated.state()["lock"] == "powered"
    simulated.simulate_plug()
    assert board.status().works
    assert simulated.state()["lock"] == "off"
    simulated.simulate_close_door()
    with pytest.raises(DriverError):
        open_door(board, "a")
    assert board.inputs().door is Door.CLOSED
    board.close()


# --- mishaps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "error", "state"),
    [
        ("illegal_address", IllegalAddress, State.HARDWARE_ERROR),
        ("board_fault", DriverError, State.HARDWARE_ERROR),
        ("old_board", Refused, State.HARDWARE_ERROR),
        ("busy", BoardBusy, State.BUSY),
        ("mute", DeadlineExceeded, State.OFFLINE),
        ("garbage", ProtocolError, State.OFFLINE),
        ("unplug", NotConnected, State.NO_DEVICE),
    ],
)
def test_each_mishap(
    simulated: SimulatedBoard, board: ModbusSignals, verb: str, error: type[DriverError], state: State
) -> None:
    light(board, "receipt")
    simulated.verbs()[verb]("")
    with pytest.raises(error) as caught:
        light(board, "document", timeout=MOMENT)
    status = board.status()
    assert status.state is state
    assert status.fault in (f"signals.{caught.value.code}", "signals.not_connected")
    assert status.door is Door.UNKNOWN
    simulated.simulate_heal()
    assert board.status().state is State.ONLINE
    assert simulated.state()["lights"] == "receipt, document"


def test_a_wrong_device_id(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    """A gateway says so; on a serial line nobody answers."""
    simulated.simulate_wrong_unit()
    expected = DeadlineExceeded if simulated.endpoint.startswith("/") else WrongUnit
    with pytest.raises(expected):
        light(board, "receipt", timeout=MOMENT)


def test_one_damaged_answer_is_repaired(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_garbage("1")
    light(board, "receipt")
    assert simulated.state()["lights"] == "receipt"


def test_a_board_that_is_busy_for_a_moment(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_busy(str(MOMENT))
    light(board, "receipt")
    assert simulated.state()["lights"] == "receipt"


def test_cancel_while_the_board_is_silent(simulated: SimulatedBoard) -> None:
    board = board_at(simulated, replace(QUICK, command=PATIENCE))
    simulated.simulate_mute()
    for operate in (
        partial(board.set_light, "receipt", Light.ON, timeout=PATIENCE),
        partial(board.open_door, "a", timeout=PATIENCE),
    ):
        cancel = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(operate, cancel=cancel)
            cancel.set()
            with pytest.raises(Cancelled):
                result.result(PATIENCE)
    simulated.simulate_heal()
    open_door(board, "a")
    assert simulated.state()["lights"] == "receipt"
    board.close()


def test_closed_twice_and_used_again(board: ModbusSignals) -> None:
    light(board, "receipt")
    board.close()
    board.close()
    assert board.status().state is State.ONLINE


# --- its own test ----------------------------------------------------------------------------------------------------


ONE_LIGHT = {f"light_{name}": -1 for name in LIGHTS if name != "receipt"}


def test_the_self_test(simulated: SimulatedBoard) -> None:
    board = board_at(simulated, options=ONE_LIGHT)
    checks = list(selftest(board, NEVER))
    assert all(check.ok for check in checks)
    assert [check.name for check in checks if "light" in check.name] == ["light receipt goes on and off"]
    assert (simulated.state()["lights"], simulated.state()["lock"]) == ("none", "off")
    board.close()


def test_the_self_test_of_a_board_without_an_answer(simulated: SimulatedBoard, board: ModbusSignals) -> None:
    simulated.simulate_unplug()
    checks = list(selftest(board, NEVER))
    assert next(check.who for check in checks if not check.ok) is Who.TECHNICIAN
