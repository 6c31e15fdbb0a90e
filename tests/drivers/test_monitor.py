import logging
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

from drivers.errors import ConnectionLost, NotConnected
from drivers.fake_ports import ScriptedPort, UnplugAfter
from drivers.monitor import AllPersonal, Incident, Monitor, NothingPersonal, Redactor
from drivers.trace import Direction

AT_ONCE = 0.0
SECRET = b"11010519491231002X"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class HidesAnswers(NothingPersonal):
    def received(self, data: bytes) -> bytes:
        return b"*" * len(data)


class Fails(NothingPersonal):
    """Understands two answers."""

    def __init__(self, failure: Callable[[bytes], bytes]) -> None:
        self._left = 2
        self._failure = failure

    def received(self, data: bytes) -> bytes:
        self._left -= 1
        return data if self._left >= 0 else self._failure(data)


def raises(data: bytes) -> bytes:
    raise ValueError(data)


def shortens(data: bytes) -> bytes:
    return data[1:]


def traced(monitor: Monitor) -> list[tuple[str, bytes]]:
    return [(record.direction, record.data) for record in monitor.trace.records()]


def test_both_directions_are_traced_with_their_times() -> None:
    clock = Clock()
    monitor = Monitor(NothingPersonal(), clock)
    port = monitor.port(ScriptedPort(lambda data: data.upper()))
    port.open()
    clock.now += 1.5
    port.write(b"ask", 1)
    clock.now += 0.25
    assert port.read(10, AT_ONCE) == b"ASK"
    assert port.read(10, AT_ONCE) == b""
    assert traced(monitor) == [("opened", b""), ("sent", b"ask"), ("received", b"ASK")]
    assert [record.time for record in monitor.trace.records()] == [0.0, 1.5, 1.75]


def test_a_reader_asks_for_what_is_new() -> None:
    monitor = Monitor(NothingPersonal())
    monitor.sent(b"a")
    seen = monitor.trace.records()[-1].number
    monitor.sent(b"b")
    assert [record.data for record in monitor.trace.records(after=seen)] == [b"b"]


def test_a_recording_has_an_end() -> None:
    clock = Clock()
    monitor = Monitor(NothingPersonal(), clock)
    monitor.sent(b"a")
    clock.now += 3
    *_, last = monitor.recording()
    assert (last.direction, last.time) == (Direction.ENDED, 3.0)
    assert traced(monitor) == [("sent", b"a")]


def test_personal_data_never_enters() -> None:
    monitor = Monitor(HidesAnswers())
    port = monitor.port(ScriptedPort(lambda _: SECRET))
    port.open()
    port.write(b"read", 1)
    assert port.read(100, AT_ONCE) == SECRET
    assert traced(monitor)[1:] == [("sent", b"read"), ("received", b"*" * len(SECRET))]


def test_of_an_unknown_device_lengths_are_kept() -> None:
    monitor = Monitor(AllPersonal())
    monitor.sent(b"read")
    monitor.received(SECRET)
    assert traced(monitor) == [("sent", bytes(4)), ("received", bytes(len(SECRET)))]


@pytest.mark.parametrize("failure", [raises, shortens], ids=["raises", "another length"])
def test_a_redactor_that_fails_masks_everything_from_then_on(
    failure: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    redactor: Redactor = Fails(failure)
    monitor = Monitor(redactor)
    with caplog.at_level(logging.DEBUG):
        for data in (b"one", b"two", SECRET, b"four"):
            monitor.received(data)
    monitor.sent(b"five")
    assert [data for _, data in traced(monitor)] == [b"one", b"two", bytes(len(SECRET)), bytes(4), bytes(4)]
    assert len(caplog.records) == 1
    assert SECRET.decode() not in caplog.text


def test_a_loss_is_in_the_trace_and_counts_when_the_device_is_back() -> None:
    monitor = Monitor(NothingPersonal())
    line = UnplugAfter(ScriptedPort(lambda data: data), 1)
    port = monitor.port(line)
    port.open()
    port.write(b"ab", 1)
    port.read(10, AT_ONCE)
    for use in (lambda: port.read(1, AT_ONCE), lambda: port.write(b"x", 1), port.discard_input):
        with pytest.raises(ConnectionLost):
            use()
    for _ in range(3):
        with pytest.raises(NotConnected):
            port.open()
    assert not monitor.counts().hour
    line.plug()
    port.open()
    assert monitor.counts().hour == {Incident.RECONNECT: 1}
    words = [direction for direction, _ in traced(monitor)]
    assert words == ["opened", "sent", "received", "lost", "sent", "lost", "lost", "absent", "opened"]


def test_a_device_that_comes_late_was_never_gone() -> None:
    monitor = Monitor(NothingPersonal())
    line = ScriptedPort(lambda data: data)
    line.present = False
    port = monitor.port(line)
    with pytest.raises(NotConnected):
        port.open()
    line.present = True
    port.open()
    port.close()
    port.open()
    assert not monitor.counts().hour


def test_it_is_bounded() -> None:
    monitor = Monitor(NothingPersonal(), capacity=10_000)
    for _ in range(100):
        monitor.sent(bytes(1_000))
    assert sum(len(record.data) for record in monitor.trace.records()) == 10_000
    monitor.sent(bytes(range(256)) * 100)
    kept = b"".join(record.data for record in monitor.trace.records())
    assert 5_000 < len(kept) <= 10_000
    assert kept.endswith(bytes(range(256)))


def test_reading_while_it_is_written() -> None:
    monitor, stop = Monitor(NothingPersonal()), threading.Event()

    def write() -> None:
        while not stop.is_set():
            monitor.sent(b"abc")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(200):
            numbers = [record.number for record in monitor.trace.records()]
            assert all(second == first + 1 for first, second in pairwise(numbers))
    finally:
        stop.set()
        writer.join()


def test_an_incident_is_judged() -> None:
    monitor = Monitor(NothingPersonal())
    assert monitor.verdict().score == 0
    for _ in range(4):
        monitor.note(Incident.CHECKSUM)
    assert monitor.verdict().suspect == "cable"
