from dataclasses import dataclass, replace

import pytest

from drivers.contract import DeviceStatus, Media, State
from drivers.events import Event, ItemMoved, StateChanged, ThresholdReached, events


@dataclass(frozen=True)
class SlotStatus(DeviceStatus):
    card: Media = Media.ABSENT
    paper: str = "ok"
    cover_open: bool = False


EMPTY = SlotStatus(State.ONLINE)


def told(before: DeviceStatus, now: DeviceStatus) -> list[Event]:
    return list(events("slot", before, now))


def test_nothing_new() -> None:
    assert told(EMPTY, EMPTY) == []
    assert told(EMPTY, replace(EMPTY, detail="other words")) == []
    assert told(EMPTY, replace(EMPTY, cover_open=True)) == []


def test_a_new_state_or_another_fault() -> None:
    jam = replace(EMPTY, state=State.HARDWARE_ERROR, fault="slot.jam")
    assert told(EMPTY, jam) == [StateChanged("slot", State.ONLINE, jam)]
    broken = replace(jam, fault="slot.broken")
    assert told(jam, broken) == [StateChanged("slot", State.HARDWARE_ERROR, broken)]


def test_the_first_status_after_the_start() -> None:
    starting = DeviceStatus(State.STARTING)
    low = replace(EMPTY, paper="low", card=Media.PRESENT)
    assert told(starting, low) == [StateChanged("slot", State.STARTING, low), ThresholdReached("slot", "paper", "low")]


@pytest.mark.parametrize("level", ["low", "out", "empty", "full"])
def test_a_threshold(level: str) -> None:
    assert told(EMPTY, replace(EMPTY, paper=level)) == [ThresholdReached("slot", "paper", level)]
    assert told(replace(EMPTY, paper=level), EMPTY) == []


@pytest.mark.parametrize(
    ("before", "now", "move"),
    [
        (Media.ABSENT, Media.PRESENT, "put"),
        (Media.PRESENT, Media.ABSENT, "taken"),
        (Media.PRESENT, Media.LEFT, "left"),
        (Media.LEFT, Media.ABSENT, "taken"),
        (Media.ABSENT, Media.JAMMED, "jammed"),
        (Media.PRESENT, Media.JAMMED, "jammed"),
    ],
)
def test_an_item_moves(before: Media, now: Media, move: str) -> None:
    told_of = told(replace(EMPTY, card=before), replace(EMPTY, card=now))
    assert [(each.item, each.move) for each in told_of if isinstance(each, ItemMoved)] == [("card", move)]
    assert len(told_of) == 1


@pytest.mark.parametrize("media", Media)
def test_what_nobody_saw_is_not_told(media: Media) -> None:
    unknown, known = replace(EMPTY, card=Media.UNKNOWN), replace(EMPTY, card=media)
    assert told(unknown, known) == told(known, unknown) == []
