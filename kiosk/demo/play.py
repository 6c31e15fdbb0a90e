"""The self-playing journey: one citizen, one service, every artefact verified."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from kiosk.bus.messages import Screen
from kiosk.demo import centre as centres
from kiosk.demo import verify
from kiosk.demo.centre import Centre
from kiosk.demo.display import DisplayUnavailable, VirtualDisplay
from kiosk.demo.scenario import Scenario, Timeline, Turn
from kiosk.demo.terminal import LOOK_SECONDS, Terminal
from kiosk.demo.waiting import DemoFailed

SERVICE: Final = "social-insurance-proof"
PORTRAIT: Final = (1080, 1920)
LANDSCAPE: Final = (1920, 1080)
ROOM_FOR_DOCK: Final = 600
DETOURS: Final = 5
"""How many of a scenario's own places may lie between two of the way."""
ELSEWHERE: Final = 0.35
"""Seconds a person needs at least to see a screen: what is pressed sooner is no journey but a race."""
IMPATIENT: Final = 5.0
"""Seconds after which a person touches once more what did not answer."""

FILES: Final = ("receipt.png", "certificate.pdf", "central.json", "journey.json", "terminal.log", "central.log")
"""What a demonstration writes into its folder, beside the folders of pictures and papers."""


def _turn(place: str, *press: str) -> Turn:
    return Turn(place=place, press=press)


WAY: Final = (
    _turn("home.idle", "dock.camera.show.holder", f"service.{SERVICE}"),
    _turn("consent.reading", "agree"),
    _turn("identify.waiting", "dock.id_card.place.resident"),
    _turn("form.period", "answer.period.last_12_months"),
    _turn("form.purpose", "answer.purpose.housing"),
    _turn("confirm.review", "submit"),
    _turn("farewell.take", "dock.id_card.take"),
    _turn("rate.asking", "rate.5"),
    _turn("rate.thanks"),  # left by itself after a few seconds: a touch might come too late
    _turn("home.idle"),
)
"""Wait for a place, take its picture, press what a citizen (or, at the dock, the world) would."""


@dataclass
class Record:
    """One line of ``journey.json``: how long the machine made wait, how long the citizen took."""

    step: str
    machine_ms: int
    citizen_ms: int


@dataclass
class Journey:
    """Plays :data:`WAY` under a scenario and keeps pictures and times."""

    terminal: Terminal
    display: VirtualDisplay
    folder: Path
    size: tuple[int, int]
    console: Console
    scenario: Scenario = field(default_factory=Scenario)
    records: list[Record] = field(default_factory=list[Record])
    _seen: set[str] = field(default_factory=set[str])
    _timeline: Timeline = field(default_factory=lambda: Timeline((), 0.0))
    _pressed: tuple[str, str, float] = ("", "", 0.0)
    """Where, what and when the citizen touched last."""

    def play(self) -> None:
        self._timeline = Timeline(self.scenario.fault, time.monotonic())
        for turn in WAY:
            detours = 0
            while self._turn(turn) is not turn:
                detours += 1
                if detours > DETOURS:
                    raise DemoFailed(f"never came to {turn.place}")
        if left := self._timeline.left:
            raise DemoFailed(f"the journey ended before {left[0].device} {left[0].do} fell due")

    def _turn(self, wanted: Turn) -> Turn:
        """Do ``wanted``, or first what the scenario's own places ask for."""
        began = time.monotonic()
        turns = {turn.place: turn for turn in (wanted, *self.scenario.turn)}
        screen = self.terminal.wait_for(turns, seen=self._passing)
        turn = turns[f"{screen.step}.{screen.phase}"]
        arrived = time.monotonic()
        self._picture(turn.place)
        time.sleep(ELSEWHERE)
        for words in turn.do:
            self.terminal.simulate(*words.split(" "))
        for name in turn.press:
            self.terminal.press(name)
            self._pressed = (turn.place, name, time.monotonic())
        now = time.monotonic()
        self.records.append(Record(turn.place, _ms(arrived - began), _ms(now - arrived)))
        self.console.print(f"  {turn.place:24} machine {_ms(arrived - began):6} ms")
        if turn is not wanted:
            self._see_off(turn.place)
        return turn

    def _see_off(self, place: str) -> None:
        """Wait until the page that a scenario brought is left: seen a moment longer, it would count as come again."""
        until = time.monotonic() + IMPATIENT
        while time.monotonic() < until:
            screen = self.terminal.screen()
            if screen and f"{screen.step}.{screen.phase}" != place:
                return
            time.sleep(LOOK_SECONDS)

    def _passing(self, screen: Screen) -> None:
        """Screens that are left by themselves are photographed while they last; what is due now goes wrong."""
        place = f"{screen.step}.{screen.phase}"
        self._picture(place)
        self._press_again(place)
        for fault in self._timeline.due(place, time.monotonic()):
            self.console.print(f"  {place:24} {fault.device} {fault.do} {fault.argument}".rstrip())
            self.terminal.simulate(fault.device, fault.do, fault.argument)

    def _press_again(self, place: str) -> None:
        """A touch that falls on a page just being drawn anew is lost; a person touches once more, and so do we."""
        where, name, at = self._pressed
        if place == where and time.monotonic() - at > IMPATIENT and not name.startswith("dock."):
            self._pressed = ("", "", 0.0)
            self.console.print(f"  {place:24} {name} pressed again")
            self.terminal.press(name)

    def _picture(self, place: str) -> None:
        if place in self._seen:
            return
        self._seen.add(place)
        name = f"{len(self._seen):02}-{place.replace('.', '-')}.png"
        self.display.picture(self.folder / name, *self.size)


