"""A device that needs no wire, a worker that owns it, and what the worker told."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future

import pytest

from drivers.contract import Cancel, Capabilities, DeviceStatus, State
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
        self.says = Capabilities(model="Lamp 1")

    def status(self) -> DeviceStatus:
        self.looks += 1
        return self.answers.pop(0) if self.answers else self.lasting

    def capabilities(self) -> Capabilities:
        return self.says

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

    def _make(
        open_device: Callable[[], Lamp] = lambda: lamp, timings: WorkerTimings = QUICK, *, optional: bool = False
    ) -> DeviceWorker[Lamp]:
        made.append(DeviceWorker("lamp", open_device, statuses, timings, optional=optional))
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
