import logging
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from pathlib import Path

import pytest

from drivers.contract import Cancel, Capabilities, DeviceStatus, State
from drivers.errors import Cancelled, ConnectionLost, DeviceFault, DriverError, NotConnected
from drivers.id_card.contract import IdCardReader
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from drivers.worker import DeviceWorker, WorkerTimings

PATIENCE = 10.0
QUICK = WorkerTimings(poll=0.005, retry=0.005, retry_at_most=0.02, misses=3, grace=0.0, close=PATIENCE)
ONLINE = DeviceStatus(State.ONLINE)
GONE = DeviceStatus(State.NO_DEVICE, "not_connected")


class Lamp:
    """The least a device can be."""

    def __init__(self) -> None:
        self.answers: list[DeviceStatus] = []
        """What ``status`` says in turn; after that it says ``lasting``."""
        self.lasting = ONLINE
        self.looks = 0
        self.closed = 0

    def status(self) -> DeviceStatus:
        self.looks += 1
        return self.answers.pop(0) if self.answers else self.lasting

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def close(self) -> None:
        self.closed += 1


class Statuses:
    """Receives statuses, and lets a test wait for one."""

    def __init__(self) -> None:
        self.seen: list[DeviceStatus] = []
        self._changed = threading.Condition()

    def __call__(self, name: str, status: DeviceStatus) -> None:
        assert name == "lamp"
        with self._changed:
            self.seen.append(status)
            self._changed.notify_all()

    def wait_for(self, *states: State) -> None:
        """Wait until the states reported so far are these."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.states == list(states), PATIENCE), self.states

    @property
    def states(self) -> list[State]:
        return [status.state for status in self.seen]


Make = Callable[..., DeviceWorker[Lamp]]


@pytest.fixture
def statuses() -> Statuses:
    return Statuses()


@pytest.fixture
def lamp() -> Lamp:
    return Lamp()


@pytest.fixture
def make(statuses: Statuses, lamp: Lamp) -> Generator[Make]:
    made: list[DeviceWorker[Lamp]] = []

    def _make(open_device: Callable[[], Lamp] = lambda: lamp, timings: WorkerTimings = QUICK) -> DeviceWorker[Lamp]:
        made.append(DeviceWorker("lamp", open_device, statuses, timings))
        made[-1].start()
        return made[-1]

    yield _make
    for worker in made:
        worker.close()


def done(worker: DeviceWorker[Lamp], operation: Callable[[Lamp, Cancel], object]) -> object:
    """Have it done and wait for what ``on_done`` is given."""
    result: Future[object] = Future()
    worker.submit(operation, on_done=result.set_result)
    return result.result(PATIENCE)


def looks(worker: DeviceWorker[Lamp], lamp: Lamp, count: int) -> None:
    """Wait until the device was asked so many times more; the worker's own thread tells."""
    until = lamp.looks + count
    while lamp.looks < until:
        done(worker, lambda _device, cancel: cancel.wait(0.001))


# --- status ----------------------------------------------------------------------------------------------------------


def test_it_starts_and_comes_online(make: Make, statuses: Statuses) -> None:
    worker = make()
    statuses.wait_for(State.STARTING, State.ONLINE)
    assert worker.status == ONLINE