@dataclass(frozen=True)
class How:
    """``offline``: the centre is down during the journey."""

    offline: bool = False
    landscape: bool = False
    scenario: Scenario = field(default_factory=Scenario)


def play(out: Path, config: Path, overrides: Sequence[str], how: How) -> bool:
    """Play, verify, tell. True when every artefact was found right."""
    console = Console(highlight=False)
    _clear(out)
    try:
        with tempfile.TemporaryDirectory(prefix="kiosk-") as state:  # short: a socket's path has at most 107 bytes
            problems = list(_play(out, Path(state), config, overrides, console, how))
    except (DemoFailed, DisplayUnavailable) as error:
        problems = [str(error)]
    for problem in problems:
        console.print(f"[red]wrong:[/red] {problem}")
    console.print(_summary(out, problems))
    return not problems


def _clear(out: Path) -> None:
    """Take away what an earlier demonstration left, and nothing else: the folder may be anybody's."""
    for name in ("steps", "tray"):
        shutil.rmtree(out / name, ignore_errors=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    (out / "steps").mkdir(parents=True)


def _play(
    out: Path,
    state: Path,
    config: Path,
    overrides: Sequence[str],
    console: Console,
    how: How,
) -> Iterator[str]:
    size = LANDSCAPE if how.landscape else PORTRAIT
    settings = [*overrides, *_settings(out, state, size)]
    with ExitStack() as closing:
        display = closing.enter_context(VirtualDisplay(size[0] + ROOM_FOR_DOCK, size[1]))
        centre = closing.enter_context(Centre(state / "central", out / "central.log")) if how.offline else None
        settings += _own_centre(centre) if centre else []
        terminal = closing.enter_context(Terminal(display, config, settings, state / "run", out / "terminal.log"))
        console.print(f"terminal {size[0]}x{size[1]} on virtual display {display.name}")
        _wait_until_offered(terminal)
        journey = Journey(terminal, display, out / "steps", size, console, how.scenario)
        _play_journey(journey, centre)
        data = centre.data if centre else state / "state" / "central"
        yield from _verify(out, data, journey, offline=how.offline)


def _play_journey(journey: Journey, centre: Centre | None) -> None:
    """With a ``centre`` it is down meanwhile."""
    if centre is None:
        journey.play()
        return
    centre.stop()
    journey.console.print("  the centre is down")
    journey.play()
    centre.start()
    journey.console.print("  the centre is back")


def _wait_until_offered(terminal: Terminal) -> None:
    terminal.wait_for({"home"}, seconds=60)
    terminal.wait_enabled(f"service.{SERVICE}", seconds=60)


def _settings(out: Path, state: Path, size: tuple[int, int]) -> list[str]:
    return [
        f"terminal.state_dir={state / 'state'}",
        f"terminal.run_dir={state / 'run'}",
        f"simulation.tray={(out / 'tray').resolve()}",
        f"window.width={size[0]}",
        f"window.height={size[1]}",
        "window.fullscreen=no",
        "window.dock=yes",
    ]


def _own_centre(centre: Centre) -> list[str]:
    return [
        "central.embedded=no",
        f"central.url={centre.url}",
        f"central.catalogue_key_file={centre.data / 'catalogue.pub'}",
    ]


# --- what came out ----------------------------------------------------------------------------------------------------


def _verify(out: Path, data: Path, journey: Journey, *, offline: bool) -> Iterator[str]:
    (out / "journey.json").write_text(json.dumps([asdict(one) for one in journey.records], indent=1))
    expect = journey.scenario.expect
    reference = _take_receipt(out, expect.receipts)
    found = dict(centres.wait_for_record(data, reference))
    (out / "central.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
    yield from verify.pictures(out / "steps", {turn.place for turn in WAY}, journey.size)
    yield from verify.receipt(out / "receipt.png", reference)
    yield from verify.record(found, reference)
    yield from verify.exactly_one(centres.services(data), reference)
    yield from _verify_certificate(out, 0 if offline else expect.certificates)


def _take_receipt(out: Path, expected: int) -> str:
    """The reference as the paper says it: nothing else is what the citizen takes home."""
    receipts = sorted((out / "tray").glob("receipt-*.png"))
    if len(receipts) != expected:
        raise DemoFailed(f"{len(receipts)} receipts came out, not {expected}")
    shutil.copy(receipts[-1], out / "receipt.png")
    return verify.reference_on(out / "receipt.png")


def _verify_certificate(out: Path, expected: int) -> Iterator[str]:
    """Without the centre's data there is none."""
    printed = sorted((out / "tray").glob("document-*.pdf"))
    if len(printed) != expected:
        yield f"{len(printed)} certificates came out, not {expected}"
    elif printed:
        shutil.copy(printed[-1], out / "certificate.pdf")
        yield from verify.certificate(out / "certificate.pdf")


def _summary(out: Path, problems: Sequence[str]) -> str:
    there = "\n".join(f"  {out / name}" for name in ("steps", *FILES) if (out / name).exists())
    return f"{'verified' if not problems else 'failed; what there is'}:\n{there}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
