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
from kiosk.demo.terminal import Terminal
from kiosk.demo.waiting import DemoFailed

SERVICE: Final = "social-insurance-proof"
PORTRAIT: Final = (1080, 1920)
LANDSCAPE: Final = (1920, 1080)
ROOM_FOR_DOCK: Final = 600
ELSEWHERE: Final = 0.35
"""Seconds a person needs at least to see a screen: what is pressed sooner is no journey but a race."""


FILES: Final = ("receipt.png", "certificate.pdf", "central.json", "journey.json", "terminal.log", "central.log")
"""What a demonstration writes into its folder, beside the folders of pictures and papers."""


@dataclass(frozen=True)
class Turn:
    """Wait for a place, take its picture, press what a citizen (or, at the dock, the world) would."""

    place: str
    press: tuple[str, ...] = ()


WAY: Final = (
    Turn("home.idle", ("dock.camera.show.holder", f"service.{SERVICE}")),
    Turn("consent.reading", ("agree",)),
    Turn("identify.waiting", ("dock.id_card.place.resident",)),
    Turn("form.period", ("answer.period.last_12_months",)),
    Turn("form.purpose", ("answer.purpose.housing",)),
    Turn("confirm.review", ("submit",)),
    Turn("farewell.take", ("dock.id_card.take",)),
    Turn("rate.asking", ("rate.5",)),
    Turn("rate.thanks", ("done",)),
    Turn("home.idle"),
)


@dataclass
class Record:
    """One line of ``journey.json``: how long the machine made wait, how long the citizen took."""

    step: str
    machine_ms: int
    citizen_ms: int


@dataclass
class Journey:
    """Plays :data:`WAY` and keeps pictures and times."""

    terminal: Terminal
    display: VirtualDisplay
    folder: Path
    size: tuple[int, int]
    console: Console
    records: list[Record] = field(default_factory=list[Record])
    _seen: set[str] = field(default_factory=set[str])

    def play(self) -> None:
        for turn in WAY:
            self._turn(turn)

    def _turn(self, turn: Turn) -> None:
        began = time.monotonic()
        self.terminal.wait_for({turn.place}, seen=self._passing)
        arrived = time.monotonic()
        self._picture(turn.place)
        time.sleep(ELSEWHERE)
        for name in turn.press:
            self.terminal.press(name)
        now = time.monotonic()
        self.records.append(Record(turn.place, _ms(arrived - began), _ms(now - arrived)))
        self.console.print(f"  {turn.place:24} machine {_ms(arrived - began):6} ms")

    def _passing(self, screen: Screen) -> None:
        """Screens the machine leaves by itself are photographed while they last."""
        if not screen.settled:
            self._picture(f"{screen.step}.{screen.phase}")

    def _picture(self, place: str) -> None:
        if place in self._seen:
            return
        self._seen.add(place)
        name = f"{len(self._seen):02}-{place.replace('.', '-')}.png"
        self.display.picture(self.folder / name, *self.size)


def play(out: Path, config: Path, overrides: Sequence[str], *, offline: bool, landscape: bool) -> bool:
    """Play, verify, tell. True when every artefact was found right."""
    console = Console(highlight=False)
    _clear(out)
    try:
        with tempfile.TemporaryDirectory(prefix="kiosk-") as state:  # short: a socket's path has at most 107 bytes
            problems = list(_play(out, Path(state), config, overrides, console, offline=offline, landscape=landscape))
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
    *,
    offline: bool,
    landscape: bool,
) -> Iterator[str]:
    size = LANDSCAPE if landscape else PORTRAIT
    settings = [*overrides, *_settings(out, state, size)]
    with ExitStack() as closing:
        display = closing.enter_context(VirtualDisplay(size[0] + ROOM_FOR_DOCK, size[1]))
        centre = closing.enter_context(Centre(state / "central", out / "central.log")) if offline else None
        settings += _own_centre(centre) if centre else []
        terminal = closing.enter_context(Terminal(display, config, settings, state / "run", out / "terminal.log"))
        console.print(f"terminal {size[0]}x{size[1]} on virtual display {display.name}")
        _wait_until_offered(terminal)
        journey = Journey(terminal, display, out / "steps", size, console)
        _play_journey(journey, centre)
        data = centre.data if centre else state / "state" / "central"
        yield from _verify(out, data, journey, offline=offline)


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
        f"central.token_file={centre.data / 'terminal.token'}",
        f"central.catalogue_key_file={centre.data / 'catalogue.pub'}",
    ]


# --- what came out ----------------------------------------------------------------------------------------------------


def _verify(out: Path, data: Path, journey: Journey, *, offline: bool) -> Iterator[str]:
    (out / "journey.json").write_text(json.dumps([asdict(one) for one in journey.records], indent=1))
    reference = _take_receipt(out)
    found = dict(centres.wait_for_record(data, reference))
    (out / "central.json").write_text(json.dumps(found, ensure_ascii=False, indent=1))
    yield from verify.pictures(out / "steps", {turn.place for turn in WAY}, journey.size)
    yield from verify.receipt(out / "receipt.png", reference)
    yield from verify.record(found, reference)
    yield from verify.exactly_one(centres.services(data), reference)
    yield from _verify_certificate(out, offline=offline)


def _take_receipt(out: Path) -> str:
    """The reference as the paper says it: nothing else is what the citizen takes home."""
    receipts = sorted((out / "tray").glob("receipt-*.png"))
    if len(receipts) != 1:
        raise DemoFailed(f"{len(receipts)} receipts came out, not one")
    shutil.copy(receipts[0], out / "receipt.png")
    return verify.reference_on(out / "receipt.png")


def _verify_certificate(out: Path, *, offline: bool) -> Iterator[str]:
    printed = sorted((out / "tray").glob("document-*.pdf"))
    if offline:
        if printed:
            yield "a certificate was printed that needs the centre's data"
        return
    if len(printed) != 1:
        yield f"{len(printed)} certificates came out, not one"
        return
    shutil.copy(printed[0], out / "certificate.pdf")
    yield from verify.certificate(out / "certificate.pdf")


def _summary(out: Path, problems: Sequence[str]) -> str:
    there = "\n".join(f"  {out / name}" for name in ("steps", *FILES) if (out / name).exists())
    return f"{'verified' if not problems else 'failed; what there is'}:\n{there}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