def test_only_changes_are_reported(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    worker = make()
    looks(worker, lamp, 3)
    assert statuses.states == [State.STARTING, State.ONLINE]
    lamp.lasting = DeviceStatus(State.HARDWARE_ERROR, "jam")
    statuses.wait_for(State.STARTING, State.ONLINE, State.HARDWARE_ERROR)


def test_a_few_misses_are_no_disconnect(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.answers = [ONLINE, GONE, GONE, ONLINE, GONE, GONE]
    worker = make()
    looks(worker, lamp, 8)
    assert statuses.states == [State.STARTING, State.ONLINE]
    assert lamp.closed == 0


def test_as_many_misses_as_set_are_one(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.answers = [ONLINE, GONE, GONE, GONE]
    make()
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE, State.ONLINE)
    assert statuses.seen[2] == GONE
    assert lamp.closed == 1


def test_a_device_that_needs_its_time_is_starting(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.answers = [GONE] * 10
    make(timings=WorkerTimings(poll=0.005, retry=0.005, misses=3, grace=PATIENCE))
    statuses.wait_for(State.STARTING, State.ONLINE)


def test_a_device_that_never_comes_is_missing_after_the_grace(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.lasting = GONE
    make()
    statuses.wait_for(State.STARTING, State.NO_DEVICE)


def test_a_device_that_cannot_be_opened_is_opened_again(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    failures = [NotConnected("x")] * 5

    def open_device() -> Lamp:
        if failures:
            raise failures.pop()
        return lamp

    make(open_device)
    statuses.wait_for(State.STARTING, State.NO_DEVICE, State.ONLINE)


def test_a_driver_that_breaks_its_promise_is_a_fault(make: Make, statuses: Statuses) -> None:
    class Broken(Lamp):
        def status(self) -> DeviceStatus:
            raise ZeroDivisionError

    worker = make(Broken)
    statuses.wait_for(State.STARTING, State.HARDWARE_ERROR)
    assert worker.status.detail == "ZeroDivisionError"
    assert done(worker, lambda _device, _cancel: "alive") == "alive"


def test_a_receiver_that_fails_does_not_end_the_thread(lamp: Lamp) -> None:
    def receiver(_name: str, _status: DeviceStatus) -> None:
        raise ZeroDivisionError

    worker = DeviceWorker("lamp", lambda: lamp, receiver, QUICK)
    worker.start()
    assert done(worker, lambda _device, _cancel: "alive") == "alive"
    worker.close()


# --- operations ------------------------------------------------------------------------------------------------------


def test_a_result(make: Make, lamp: Lamp) -> None:
    assert done(make(), lambda device, _cancel: device) is lamp


def test_one_after_another_in_order(make: Make) -> None:
    worker, running, order = make(), threading.Lock(), list[int]()
    last: Future[object] = Future()

    def operation(number: int) -> Callable[[Lamp, Cancel], int]:
        def run(_device: Lamp, _cancel: Cancel) -> int:
            assert running.acquire(blocking=False)
            order.append(number)
            running.release()
            return number

        return run

    for number in range(20):
        worker.submit(operation(number), on_done=last.set_result if number == 19 else lambda _: None)
    assert last.result(PATIENCE) == 19
    assert order == list(range(20))


def test_an_error_arrives_as_a_value(make: Make) -> None:
    def fails(_device: Lamp, _cancel: Cancel) -> None:
        raise ConnectionLost("cable")

    result = done(make(), fails)
    assert isinstance(result, ConnectionLost)
    assert result.detail == "cable"


def test_an_unexpected_exception_is_a_fault_and_tells_no_secret(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    def fails(_device: Lamp, _cancel: Cancel) -> None:
        raise KeyError("样本")

    worker = make()
    with caplog.at_level(logging.DEBUG):
        result = done(worker, fails)
    assert type(result) is DeviceFault
    assert result.detail == "KeyError"
    assert "KeyError" in caplog.text
    assert "样本" not in caplog.text
    assert done(worker, lambda _device, _cancel: "alive") == "alive"


def test_an_operation_opens_a_device_that_is_missing(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.lasting = GONE
    worker = make(timings=WorkerTimings(poll=PATIENCE, retry=0.001, retry_at_most=PATIENCE, misses=1, grace=0))
    statuses.wait_for(State.STARTING, State.NO_DEVICE)
    assert done(worker, lambda device, _cancel: device) is lamp


def test_after_a_failed_operation_the_status_is_asked_at_once(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    def fails(device: Lamp, _cancel: Cancel) -> None:
        device.lasting = DeviceStatus(State.HARDWARE_ERROR)
        raise DeviceFault

    worker = make(timings=WorkerTimings(poll=1000))
    statuses.wait_for(State.STARTING, State.ONLINE)
    done(worker, fails)
    statuses.wait_for(State.STARTING, State.ONLINE, State.HARDWARE_ERROR)


# --- cancelling and closing ------------------------------------------------------------------------------------------


def wait_for_cancel(_device: Lamp, cancel: Cancel) -> None:
    assert cancel.wait(PATIENCE)
    raise Cancelled


def test_cancel_a_running_operation(make: Make) -> None:
    worker, started, result = make(), threading.Event(), Future[None | DriverError]()

    def operation(device: Lamp, cancel: Cancel) -> None:
        started.set()
        wait_for_cancel(device, cancel)

    handle = worker.submit(operation, on_done=result.set_result)
    assert started.wait(PATIENCE)
    handle.cancel()
    handle.cancel()
    assert isinstance(result.result(PATIENCE), Cancelled)


def test_cancel_before_its_turn(make: Make) -> None:
    worker, second = make(), Future[str | DriverError]()
    first = worker.submit(wait_for_cancel, on_done=lambda _: None)
    worker.submit(lambda _device, _cancel: "done", on_done=second.set_result).cancel()
    first.cancel()
    assert isinstance(second.result(PATIENCE), Cancelled)


def test_close_cancels_everything_and_closes_the_device(make: Make, lamp: Lamp) -> None:
    worker = make()
    done(worker, lambda _device, _cancel: None)
    results: list[Future[object]] = [Future() for _ in range(3)]
    for result in results:
        worker.submit(wait_for_cancel, on_done=result.set_result)
    worker.close()
    worker.close()
    assert all(isinstance(result.result(0), Cancelled) for result in results)
    assert lamp.closed == 1


def test_what_is_submitted_after_the_end_is_cancelled(make: Make) -> None:
    worker = make()
    worker.close()
    assert isinstance(done(worker, lambda _device, _cancel: "done"), Cancelled)


def test_close_before_start(lamp: Lamp, statuses: Statuses) -> None:
    worker = DeviceWorker("lamp", lambda: lamp, statuses, QUICK)
    worker.close()
    assert statuses.seen == []


def test_close_from_a_callback(make: Make, lamp: Lamp) -> None:
    worker, closed = make(), threading.Event()

    def close(_: object) -> None:
        worker.close()
        closed.set()

    worker.submit(lambda _device, _cancel: None, on_done=close)
    assert closed.wait(PATIENCE)
    worker.close()
    assert lamp.closed == 1


# --- a real driver ---------------------------------------------------------------------------------------------------


def test_a_reader_that_is_unplugged_and_plugged_again(tmp_path: Path, statuses: Statuses) -> None:
    simulated = SimulatedReader(tmp_path / "reader", paced=False)
    simulated.start()
    worker = DeviceWorker[IdCardReader](
        "lamp", lambda: SamIdCardReader(SerialPort(simulated.endpoint)), statuses, QUICK
    )
    worker.start()
    statuses.wait_for(State.STARTING, State.ONLINE)
    simulated.simulate_unplug()
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE)
    simulated.simulate_plug()
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE, State.ONLINE)
    worker.close()
    simulated.close()
