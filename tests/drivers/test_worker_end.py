"""Cancelling operations and closing the worker, in the middle of anything."""

import threading
from concurrent.futures import Future

from drivers.contract import Cancel
from drivers.errors import Cancelled, DriverError
from drivers.worker import DeviceWorker
from tests.drivers.lamp import PATIENCE, QUICK, Lamp, Make, Statuses, done, lamp, make, statuses

__all__ = ["lamp", "make", "statuses"]  # fixtures: pytest finds them by name


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
