"""Figures of the device layer."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast
from uuid import uuid4

from bench.figures import ROOT, ROUNDS, Figure, median_of, ms, timed
from drivers.contract import Cancel, Outcome
from drivers.id_card.device import SamIdCardReader
from drivers.id_card.simulated import SimulatedReader
from drivers.receipt_printer import encoder, raster
from drivers.receipt_printer.contract import Receipt
from drivers.receipt_printer.device import EscposReceiptPrinter
from drivers.receipt_printer.simulated import SimulatedReceiptPrinter
from drivers.serial_port import SerialPort
from drivers.transports import open_port
from kiosk.documents import receipts as layout
from kiosk.text.catalogue import texts
from tests.drivers.document_camera.measure import measure

BITS_A_BYTE: Final = 10
BAUD: Final = 115200
WIRE_BYTES: Final = 10 + 15 + 10 + 19 + 10 + 1302
"""Find, select and read with their answers, preambles included (1295 bytes of text and photo frame)."""
FRAME_MS: Final = 16.7
SHOWN: Final = 3
"""Of the faults that held up the window's thread, the worst."""
COLUMNS: Final = 48
PHOTOS: Final = 100
FLAWED: Final = 20
FACTS: Final = layout.ReceiptFacts(
    hall="广州市示例区政务服务中心 一楼大厅",
    terminal="GD4401001",
    service="社会保险参保证明打印",
    name="***本",
    number="110*************2X",
    reference="GD4401001-000042-K",
    outcome="filed",
    time="2026-01-01 11:52",
    centre_number="44010020260101000123",
    certificate="printed",
)


def card_read() -> Iterator[Figure]:
    """The whole card over the real driver and a pseudo-terminal paced to 115200 baud."""
    wire = WIRE_BYTES * BITS_A_BYTE / BAUD
    with tempfile.TemporaryDirectory() as folder:
        simulated = SimulatedReader(Path(folder) / "reader")
        simulated.start()
        reader = SamIdCardReader(SerialPort(simulated.endpoint))
        times: list[float] = []
        for _ in range(ROUNDS * 4):
            simulated.simulate_place("resident")
            times.append(timed(lambda: reader.read(timeout=5, cancel=Cancel())))
            simulated.simulate_take()
        reader.close()
        simulated.close()
    median = statistics.median(times)
    over = f"{ms(wire)} on the wire at 115200 baud ({median / wire - 1:.1%} over; goal: under 5 %)"
    yield Figure("identity card, find to text and photo", ms(median), over)


def receipt() -> Iterator[Figure]:
    """The receipt of the demonstration, as text and as a picture, over TCP to a printer that takes what comes."""
    made = layout.receipt(FACTS, texts("zh-Hans"))
    text, picture = len(encoder.encode(made, COLUMNS)), len(raster.encode(made, COLUMNS))
    against = f"{picture} bytes as a picture ({picture / text:.0f} times; goal: at least 10)"
    yield Figure("receipt as text", f"{text} bytes", against)
    simulated = SimulatedReceiptPrinter(None)
    simulated.start()
    port = open_port(simulated.endpoint)
    try:
        as_text = median_of(lambda: _print(EscposReceiptPrinter(port), made))
        as_picture = median_of(lambda: _print(EscposReceiptPrinter(port, encode=raster.encode), made))
    finally:
        simulated.close()
    yield Figure("receipt, to the confirmation of its last byte", ms(as_text), f"{ms(as_picture)} as a picture")


def _print(printer: EscposReceiptPrinter, made: Receipt) -> None:
    result = printer.print(str(uuid4()), made, timeout=30, cancel=Cancel())
    if result.outcome is not Outcome.PRINTED:
        raise SystemExit(f"the receipt was not printed: {result}")


def pages() -> Iterator[Figure]:
    """How well the document camera's pages are found and judged, on generated photos whose corners are known."""
    seen = measure(PHOTOS, FLAWED)
    hits = statistics.mean(seen.hits.values())
    yield Figure("pages found by the document camera", f"{seen.found:.1%}", f"of {seen.photos} generated photos")
    yield Figure(
        "their worst corner", f"{seen.mean_error:.2f} px", f"{seen.worst_error:.2f} px at most, of 1600 x 1200"
    )
    against = f"{seen.false_alarms:.1%} false warnings, {seen.empty_found:.1%} pages on empty tables"
    yield Figure("flaws of photos that were told", f"{hits:.0%}", against)


def idle() -> Iterator[Figure]:
    """All drivers of the terminal in one process, nobody wanting anything of them."""
    with cabinet() as arguments:
        shares = _hosted(arguments, "idle")
    own, others = shares.pop("this process"), shares.pop("other programs")
    dearest = sorted(shares, key=lambda name: -shares[name])[:3]
    against = f"goal: under 1 %; dearest: {', '.join(f'{name} {shares[name]:.2%}' for name in dearest)}"
    told = f"{own + others:.2%} of a core ({others:.2%} in programs that they start)"
    yield Figure("all drivers together, idle", told, against)


def stalls() -> Iterator[Figure]:
    """How late the window's thread wakes while each device is pulled out, slow, spews noise or is silent."""
    with cabinet() as arguments:
        worst = _hosted(arguments, "stalls")
    for what in ["all well", *sorted(worst.keys() - {"all well"}, key=lambda name: -worst[name][0])[:SHOWN]]:
        here, beside = (seconds * 1000 for seconds in worst[what])
        against = f"{beside:.1f} ms in a process without devices; {FRAME_MS} ms is one frame"
        yield Figure(f"longest stall of the window's thread, {what}", f"{here:.1f} ms", against)


@contextmanager
def cabinet() -> Generator[list[str]]:
    """The simulated cabinet in a process of its own; yields the arguments by which others find it."""
    with tempfile.TemporaryDirectory(prefix="kiosk-") as name:
        folder = Path(name)
        overrides = [f"terminal.run_dir={folder}", f"terminal.state_dir={folder}", f"simulation.tray={folder / 'tray'}"]
        config = ["--config", str(ROOT / "kiosk.ini"), *(part for each in overrides for part in ("--set", each))]
        process = subprocess.Popen([sys.executable, "-m", "kiosk", *config, "sim"], cwd=ROOT)
        try:
            while not (folder / "sim.sock").exists():
                time.sleep(0.1)
            yield [str(ROOT / "kiosk.ini"), *overrides]
        finally:
            process.terminate()
            process.wait()


def _hosted(arguments: list[str], what: str) -> dict[str, Any]:
    argv = [sys.executable, "-m", "bench.hosted", *arguments, what]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    return cast("dict[str, Any]", json.loads(done.stdout.splitlines()[-1]))
