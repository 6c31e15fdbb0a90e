import threading
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from drivers.contract import Outcome, PrintResult
from drivers.errors import ConnectionLost, DriverError, NotConnected, ProtocolError
from drivers.fake_ports import ScriptedPort, UnplugAfter
from drivers.id_card.contract import IdCard
from drivers.id_card.device import SamIdCardReader, Timings
from drivers.id_card.simulated import SimulatedReader
from drivers.monitor import AllPersonal, Monitor, NothingPersonal, Redactor
from drivers.ports import Port
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.registry import table
from drivers.replay import ReplayPort
from drivers.serial_port import SerialPort
from drivers.trace import Direction, Header, Record, save
from drivers.transports import open_port
from tests.drivers.receipt_printer.helpers import SHORT

TIMEOUT = 5.0
QUICK = Timings(poll=0.01, command=0.5, read=0.5, gap=0.25, slice=0.005)
UNKNOWN_DRIVER = Header("toaster", "acme", "/dev/ttyS0", "2025-01-02T03:04:05+08:00")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "trace"


def write(file: Path, *steps: tuple[float, Direction, bytes]) -> None:
    save(file, UNKNOWN_DRIVER, (Record(number, *step) for number, step in enumerate(steps, 1)))


def read(port: Port, count: int) -> bytes:
    data = b""
    while len(data) < count:
        data += port.read(count - len(data), TIMEOUT)
    return data


def opened(file: Path, redactor: Redactor | None = None, *, hurry: bool = True) -> ReplayPort:
    port = ReplayPort(file, hurry=hurry, redactor=redactor)
    port.open()
    return port


OPEN = (0.0, Direction.OPENED, b"")
DIALOGUE = (
    OPEN,
    (0.1, Direction.SENT, b"who?"),
    (0.2, Direction.RECEIVED, b"printer"),
    (0.3, Direction.SENT, b"paper?"),
    (0.4, Direction.RECEIVED, b"lo"),
    (0.5, Direction.RECEIVED, b"w"),
    (0.6, Direction.ENDED, b""),
)

# --- the port --------------------------------------------------------------------------------------------------------


def test_answers_follow_their_questions(file: Path) -> None:
    write(file, *DIALOGUE)
    port = opened(file, NothingPersonal())
    assert port.read(10, 0) == b""
    port.write(b"who?", TIMEOUT)
    assert (read(port, 4), read(port, 3)) == (b"prin", b"ter")
    assert port.read(10, 0) == b""
    port.write(b"paper?", TIMEOUT)
    assert read(port, 3) == b"low"


def test_the_connection_is_lost_at_the_end_for_good(file: Path) -> None:
    write(file, OPEN, (0.0, Direction.SENT, b"x"), (0.01, Direction.ENDED, b""))
    port = opened(file)
    port.write(b"x", TIMEOUT)
    with pytest.raises(ConnectionLost, match="ended"):
        port.read(1, TIMEOUT)
    with pytest.raises(NotConnected, match="ended"):
        port.open()


def test_the_connection_is_lost_where_it_was(file: Path) -> None:
    write(file, OPEN, (1, Direction.RECEIVED, b"ab"), (2, Direction.LOST, b""), (3, Direction.ABSENT, b""), OPEN, OPEN)
    port = opened(file)
    assert read(port, 2) == b"ab"
    for use in (lambda: port.read(1, TIMEOUT), lambda: port.read(1, TIMEOUT), lambda: port.write(b"x", TIMEOUT)):
        with pytest.raises(ConnectionLost):
            use()
    with pytest.raises(NotConnected, match="record 4"):
        port.open()
    port.open()
    port.open()


@pytest.mark.parametrize("asked", [b"what?", b"wh", b"who?paper", b"who?x"])
def test_another_question_is_told(file: Path, asked: bytes) -> None:
    write(file, *DIALOGUE)
    port = opened(file, NothingPersonal())
    for _ in range(2):
        with pytest.raises(ProtocolError, match="something else than in the trace at record 2"):
            port.write(asked, TIMEOUT)
    port.write(b"who?", TIMEOUT)
    assert port.read(10, TIMEOUT) == b"printer"


def test_what_is_not_asked_this_time_is_passed_over(file: Path) -> None:
    write(file, *DIALOGUE[:3], *DIALOGUE)
    port = opened(file, NothingPersonal())
    port.write(b"paper?", TIMEOUT)
    assert read(port, 3) == b"low"


def test_one_write_may_be_several_records(file: Path) -> None:
    write(file, OPEN, (0, Direction.SENT, b"ab"), (0, Direction.RECEIVED, b"1"), (0, Direction.SENT, b"cd"), OPEN)
    port = opened(file, NothingPersonal())
    port.write(b"abcd", TIMEOUT)
    assert port.read(5, TIMEOUT) == b"1"


def test_without_its_driver_lengths_are_compared(file: Path) -> None:
    write(file, *DIALOGUE)
    opened(file).write(b"why?", TIMEOUT)
    with pytest.raises(ProtocolError):
        opened(file).write(b"hello?", TIMEOUT)


def test_a_masked_question_is_recognised(file: Path) -> None:
    write(file, OPEN, (0, Direction.SENT, bytes(4)), (0, Direction.RECEIVED, b"\0"))
    port = opened(file, AllPersonal())
    port.write(b"PIN1", TIMEOUT)
    assert port.read(1, TIMEOUT) == b"\0"
    with pytest.raises(ProtocolError):
        opened(file, AllPersonal()).write(b"PIN", TIMEOUT)


