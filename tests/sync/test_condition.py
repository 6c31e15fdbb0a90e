"""What a terminal tells of itself: from processes that answer, that do not, and that answer nonsense."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.fleet.wire import Heartbeat
from kiosk.bus.connection import Connection, Server
from kiosk.bus.device_messages import DeviceRow, DeviceStatuses, DeviceStatusesRequest
from kiosk.bus.messages import AnyMessage, DescribeScreen, Failed, Ok, Screen, Stop
from kiosk.sync.acts import RestartApp
from kiosk.sync.condition import Condition, Figures, supplies
from tests.central.helpers import CANARY, CANARY_NUMBER

NOW = 1_790_000_000.0
NONE = Figures(0, 0, None)


class Process:
    """One that owns devices and, perhaps, the screen."""

    def __init__(self, *rows: DeviceRow, step: str = "home") -> None:
        self.rows = rows
        self.step = step
        self.stopped = 0

    def answer(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case DeviceStatusesRequest():
                connection.send(DeviceStatuses(rows=list(self.rows)))
            case DescribeScreen():
                connection.send(Screen(step=self.step, phase="", drawn=True, settled=True, touchables=[]))
            case Stop():
                self.stopped += 1
                connection.send(Ok())
            case _:
                connection.send(Failed(reason="not for this one"))


@contextmanager
def there(folder: Path, name: str, process: Process) -> Generator[Process]:
    server = Server(folder / f"{name}.sock", process.answer)
    server.start()
    try:
        yield process
    finally:
        server.close()


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def condition(tmp_path: Path, clock: Clock) -> Condition:
    return Condition(tmp_path, tmp_path, "0.1.0", lambda: 7, wall=lambda: NOW, clock=clock)


def row(name: str = "receipt_printer", state: str = "online", **told: Any) -> DeviceRow:
    return DeviceRow(name=name, port="usb", state=state, **told)


def device(body: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in body["devices"] if one["name"] == name)


def test_it_is_what_the_centre_reads(condition: Condition, tmp_path: Path) -> None:
    paper = row(state="user_error", fault="receipt_printer.paper_out", who="staff", substates={"paper": "out"})
    with there(tmp_path, "ui", Process(paper)), there(tmp_path, "vision", Process(row("camera"))):
        body = condition.heartbeat(Figures(3, 1, NOW - 90.0))
    read = Heartbeat.model_validate_json(json.dumps(body))

    assert [one.name for one in read.devices] == ["receipt_printer", "camera", "app"]
    assert (read.queue.waiting, read.queue.parked, read.queue.oldest) == (3, 1, 90.0)
    assert (read.catalogue, read.program, read.session) == (7, "0.1.0", "idle")
    assert read.disk
    assert read.disk.size > read.disk.free > 0
    assert read.uptime > 0
    assert [(one.name, one.left, one.exact) for one in read.supplies] == [("paper", 0.0, False)]


def test_details_and_what_nobody_meant_for_the_centre_stay_here(condition: Condition, tmp_path: Path) -> None:
    told = row(detail=CANARY, substates={"paper": "low", "last": CANARY_NUMBER}, serial_number=CANARY_NUMBER)
    with there(tmp_path, "ui", Process(told)):
        body = json.dumps(condition.heartbeat(NONE), ensure_ascii=False)

    assert CANARY not in body
    assert CANARY_NUMBER not in body


def test_the_age_of_a_state_is_counted_from_its_beginning(condition: Condition, tmp_path: Path, clock: Clock) -> None:
    with there(tmp_path, "ui", Process(row())) as process:
        condition.heartbeat(NONE)
        clock.now += 60.0
        assert device(condition.heartbeat(NONE), "receipt_printer")["since"] == 60.0
        process.rows = (row(state="offline", fault="receipt_printer.offline", who="technician"),)
        assert device(condition.heartbeat(NONE), "receipt_printer")["since"] == 0.0
        clock.now += 30.0
        assert device(condition.heartbeat(NONE), "receipt_printer")["since"] == 30.0


def test_a_window_that_answers_no_more_is_a_fault(condition: Condition, tmp_path: Path) -> None:
    assert device(condition.heartbeat(NONE), "app")["state"] == "starting"
    with there(tmp_path, "ui", Process()):
        assert device(condition.heartbeat(NONE), "app")["state"] == "online"
    gone = device(condition.heartbeat(NONE), "app")

    assert (gone["state"], gone["fault"], gone["who"], gone["needed"]) == ("offline", "app.silent", "technician", True)


@pytest.mark.parametrize(("step", "session"), [("home", "idle"), ("consent", "running"), ("out_of_order", "idle")])
def test_whether_somebody_is_there_is_known_by_the_screen(
    condition: Condition, tmp_path: Path, step: str, session: str
) -> None:
    with there(tmp_path, "ui", Process(step=step)):
        assert condition.session() == session
        assert condition.heartbeat(NONE)["session"] == session


def test_nobody_knows_whether_a_citizen_is_there_when_the_window_is_silent(condition: Condition) -> None:
    assert condition.session() == "unknown"


def test_counted_levels_come_before_steps() -> None:
    printer = row(
        "document_printer", substates={"supplies": "black 75 %, 青色 20 %, odd", "toner": "low", "paper": "low"}
    )
    assert list(supplies(printer)) == [
        {"device": "document_printer", "name": "black", "left": 0.75, "exact": True},
        {"device": "document_printer", "name": "supply", "left": 0.2, "exact": True},
        {"device": "document_printer", "name": "paper", "left": 0.1, "exact": False},
    ]


@given(
    st.dictionaries(st.sampled_from(["paper", "toner", "supplies"]), st.text(max_size=60)),
    st.text("ab %0123456789,", max_size=40),
)
def test_whatever_a_driver_tells_the_centre_can_read(substates: dict[str, str], levels: str) -> None:
    printer = row("document_printer", substates=substates | {"supplies": levels})
    body = {"program": "", "uptime": 1.0, "supplies": list(supplies(printer))}
    assert Heartbeat.model_validate_json(json.dumps(body))


@given(name=st.text(max_size=50), fault=st.text(max_size=100), paper=st.text(max_size=100))
def test_no_driver_s_words_cost_the_whole_heartbeat(name: str, fault: str, paper: str) -> None:
    condition = Condition(Path("/nowhere"), Path("/nowhere"), "0.1.0", lambda: 7)
    told = condition._device(row(name, fault=fault, substates={"paper": paper}))  # pyright: ignore[reportPrivateUsage]
    assert Heartbeat.model_validate_json(json.dumps({"program": "", "uptime": 1.0, "devices": [told]}))


def test_restart_asks_every_process_to_end(tmp_path: Path) -> None:
    with there(tmp_path, "ui", Process()) as ui, there(tmp_path, "vision", Process()) as vision:
        assert RestartApp(tmp_path)({"what": "app", "device": ""}).state == "done"
    assert (ui.stopped, vision.stopped) == (1, 1)


def test_restart_of_what_it_cannot_restart_is_said_honestly(tmp_path: Path) -> None:
    assert RestartApp(tmp_path)({"what": "machine", "device": ""}).state == "unsupported"


def test_a_process_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with there(tmp_path, "vision", Process()):
        done = RestartApp(tmp_path)({"what": "app", "device": ""})
    assert (done.state, done.detail) == ("failed", "no answer from ui")
