"""The desk above the real reader driver above a simulated reader."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drivers.errors import Who
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.serial_port import SerialPort
from drivers.worker import DeviceWorker
from kiosk.journey.effects import ReadCard, StopReading, StopWatching, WatchCard
from kiosk.journey.events import CardNotRead, CardRead, CardTaken
from kiosk.journey.state import State
from kiosk.world import cards
from kiosk.world.cards import CardDesk
from tests.drivers.id_card.helpers import QUICK
from tests.waiting import eventually
from tests.world.helpers import PATIENCE, Posts

STATE = State()
READ = ReadCard("s1", PATIENCE)


@dataclass
class Rig:
    reader: SimulatedReader
    worker: DeviceWorker[Any]
    desk: CardDesk
    posts: Posts

    def read(self, card: str = "resident") -> CardRead:
        self.reader.simulate_place(card)
        self.desk.perform(READ, STATE)
        return self.posts.next(CardRead)

    def close(self) -> None:
        """After this nothing more is posted."""
        self.worker.close()


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Rig]:
    monkeypatch.setattr(cards, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr(cards, "RESUME_SECONDS", 0.05)
    reader, posts = SimulatedReader(tmp_path / "tty", paced=False), Posts()
    reader.start()
    worker: DeviceWorker[Any] = DeviceWorker(
        "id_card", lambda: SamIdCardReader(SerialPort(reader.endpoint), QUICK), lambda _name, _status: None
    )
    worker.start()
    yield Rig(reader, worker, CardDesk(worker, posts), posts)
    worker.close()
    reader.close()


def test_a_card_is_read_and_checked(rig: Rig) -> None:
    event = rig.read()
    assert (event.session, event.card.name, event.problem) == ("s1", "证件样本", "")
    assert event.age is not None
    assert event.age >= 76


@pytest.mark.parametrize(("card", "problem"), [("expired", "expired"), ("bad_check_digit", "number_wrong")])
def test_a_bad_card_is_read_and_told(rig: Rig, card: str, problem: str) -> None:
    assert rig.read(card).problem == problem


def test_no_card_in_time(rig: Rig) -> None:
    rig.desk.perform(ReadCard("s1", 0.05), STATE)
    assert rig.posts.next(CardNotRead) == CardNotRead("s1", "no_card", Who.CITIZEN)


def test_a_card_lifted_too_early_asks_the_citizen(rig: Rig) -> None:
    rig.reader.simulate_lift_during_read()
    rig.reader.simulate_place()
    rig.desk.perform(READ, STATE)
    assert rig.posts.next(CardNotRead) == CardNotRead("s1", "card_unreadable", Who.CITIZEN)


def test_a_reader_that_is_gone_asks_the_technician(rig: Rig) -> None:
    rig.reader.simulate_unplug()
    rig.desk.perform(READ, STATE)
    event = rig.posts.next(CardNotRead)
    assert (event.code, event.who) in [("not_connected", Who.TECHNICIAN), ("connection_lost", Who.TECHNICIAN)]


def test_a_lifted_card_is_told_exactly_once(rig: Rig) -> None:
    rig.read()
    rig.desk.perform(WatchCard("s1"), STATE)
    rig.reader.simulate_take()
    assert rig.posts.next(CardTaken) == CardTaken("s1")
    assert rig.read().session == "s1"
    rig.close()
    assert rig.posts.rest() == []


@pytest.mark.parametrize("spoilt", ["1", "5"])
def test_garbage_while_watching_is_neither_a_lifted_card_nor_the_end_of_watching(rig: Rig, spoilt: str) -> None:
    rig.read()
    rig.reader.simulate_garbage(spoilt)
    rig.desk.perform(WatchCard("s1"), STATE)
    eventually(lambda: "garbage" not in rig.reader.state()["fault"])
    assert rig.posts.rest() == []
    rig.reader.simulate_take()
    assert rig.posts.next(CardTaken) == CardTaken("s1")
    rig.close()
    assert rig.posts.rest() == []


def test_a_watch_that_waits_to_go_on_is_stopped_too(rig: Rig) -> None:
    rig.read()
    rig.desk.perform(WatchCard("s1"), STATE)
    rig.reader.simulate_garbage("2")
    eventually(lambda: "garbage" not in rig.reader.state()["fault"])
    rig.desk.perform(StopWatching(), STATE)
    rig.reader.simulate_take()
    rig.desk.perform(ReadCard("s2", 0.3), STATE)
    assert rig.posts.next(CardNotRead).session == "s2"


def test_a_reader_that_fails_while_watching_accuses_nobody(rig: Rig) -> None:
    rig.read()
    rig.desk.perform(WatchCard("s1"), STATE)
    rig.reader.simulate_unplug()
    rig.desk.perform(ReadCard("s2", 0.05), STATE)
    assert rig.posts.next(CardNotRead).session == "s2"


def test_a_stopped_read_says_nothing_and_the_next_one_works(rig: Rig) -> None:
    rig.desk.perform(READ, STATE)
    rig.desk.perform(StopReading(), STATE)
    rig.reader.simulate_place()
    rig.desk.perform(ReadCard("s2", PATIENCE), STATE)
    assert rig.posts.next(CardRead).session == "s2"


def test_a_stopped_watch_says_nothing(rig: Rig) -> None:
    rig.read()
    rig.desk.perform(WatchCard("s1"), STATE)
    rig.desk.perform(StopWatching(), STATE)
    rig.reader.simulate_take()
    rig.desk.perform(ReadCard("s2", 0.05), STATE)
    assert rig.posts.next(CardNotRead).session == "s2"


def test_closing_says_nothing(rig: Rig) -> None:
    rig.desk.perform(READ, STATE)
    rig.close()
    assert rig.posts.rest() == []