def test_a_trace_whose_beginning_was_pushed_out(file: Path) -> None:
    write(file, (7, Direction.RECEIVED, b"rest"), (8, Direction.SENT, b"who?"), (9, Direction.RECEIVED, b"me"))
    port = opened(file)
    port.write(b"who?", TIMEOUT)
    assert port.read(10, TIMEOUT) == b"me"


def test_what_was_not_read_before_it_was_opened_again_is_gone(file: Path) -> None:
    write(file, OPEN, (0, Direction.RECEIVED, b"old"), OPEN, (0, Direction.RECEIVED, b"new"))
    port = opened(file)
    port.open()
    assert port.read(10, TIMEOUT) == b"new"


def test_what_arrived_can_be_thrown_away(file: Path) -> None:
    write(file, OPEN, (0, Direction.RECEIVED, b"abc"), (0, Direction.SENT, b"x"), (0, Direction.RECEIVED, b"d"))
    port = opened(file)
    assert port.read(1, TIMEOUT) == b"a"
    port.discard_input()
    port.write(b"x", TIMEOUT)
    assert port.read(10, TIMEOUT) == b"d"


def test_answers_take_their_time(file: Path) -> None:
    write(file, OPEN, (1.0, Direction.SENT, b"x"), (1000.0, Direction.RECEIVED, b"late"))
    port = opened(file, hurry=False)
    port.write(b"x", TIMEOUT)
    assert port.read(4, 0.01) == b""
    port = opened(file, hurry=True)
    port.write(b"x", TIMEOUT)
    assert port.read(4, 0.01) == b"late"


def test_no_trace(file: Path) -> None:
    with pytest.raises(NotConnected, match="No such file"):
        opened(file)
    file.write_text("hello")
    with pytest.raises(NotConnected, match="line 1: damaged"):
        opened(file)


def test_closed(file: Path) -> None:
    write(file, *DIALOGUE)
    port = ReplayPort(file)
    port.close()
    with pytest.raises(ConnectionLost):
        port.read(1, 0)


def test_its_text_in_the_settings(file: Path) -> None:
    write(file, *DIALOGUE)
    port = open_port(f"replay:{file}")
    port.open()
    assert port.name == f"replay:{file}"


# --- real drivers ----------------------------------------------------------------------------------------------------


def told(use: Callable[[], object]) -> object:
    """How it ends: a result, or the error's type and words."""
    try:
        return use()
    except DriverError as error:
        return type(error), error.detail


def recorded(monitor: Monitor, file: Path) -> ReplayPort:
    save(file, UNKNOWN_DRIVER, monitor.recording())
    return ReplayPort(file, redactor=NothingPersonal())


@pytest.fixture
def simulated_reader(tmp_path: Path) -> Generator[SimulatedReader]:
    simulated = SimulatedReader(tmp_path / "reader", paced=False)
    simulated.start()
    yield simulated
    simulated.close()


def print_receipt(port: Port) -> PrintResult:
    printer = EscposReceiptPrinter(port, answer_timeout=0.5)
    return printer.print("action", SHORT, timeout=TIMEOUT, cancel=threading.Event())


def read_card(port: Port) -> object:
    reader = SamIdCardReader(port, QUICK)
    try:
        return told(lambda: reader.read(timeout=0, cancel=threading.Event()))
    finally:
        reader.close()


@pytest.mark.parametrize("verb", ["heal", "garbage", "mute", "lift_during_read", "sam_fault"])
def test_a_reader_fails_again_as_it_did(simulated_reader: SimulatedReader, file: Path, verb: str) -> None:
    simulated_reader.simulate_place()
    simulated_reader.verbs()[verb]("")
    monitor = Monitor(NothingPersonal())
    first = read_card(monitor.port(SerialPort(simulated_reader.endpoint)))
    assert read_card(recorded(monitor, file)) == first


@pytest.mark.parametrize("verb", ["heal", "garbage", "mute"])
def test_a_trace_without_personal_data_plays_as_well(simulated_reader: SimulatedReader, file: Path, verb: str) -> None:
    simulated_reader.simulate_place("resident2")
    simulated_reader.verbs()[verb]("")
    monitor = Monitor(table()["id_card"]["sam"].redactor())
    first = read_card(monitor.port(SerialPort(simulated_reader.endpoint)))
    save(file, Header("id_card", "sam", "/dev/ttyS0", "2025-01-02T03:04:05+08:00"), monitor.recording())
    again = read_card(ReplayPort(file))
    if isinstance(first, IdCard):
        assert isinstance(again, IdCard)
        assert first.name.encode("utf-16-le").hex() not in file.read_text()
        assert (again.name, again.number) != (first.name, first.number)
    else:
        assert again == first


def test_a_cable_pulled_in_the_middle_of_a_card(file: Path) -> None:
    simulated = SimulatedReader()
    simulated.simulate_place()
    monitor = Monitor(NothingPersonal())
    first = read_card(monitor.port(UnplugAfter(ScriptedPort(simulated.answer), 300)))
    assert isinstance(first, tuple)
    assert read_card(recorded(monitor, file)) == (ConnectionLost, f"replay:{file}: lost at record 8")


def test_a_receipt_fails_again_as_it_did(file: Path) -> None:
    simulated = SimulatedReceiptPrinter(None)
    simulated.start()
    simulated.simulate_paper_out("40")
    monitor = Monitor(NothingPersonal())
    first = print_receipt(monitor.port(open_port(simulated.endpoint)))
    simulated.close()
    assert (first.outcome, first.fault) == (Outcome.UNKNOWN, "receipt_printer.paper_out")
    assert print_receipt(recorded(monitor, file)) == first
