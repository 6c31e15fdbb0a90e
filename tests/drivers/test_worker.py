import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest

from drivers.contract import Cancel, Capabilities, DeviceStatus, State
from drivers.errors import (
    ConnectionLost,
    DeadlineExceeded,
    DeviceFault,
    DriverFailed,
    NotConnected,
    ProtocolError,
    Refused,
    Who,
)
from drivers.id_card.contract import NoCard
from drivers.monitor import Incident
from drivers.worker import DeviceWorker, WorkerTimings
from tests.drivers.lamp import GONE, ONLINE, PATIENCE, QUICK, Lamp, Make, Statuses, done, lamp, looks, make, statuses
from tests.waiting import eventually

__all__ = ["lamp", "make", "statuses"]  # fixtures: pytest finds them by name


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
    assert (worker.status.fault, worker.status.detail) == ("lamp.driver_failed", "ZeroDivisionError")
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
    assert type(result) is DriverFailed
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


def test_what_an_operation_tells_in_the_middle_stands_until_the_next_look(make: Make, statuses: Statuses) -> None:
    def waits(_device: Lamp, _cancel: Cancel) -> None:
        worker.tell(DeviceStatus(State.USER_ERROR))
        statuses.wait_for(State.STARTING, State.ONLINE, State.USER_ERROR)

    worker = make()
    statuses.wait_for(State.STARTING, State.ONLINE)
    done(worker, waits)
    statuses.wait_for(State.STARTING, State.ONLINE, State.USER_ERROR, State.ONLINE)


def test_who_lost_the_device_hears_that_it_is_back_however_short_it_was_gone(make: Make, statuses: Statuses) -> None:
    def fails(_device: Lamp, _cancel: Cancel) -> None:
        raise ConnectionLost

    worker = make(timings=WorkerTimings(poll=1000))
    statuses.wait_for(State.STARTING, State.ONLINE)
    done(worker, fails)
    statuses.wait_for(State.STARTING, State.ONLINE, State.ONLINE)


# --- what is plugged in ----------------------------------------------------------------------------------------------


def test_an_optional_device_that_never_came_is_no_fault(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.lasting = DeviceStatus(State.OFFLINE, "lamp.deadline_exceeded", Who.TECHNICIAN, "silence")
    make(optional=True)
    statuses.wait_for(State.STARTING, State.NO_DEVICE)
    assert statuses.seen[-1] == DeviceStatus(State.NO_DEVICE, "", Who.NOBODY, "silence")


def test_an_optional_device_that_was_there_is_missed(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.answers = [ONLINE]
    lamp.lasting = GONE
    make(optional=True)
    statuses.wait_for(State.STARTING, State.ONLINE, State.NO_DEVICE)
    assert statuses.seen[-1] == GONE


def test_who_is_woken_looks_now(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    lamp.lasting = GONE
    worker = make(timings=WorkerTimings(poll=1000, retry=0.001, retry_at_most=1000, misses=12, grace=0))
    statuses.wait_for(State.STARTING, State.NO_DEVICE)
    lamp.lasting = ONLINE
    worker.wake()
    statuses.wait_for(State.STARTING, State.NO_DEVICE, State.ONLINE)
    worker.close()
    worker.wake()


def test_what_the_device_is_stands_without_asking(make: Make, lamp: Lamp) -> None:
    lamp.answers = [DeviceStatus(State.HARDWARE_ERROR)]
    worker = make()
    assert worker.capabilities in (Capabilities(), lamp.says)
    eventually(lambda: worker.capabilities == lamp.says)
    was, lamp.says = lamp.says, Capabilities(model="Lamp 2")
    looks(worker, lamp, 2)
    assert worker.capabilities == was
    lamp.answers = [GONE] * 3  # it may be another one that is plugged in again
    eventually(lambda: worker.capabilities == lamp.says)


def test_a_device_that_does_not_know_what_it_is(make: Make, statuses: Statuses, lamp: Lamp) -> None:
    class Shy(Lamp):
        def capabilities(self) -> Capabilities:
            raise ConnectionLost

    worker = make(Shy)
    statuses.wait_for(State.STARTING, State.ONLINE)
    assert worker.capabilities == Capabilities()


# --- incidents -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "incidents"),
    [
        (ConnectionLost(), {Incident.RECONNECT: 1}),
        (DeadlineExceeded(), {Incident.TIMEOUT: 1}),
        (NoCard(), {}),
        (ProtocolError(), {Incident.CHECKSUM: 1}),
        (Refused(), {Incident.REFUSED: 1}),
        (ZeroDivisionError(), {Incident.CRASH: 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_how_operations_end_is_counted(
    make: Make, lamp: Lamp, error: Exception, incidents: dict[Incident, int]
) -> None:
    def fails(_device: Lamp, _cancel: Cancel) -> None:
        raise error

    worker = make()
    looks(worker, lamp, 1)
    done(worker, fails)
    looks(worker, lamp, 2)
    assert worker.monitor.counts().hour == incidents


def test_a_fault_that_lasts_is_one_incident(make: Make, lamp: Lamp) -> None:
    silent = DeviceStatus(State.OFFLINE, "lamp.deadline_exceeded")
    lamp.answers = [ONLINE, GONE, GONE, ONLINE, silent, silent, silent, ONLINE, silent, silent]
    worker = make()
    looks(worker, lamp, 12)
    assert worker.monitor.counts().hour == {Incident.RECONNECT: 1, Incident.TIMEOUT: 2}


def test_a_driver_that_always_fails_is_one_incident(make: Make) -> None:
    broken = Lamp()

    def status() -> DeviceStatus:
        broken.looks += 1
        raise ZeroDivisionError

    broken.status = status
    worker = make(lambda: broken)
    looks(worker, broken, 5)
    assert worker.monitor.counts().hour == {Incident.CRASH: 1}
    assert worker.monitor.verdict().suspect == "driver"
