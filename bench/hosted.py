"""Drivers of a terminal in one process, as the window has them, without its drawing: what they cost and hold up.

    python -m bench.hosted CONFIG --set ... idle|stalls
    python -m bench.hosted beside

Prints one JSON object. The simulated devices are in another process, the cabinet, as hardware would be.
"""

import contextlib
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from drivers.contract import Cancel
from kiosk import config
from kiosk.bootstrap.devices import CabinetClient, host
from kiosk.hardware.commands import SELFTEST, Report, Request, perform
from kiosk.hardware.host import Host
from kiosk.hardware.unit import Unit
from kiosk.settings import Settings

FRAME: Final = 1 / 60
IDLE_SECONDS: Final = 30.0
FAULT_SECONDS: Final = 6.0
FAULTS: Final = ("unplug", "slow", "garbage", "mute")
START_SECONDS: Final = 60.0
START_BESIDE: Final = 1.0
"""Until the process beside has imported what it needs, and no longer disturbs."""


def main(argv: Sequence[str]) -> None:
    *file, what = argv
    if what == "beside":
        print(json.dumps(_latest()))
        return
    settings = config.load(Path(file[0]), file[1:])
    # The cameras live in a process of their own: they cost, but they cannot hold up the window.
    hosts = [host(settings, process) for process in (("ui", "vision") if what == "idle" else ("ui",))]
    for each in hosts:
        each.start()
    _wait_until_online(hosts)
    print(json.dumps(idle() if what == "idle" else stalls(settings, hosts[0])))
    for each in hosts:
        each.close()


def _wait_until_online(hosts: Sequence[Host]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while waiting := [unit.name for each in hosts for unit in each.units.values() if not unit.worker.status.works]:
        if time.monotonic() > deadline:
            raise SystemExit(f"not online: {', '.join(waiting)}")
        time.sleep(0.2)


def idle() -> dict[str, float]:
    """Share of one core that is used while nobody wants anything of a device: by this process, by programs that it
    starts, and by each of its threads that there was from the beginning to the end."""
    before, began = _used(), time.monotonic()
    time.sleep(IDLE_SECONDS)
    after, took = _used(), time.monotonic() - began
    return {name: (after[name] - used) / took for name, used in before.items() if name in after}


def _used() -> dict[str, float]:
    """CPU seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = {"this process": time.process_time(), "other programs": children.ru_utime + children.ru_stime}
    for thread in threading.enumerate():
        with contextlib.suppress(FileNotFoundError):
            schedstat = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text()
            used[thread.name] = int(schedstat.split()[0]) / 1e9
    return used


def stalls(settings: Settings, devices: Host) -> dict[str, tuple[float, float]]:
    """The longest that a thread which wakes sixty times a second, as the window's does, woke too late: with all devices
    well, and per device at its self-test (which imports what the first use needs) and at each fault. Beside each what
    a process without any device saw at the same time: so much is the machine's doing."""
    cabinet = CabinetClient(settings.terminal.run_dir)
    worst = {"all well": _both(lambda: None)}
    for kind, unit in devices.units.items():
        worst[f"{kind} selftest"] = _both(lambda unit=unit: _test(unit))
        for fault in FAULTS:
            worst[f"{kind} {fault}"] = _both(lambda kind=kind, fault=fault: cabinet.simulate(kind, fault, ""))
            cabinet.simulate(kind, "heal", "")
    return worst


def _test(unit: Unit) -> None:
    def operation(device: Any, cancel: Cancel) -> Report:
        return perform(SELFTEST, unit.driver, device, Request(FAULT_SECONDS), cancel)

    done = threading.Event()
    running = unit.worker.submit(operation, on_done=lambda _: done.set())
    done.wait(FAULT_SECONDS)
    running.cancel()  # those that wait for a person


def _both(spoil: Callable[[], None]) -> tuple[float, float]:
    """Seconds here and beside. What spoils runs in a thread of its own: it is not the window's work."""
    argv = [sys.executable, "-m", "bench.hosted", "beside"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as beside:
        time.sleep(START_BESIDE)
        threading.Thread(target=spoil, daemon=True).start()
        here = _latest()
        assert beside.stdout
        return here, float(beside.stdout.read())


def _latest() -> float:
    worst, due, end = 0.0, time.monotonic() + FRAME, time.monotonic() + FAULT_SECONDS
    while due < end:
        time.sleep(max(0.0, due - time.monotonic()))
        late = time.monotonic() - due
        worst = max(worst, late)
        due += FRAME * (1 + int(late / FRAME))
    return worst


if __name__ == "__main__":
    main(sys.argv[1:])
