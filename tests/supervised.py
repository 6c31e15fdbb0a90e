"""Real processes for the supervisor's tests: ``parent`` supervises, ``child`` lives under it and writes a diary.

Run as ``python supervised.py parent DIR CHILD...`` with children as ``name:behaviour:after+after``.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import Ok
from kiosk.children import Child
from kiosk.restarts import Timings
from kiosk.supervisor import Supervisor

TIMINGS = Timings(
    first_delay=0.05,
    longest_delay=0.2,
    ping_interval=0.4,
    pings_missed=5,
    start_gate=3,
    stop_grace=3,
    healthy_after=float(os.environ.get("HEALTHY_AFTER", "60")),
)


def parent(folder: Path, specifications: list[str]) -> int:
    children = [_child(folder, each) for each in specifications]
    return Supervisor(children, folder, TIMINGS, on_healthy=lambda: note(folder, "healthy", "all")).run()


def _child(folder: Path, specification: str) -> Child:
    name, behaviour, after = specification.split(":")
    argv = [sys.executable, __file__, "child", str(folder), name]
    return Child(name, argv, {"BEHAVIOUR": behaviour}, tuple(filter(None, after.split("+"))), bus=name != "no_bus")


def child(folder: Path, name: str) -> int:
    behaviour = os.environ["BEHAVIOUR"]
    note(folder, "start", name)
    if behaviour == "crash":
        return 3
    if behaviour == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if behaviour == "helped":
        helper = subprocess.Popen(["sleep", "1000"])
        note(folder, "start", "helper", helper.pid)
    if behaviour != "stubborn":
        signal.signal(signal.SIGTERM, lambda _number, _frame: _end(folder, name))
    if behaviour in ("answer", "stubborn"):  # ready for whatever comes
        Server(folder / f"{name}.sock", lambda _ping, asker: _answer(folder, name, asker)).start()
    over = threading.Event()
    while not over.wait(60):
        pass
    return 0


def _answer(folder: Path, name: str, asker: Connection) -> None:
    note(folder, "ping", name)
    asker.send(Ok())


def _end(folder: Path, name: str) -> None:
    note(folder, "stop", name)
    os._exit(0)


def note(folder: Path, event: str, name: str, pid: int | None = None) -> None:
    with (folder / "diary").open("a") as diary:
        diary.write(f"{event} {name} {pid or os.getpid()}\n")


def read_diary(folder: Path, event: str, name: str = "") -> list[tuple[str, int]]:
    """(name, pid) of every such event so far."""
    lines: list[str] = []
    with contextlib.suppress(FileNotFoundError):
        lines = (folder / "diary").read_text().splitlines()
    rows = [line.split() for line in lines]
    return [(who, int(pid)) for what, who, pid in rows if what == event and name in ("", who)]


if __name__ == "__main__":
    role, place, *rest = sys.argv[1:]
    sys.exit(parent(Path(place), rest) if role == "parent" else child(Path(place), rest[0]))
