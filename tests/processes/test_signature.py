"""The terminal's own screen as signature pad: a technician's command here, a hand with a pointer there."""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from kiosk.bus.messages import Touchable
from kiosk.demo.play import SERVICE
from kiosk.demo.waiting import wait_for
from tests.paths import KIOSK_INI
from tests.processes.terminal import Rig, rig

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240), pytest.mark.xdist_group("signature")]

TOUCH = "signature.driver=touch"
SECONDS = 60.0
STROKES = (((0.1, 0.3), (0.4, 0.3), (0.2, 0.8)), ((0.5, 0.7), (0.6, 0.2), (0.7, 0.7)), ((0.75, 0.5), (0.9, 0.4)))
STEPS = 12
"""Places from one corner to the next, fifty a second."""


@pytest.fixture(scope="module")
def shared() -> Generator[Rig]:
    with rig([TOUCH]) as terminal:
        yield terminal


@pytest.fixture
def terminal(shared: Rig) -> Rig:
    """At the home screen, with nothing over it."""
    shared.terminal.wait_enabled(f"service.{SERVICE}")
    return shared


@contextmanager
def selftest(terminal: Rig) -> Generator[subprocess.Popen[str]]:
    folders = (f"terminal.run_dir={terminal.run_dir}", f"terminal.state_dir={terminal.folder / 'state'}")
    options = [part for each in (TOUCH, *folders) for part in ("--set", each)]
    command = ["devices", "selftest", "signature", "--timeout", str(SECONDS)]
    argv = [sys.executable, "-m", "kiosk", "--config", str(KIOSK_INI), *options, *command]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def write(terminal: Rig, pad: Touchable) -> None:
    """With the pointer's button for the finger."""
    script = [part for stroke in STROKES for part in _stroke(pad, stroke)]
    environment = os.environ | {"DISPLAY": terminal.display.name}
    subprocess.run(["xdotool", *script], env=environment, check=True, timeout=SECONDS)


def _stroke(pad: Touchable, corners: tuple[tuple[float, float], ...]) -> Iterator[str]:
    yield from ("mousemove", *_place(pad, *corners[0]), "mousedown", "1")
    for (x, y), (to_x, to_y) in pairwise(corners):
        for step in range(1, STEPS + 1):
            at = step / STEPS
            yield from ("sleep", "0.02", "mousemove", *_place(pad, x + (to_x - x) * at, y + (to_y - y) * at))
    yield from ("mouseup", "1")


def _place(pad: Touchable, x: float, y: float) -> tuple[str, str]:
    return str(round(pad.x + (x - 0.5) * pad.width)), str(round(pad.y + (y - 0.5) * pad.height))


def test_a_name_written_with_the_pointer_is_a_signature(terminal: Rig) -> None:
    with selftest(terminal) as command:
        write(terminal, terminal.terminal.wait_enabled("signature.pad"))
        terminal.go("signature.done")
        output = command.communicate(timeout=SECONDS)[0]
    assert (command.returncode, "ok 3 strokes, plausible" in output) == (0, True), output
    terminal.terminal.wait_enabled(f"service.{SERVICE}")


def test_cancel_brings_the_page_back(terminal: Rig) -> None:
    with selftest(terminal) as command:
        terminal.go("signature.cancel")
        output = command.communicate(timeout=SECONDS)[0]
    assert (command.returncode, "FAILED The operation was cancelled" in output) == (1, True), output
    terminal.terminal.wait_enabled(f"service.{SERVICE}")


def test_nothing_lies_over_the_page_unasked(terminal: Rig) -> None:
    screen = wait_for("a drawn screen", terminal.terminal.screen)
    assert [each.id for each in screen.touchables if each.id.startswith("signature.")] == []
