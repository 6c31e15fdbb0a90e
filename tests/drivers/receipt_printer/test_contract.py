"""The receipt printer's contract: the real driver above the simulated printer, one mishap after another."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image

from drivers.contract import Outcome, PrintResult, State
from drivers.errors import Cancelled
from drivers.receipt_printer import encoder
from drivers.receipt_printer.contract import Paper, Text
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.tcp_port import TcpPort
from tests.drivers.receipt_printer.helpers import OTHER, SHORT, Bench, bench
from tests.waiting import eventually

JOB_BYTES = len(encoder.encode(SHORT, 48))
STATUS_BYTES = 4 * 3
REPORT_BYTES = 3


@pytest.fixture
def machine() -> Iterator[Bench]:
    with bench() as made:
        yield made


def test_a_receipt_is_printed_and_confirmed(machine: Bench) -> None:
    assert machine.print().outcome is Outcome.PRINTED
    assert len(machine.simulated.pieces) == 1
    assert "已受理" in machine.simulated.pieces[0]


def test_the_paper_is_on_disk_when_the_printer_confirms(tmp_path: Path) -> None:
    with bench(tmp_path) as machine:
        machine.print()
        machine.print()
        assert sorted(file.name for file in tmp_path.iterdir()) == ["receipt-0001.png", "receipt-0002.png"]
        with Image.open(tmp_path / "receipt-0001.png") as picture:
            assert picture.width == 640


def test_a_repeated_action_prints_once(machine: Bench) -> None:
    first = machine.print(action="same")
    assert machine.print(action="same") == first
    assert machine.print(OTHER, action="same") == first
    assert len(machine.simulated.pieces) == 1


def test_two_threads_with_the_same_action_print_once(machine: Bench) -> None:
    threads = [Thread(target=machine.print, kwargs={"action": "same"}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(machine.simulated.pieces) == 1


@pytest.mark.parametrize(
    ("verb", "fault", "repair"),
    [
        ("paper_out", "receipt_printer.paper_out", "refill"),
        ("cover_open", "receipt_printer.cover_open", "cover_close"),
        ("jam", "receipt_printer.jammed", "clear"),
        ("unplug", "receipt_printer.not_connected", "plug"),
        ("mute", "receipt_printer.deadline_exceeded", "heal"),
        ("garbage", "receipt_printer.protocol_error", "heal"),
    ],
)
def test_trouble_before_the_first_byte_is_a_sure_failure(machine: Bench, verb: str, fault: str, repair: str) -> None:
    verbs = machine.simulated.verbs()
    verbs[verb]("")
    status = machine.printer.status()
    assert status.fault == fault
    assert status.state is not State.ONLINE
    result = machine.print()
    assert (result.outcome, result.fault) == (Outcome.FAILED, fault)
    verbs[repair]("")
    assert machine.simulated.pieces == []
    assert machine.print().outcome is Outcome.PRINTED
    assert len(machine.simulated.pieces) == 1


@pytest.mark.parametrize("after", [1, 5, JOB_BYTES // 2, JOB_BYTES - 3, JOB_BYTES - 1])
@pytest.mark.parametrize(("verb", "repair"), [("jam", "clear"), ("paper_out", "refill")])
def test_trouble_in_the_middle_is_unknown_and_no_rest_comes_out_later(
    machine: Bench, verb: str, repair: str, after: int
) -> None:
    machine.simulated.verbs()[verb](str(after))
    result = machine.print()
    assert result.outcome is Outcome.UNKNOWN
    assert result.fault in ("receipt_printer.jammed", "receipt_printer.paper_out")
    machine.simulated.verbs()[repair]("")
    assert machine.simulated.pieces == []
    assert machine.print(OTHER).outcome is Outcome.PRINTED
    assert machine.simulated.pieces[-1].strip() == "another person"


def test_a_jam_in_the_cut_is_not_a_printed_receipt(machine: Bench) -> None:
    machine.simulated.simulate_jam(str(JOB_BYTES))
    assert machine.print().outcome is Outcome.UNKNOWN


def test_paper_that_ends_with_the_report_leaves_a_printed_receipt(machine: Bench) -> None:
    machine.simulated.simulate_paper_out(str(JOB_BYTES + REPORT_BYTES))
    assert machine.print().outcome is Outcome.PRINTED
    assert machine.printer.status().paper is Paper.OUT


ALL_BYTES = STATUS_BYTES + JOB_BYTES + REPORT_BYTES + STATUS_BYTES
OFFSETS = sorted(
    {
        *range(1, STATUS_BYTES + 3),
        *range(STATUS_BYTES, ALL_BYTES, 9),
        *range(ALL_BYTES - STATUS_BYTES - REPORT_BYTES, ALL_BYTES + 1),
    }
)


@pytest.mark.parametrize("after", OFFSETS)
def test_unplugged_at_a_byte(machine: Bench, after: int) -> None:
    machine.simulated.simulate_unplug(str(after))
    result = machine.print()
    cut = len(machine.simulated.pieces)
    if after <= STATUS_BYTES:
        # the answer to the last question may arrive before the hang-up is noticed, then the job was sent in vain
        assert result.outcome is Outcome.FAILED or after == STATUS_BYTES
        assert cut == 0
    else:
        assert result.outcome is not Outcome.FAILED
        assert result.outcome is Outcome.UNKNOWN or after == ALL_BYTES
        assert cut == (after >= STATUS_BYTES + JOB_BYTES)
    machine.simulated.simulate_plug()
    assert machine.print(OTHER).outcome is Outcome.PRINTED
    assert machine.simulated.pieces[-1].strip() == "another person"
    assert len(machine.simulated.pieces) <= cut + 2


def test_low_paper_still_prints(machine: Bench) -> None:
    machine.simulated.simulate_paper_low()
    status = machine.printer.status()
    assert (status.state, status.paper) == (State.DEGRADED, Paper.LOW)
    assert machine.print().outcome is Outcome.PRINTED


def test_a_slow_printer_is_waited_for(machine: Bench) -> None:
    machine.simulated.simulate_crawl("400")
    assert machine.print().outcome is Outcome.PRINTED


def test_a_slow_printer_is_given_up_at_the_deadline(machine: Bench) -> None:
    machine.simulated.simulate_crawl("20")
    result = machine.print(timeout=0.6)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "receipt_printer.unconfirmed")
    machine.simulated.simulate_heal()
    assert machine.print(OTHER).outcome is Outcome.PRINTED
    assert machine.simulated.pieces == [machine.simulated.pieces[-1]]


def test_a_hot_head_is_waited_for(machine: Bench) -> None:
    machine.simulated.simulate_hot(str(JOB_BYTES // 2))
    results: list[PrintResult] = []
    thread = Thread(target=lambda: results.append(machine.print()))
    thread.start()
    eventually(lambda: machine.simulated.state()["fault"] == "receipt_printer.too_hot")
    assert machine.simulated.pieces == []
    machine.simulated.simulate_cool()
    thread.join(10)
    assert [result.outcome for result in results] == [Outcome.PRINTED]


def test_cancelled_before_the_first_byte_prints_nothing_and_may_be_repeated(machine: Bench) -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Cancelled):
        machine.print(action="same", cancel=cancel)
    assert machine.simulated.pieces == []
    assert machine.print(action="same").outcome is Outcome.PRINTED


def test_cancelled_in_the_middle_is_unknown(machine: Bench) -> None:
    machine.simulated.simulate_crawl("20")
    cancel = _SetWhenAskedAgain()
    result = machine.print(cancel=cancel)
    assert (result.outcome, result.fault) == (Outcome.UNKNOWN, "receipt_printer.cancelled")


class _SetWhenAskedAgain(Event):
    """Unset at the first look, set ever after."""

    def is_set(self) -> bool:
        before = super().is_set()
        self.set()
        return before


def mute_after_start(machine: Bench) -> None:
    machine.simulated.simulate_mute()


def garble_after_start(machine: Bench) -> None:
    machine.simulated.simulate_garbage()


@pytest.mark.parametrize("spoil", [mute_after_start, garble_after_start])
def test_a_confirmation_that_cannot_be_trusted_is_none(machine: Bench, spoil: Callable[[Bench], None]) -> None:
    machine.simulated.simulate_crawl("400")
    cancel = _Then(lambda: spoil(machine))
    assert machine.print(cancel=cancel, timeout=2).outcome is Outcome.UNKNOWN


class _Then(Event):
    """Never set; does something at the first look, which the driver takes just before it sends."""

    def __init__(self, action: Callable[[], None]) -> None:
        super().__init__()
        self._actions = [action]

    def is_set(self) -> bool:
        while self._actions:
            self._actions.pop()()
        return False


def test_no_control_character_of_a_text_reaches_the_printer(machine: Bench) -> None:
    machine.print((Text("a\x1d\x56\x00\x1b@b"),))
    assert len(machine.simulated.pieces) == 1


def test_close_twice_and_status_after(machine: Bench) -> None:
    machine.printer.close()
    machine.printer.close()
    assert machine.printer.status().works


def test_nobody_there() -> None:
    printer = EscposReceiptPrinter(TcpPort("127.0.0.1", 9))
    assert printer.status().state is State.NO_DEVICE
    assert printer.print("a", SHORT, timeout=1, cancel=Event()).outcome is Outcome.FAILED


def test_state_for_the_dock(machine: Bench) -> None:
    machine.print()
    assert machine.simulated.state() == {"paper": "ok", "fault": "", "receipts": "1"}
    machine.simulated.simulate_paper_out()
    assert machine.simulated.state()["paper"] == "out"
    machine.simulated.simulate_unplug()
    assert machine.simulated.state()["fault"] == "receipt_printer.not_connected"


def test_a_verb_refuses_an_argument_it_does_not_know(machine: Bench) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        machine.simulated.verbs()["jam"]("soon")
