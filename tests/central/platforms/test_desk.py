"""Slow, down and wrong: what the centre makes of platforms that fail, and how faults are rehearsed."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.platforms import faults
from central.platforms.desk import Desk, Limits
from central.platforms.errors import (
    BadSettings,
    Conflict,
    Denied,
    NotFound,
    PlatformError,
    Unavailable,
    WrongAnswer,
)
from central.platforms.faults import BadFault, Fault, Faults, Line, parse
from central.platforms.opening import Ground
from central.platforms.settings import NAMES, load
from central.problems import Problem
from tests.central.platforms.people import Clock


class Toy:
    def answer(self) -> str:
        return "yes"

    def fails(self) -> str:
        raise RuntimeError("11010519491231002X")


@pytest.fixture
def desk() -> Iterator[Desk[Toy]]:
    made = Desk("toy", Toy(), Limits(seconds=30, seats=2))
    yield made
    made.close()


def test_an_answer_is_handed_on(desk: Desk[Toy]) -> None:
    assert desk.ask(lambda toy: toy.answer()) == "yes"


def test_a_platform_that_hangs_is_waited_for_so_long() -> None:
    hanging = threading.Event()
    desk = Desk("toy", Toy(), Limits(seconds=0.05, seats=2))
    with pytest.raises(Unavailable, match="no answer in time"):
        desk.ask(lambda _: hanging.wait(30))
    hanging.set()
    desk.close()


def test_whoever_finds_no_seat_is_told_at_once(desk: Desk[Toy]) -> None:
    hanging, begun = threading.Event(), threading.Semaphore(0)

    def hang(_toy: Toy) -> None:
        begun.release()
        hanging.wait(30)

    asking = [threading.Thread(target=desk.ask, args=(hang,)) for _ in range(2)]
    for thread in asking:
        thread.start()
        begun.acquire()
    with pytest.raises(Unavailable, match="busy"):
        desk.ask(lambda toy: toy.answer())
    hanging.set()
    for thread in asking:
        thread.join()
    assert desk.ask(lambda toy: toy.answer()) == "yes"


def test_a_connector_that_fails_says_nothing_personal(desk: Desk[Toy], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(WrongAnswer):
        desk.ask(lambda toy: toy.fails())
    assert "RuntimeError" in caplog.text
    assert "1949" not in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "kind", "retry"),
    [
        (Unavailable(retry_after=7), 503, "platform-unavailable", "7"),
        (WrongAnswer(), 502, "platform-wrong", "60"),
        (NotFound(), 404, "not-found", None),
        (Denied(), 403, "denied", None),
        (Denied("code-spent"), 403, "code-spent", None),
        (Conflict("already-paid"), 409, "already-paid", None),
        (PlatformError(), 502, "platform-failed", None),
    ],
)
def test_each_error_is_a_problem_with_a_remedy(
    desk: Desk[Toy], error: PlatformError, status: int, kind: str, retry: str | None
) -> None:
    def raises(_toy: Toy) -> None:
        raise error

    with pytest.raises(Problem) as caught:
        desk.put(raises)
    assert (caught.value.status, caught.value.kind, caught.value.headers.get("Retry-After")) == (status, kind, retry)
    assert caught.value.remedy


def test_a_slow_platform_is_down_to_whoever_cannot_wait(firm_ground: Ground) -> None:
    desk = Desk("help", firm_ground.help(), Limits(seconds=0.05))
    firm_ground.faults.set("help", Fault("slow", 3600))
    with pytest.raises(Unavailable, match="no answer in time"):
        desk.ask(lambda help_: help_.entries())
    firm_ground.faults.clear("help")
    assert desk.ask(lambda help_: help_.entries())
    firm_ground.closing.set()
    desk.close()


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["slow=3", "slow=0.5", "down", "wrong"])
def test_a_fault_is_read_as_it_is_written(text: str) -> None:
    assert parse(text).written == text


@given(st.text() | st.floats().map(lambda number: f"slow={number}"))
def test_what_is_no_fault_is_refused(text: str) -> None:
    try:
        fault = parse(text)
    except BadFault:
        return
    assert fault.kind in ("slow", "down", "wrong")
    assert fault.kind != "slow" or 0 < fault.seconds <= 3600


def test_a_fault_reaches_another_process_and_ends(tmp_path: Path) -> None:
    clock = Clock(1000.0)
    setting, looking = Faults(tmp_path, clock), Faults(tmp_path, clock)
    assert looking.of("identity") is None
    setting.set("identity", Fault("down", until=1060.0))
    setting.set("maps", Fault("slow", 3))
    assert looking.all() == {"identity": Fault("down", until=1060.0), "maps": Fault("slow", 3)}
    clock.now = 1060.0
    assert looking.all() == {"maps": Fault("slow", 3)}
    setting.clear("maps")
    assert looking.all() == {}


@given(st.binary())
def test_a_damaged_file_of_faults_is_no_fault(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("faults")
    (folder / faults.FILE).write_bytes(content)
    assert set(Faults(folder, time.time).all()) <= set(NAMES)


def test_a_line_is_down_slow_or_wrong(tmp_path: Path) -> None:
    closing, set_ = threading.Event(), Faults(tmp_path, time.time)
    line = Line("maps", set_, closing)
    assert line.ask(lambda: 1, lambda given: given + 1) == 1
    set_.set("maps", Fault("wrong"))
    assert line.ask(lambda: 1, lambda given: given + 1) == 2
    set_.set("maps", Fault("down"))
    with pytest.raises(Unavailable):
        line.ask(lambda: 1, lambda given: given)
    set_.set("maps", Fault("slow", 3600))
    closing.set()  # a centre that closes waits for no rehearsal
    assert line.ask(lambda: 1, lambda given: given) == 1


# --- settings --------------------------------------------------------------------------------------------------------


def test_without_settings_every_platform_is_the_reference(tmp_path: Path) -> None:
    chosen = load(tmp_path)
    assert set(chosen.choices) == set(NAMES)
    assert {one.use for one in chosen.choices.values()} == {"reference"}
    assert chosen.persons == 300


def test_settings_choose_and_limit(tmp_path: Path) -> None:
    text = '[identity]\nuse = "gdca"\nseconds = 2\nseats = 3\noptions = { secret = "hush" }\n[province]\npersons = 0\n'
    (tmp_path / "platforms.toml").write_text(text)
    chosen = load(tmp_path)
    assert (chosen.persons, chosen.choices["identity"].limits) == (0, Limits(2, 3))
    assert "hush" not in repr(chosen)


@pytest.mark.parametrize(
    "text",
    ["[identity", "[nonsense]", "[identity]\nseconds = 0", "[identity]\nsecond = 3", "[province]\npersons = -1",
     "identity = 3", '[identity]\nseats = "many"'],
)  # fmt: skip
def test_settings_that_are_none_name_the_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "platforms.toml").write_text(text)
    with pytest.raises(BadSettings, match=r"platforms\.toml"):
        load(tmp_path)


@given(st.binary(max_size=200))
def test_any_settings_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("settings")
    (folder / "platforms.toml").write_bytes(content)
    with suppress(BadSettings):
        assert set(load(folder).choices) == set(NAMES)
