"""Burn-in: every device of the terminal at work for a long time, as before a terminal is delivered or after a repair.

Each device does the same harmless thing again and again, all of them at once; what fails, and how slow it gets, is
counted. A citizen comes first: when one is at the terminal, the run is over.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any, Final

from PIL import Image, ImageDraw

from kiosk.devices import perform, rows_in_use
from kiosk.hardware.commands import SELFTEST, STATUS, Report, Request
from kiosk.hardware.host import BUSY
from kiosk.settings import Settings
from kiosk.usage import Meter, Use

PAUSE: Final = 1.0
PAPER_PAUSE: Final = 20.0
"""Seconds between two prints of a device: an endurance run, not a heap of paper."""
SECONDS_EACH: Final = 15.0
"""What one operation has, and so how long those under way at the end are waited for."""
AT_ONCE: Final = 2.0
"""The same when the technician ends the run."""
ASKED_ONLY: Final = frozenset({"receipt_printer", "code_scanner", "signature", "power"})
"""Their self-tests use up paper, wait for a person or empty the battery."""
A4: Final = (595, 842)

Ask = Callable[[str, str, Request], Report]
"""Verb, device, request."""


@dataclass
class Tally:
    """What came of one device's runs; seconds. Written by the device's thread alone."""

    device: str
    verb: str
    runs: int = 0
    failures: int = 0
    last_failure: str = ""
    slowest: float = 0.0
    total: float = 0.0

    @property
    def mean(self) -> float:
        return self.total / self.runs if self.runs else 0.0

    def add(self, report: Report, seconds: float) -> None:
        self.runs += 1
        self.total += seconds
        self.slowest = max(self.slowest, seconds)
        if report.error:
            self.failures += 1
            self.last_failure = f"{report.error}: {report.sentence}"


def verb_for(device: str, *, paper: bool) -> str:
    if paper and device == "document_printer":
        return "print"
    if paper and device == "receipt_printer":
        return SELFTEST
    return STATUS if device in ASKED_ONLY else SELFTEST


class BurnIn:
    """``ask`` has a device do something and waits for the answer; ``lines`` tells how steady each line is."""

    def __init__(
        self, devices: Sequence[str], ask: Ask, lines: Callable[[], Mapping[str, str]], meter: Meter, *, paper: bool
    ) -> None:
        self.tallies = [Tally(device, verb_for(device, paper=paper)) for device in devices]
        self.lines: Mapping[str, str] = {}
        self.uses: Sequence[Use] = ()
        self.seconds = 0.0
        self.over = threading.Event()
        self.citizen_came = False
        self._began = time.monotonic()
        self._ask = ask
        self._ask_lines = lines
        self._meter = meter
        self._paper = paper
        self._threads = [
            threading.Thread(target=self._repeat, args=(tally,), name=f"burn-in {tally.device}", daemon=True)
            for tally in self.tallies
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self, patience: float = AT_ONCE) -> None:
        """What is under way may still end, for so many seconds altogether."""
        self.over.set()
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.look()

    def look(self) -> None:
        """Bring ``lines``, ``uses`` and ``seconds`` up to date."""
        self.seconds = time.monotonic() - self._began
        self.lines = {**self.lines, **self._ask_lines()}  # a terminal that has just ended tells nothing
        self.uses = tuple(self._meter.look().values())

    def as_dict(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds, 1),
            "passed": self.passed,
            "citizen_came": self.citizen_came,
            "devices": [{**asdict(each), "line": self.lines.get(each.device, "")} for each in self.tallies],
            "processes": [each.as_dict() for each in self.uses],
        }

    @property
    def passed(self) -> bool:
        return not self.citizen_came and all(tally.runs and not tally.failures for tally in self.tallies)

    def _repeat(self, tally: Tally) -> None:
        prints = self._paper and tally.device.endswith("_printer")
        request = Request(SECONDS_EACH, data=_page() if tally.verb == "print" else b"")
        while not self.over.is_set():
            began = time.monotonic()
            report = self._ask(tally.verb, tally.device, request)
            if report.sentence == BUSY:
                self.citizen_came = True
                self.over.set()
                return
            tally.add(report, time.monotonic() - began)
            self.over.wait(PAPER_PAUSE if prints else PAUSE)


def burn_in(settings: Settings, devices: Sequence[str], *, paper: bool) -> BurnIn:
    """Over the devices of this terminal: those of its processes or, when none runs, opened here."""

    def ask(verb: str, device: str, request: Request) -> Report:
        return perform(settings, verb, device, request, here=False)

    return BurnIn(devices, ask, lambda: _lines_of(settings), Meter(settings.terminal.run_dir), paper=paper)


def _lines_of(settings: Settings) -> dict[str, str]:
    """Device -> how steady its line is; nothing of those that no running terminal has open."""
    return {row.name: f"{row.suspect} {row.score}" if row.score else "steady" for row in rows_in_use(settings)}


def devices_of(settings: Settings) -> Iterator[str]:
    """Those this terminal has."""
    return (name for name, section in settings.devices.items() if section.chosen)


def _page() -> bytes:
    """An A4 page that is seen to be a test."""
    image = Image.new("L", A4, 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((30, 30, A4[0] - 30, A4[1] - 30), outline=0, width=2)
    draw.text((60, 60), f"burn-in  {time.strftime('%Y-%m-%d %H:%M')}", fill=0)
    file = BytesIO()
    image.save(file, "PDF")
    return file.getvalue()
