"""What a signature pad must do, over a line and on a screen."""

import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from drivers.contract import State
from drivers.errors import Cancelled, ConnectionLost, DeadlineExceeded, DriverError, NotConnected, ProtocolError, Who
from drivers.signature.contract import Act, Covered, NotSigned, PadEvent, Plausibility, Signature, TooMuch
from drivers.signature.device import TouchSignaturePad
from drivers.signature.driver import TOUCH
from drivers.signature.protocol import judge
from drivers.signature.specimens import SIZE, SPECIMENS
from drivers.signature.surfaces import ScreenSurface
from drivers.simulation.contract import COMMON_VERBS
from tests.drivers.signature.helpers import PATIENCE, QUICK, Bench, bench, capture
from tests.waiting import eventually

MOMENT = 0.2


@pytest.fixture
def made(tmp_path: Path) -> Generator[Bench]:
    with bench(tmp_path) as each:
        yield each


@pytest.fixture
def pad(made: Bench) -> Generator[TouchSignaturePad]:
    each = made.pad()
    yield each
    each.close()


# --- signing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SPECIMENS)
def test_a_signature_arrives_whole(made: Bench, pad: TouchSignaturePad, name: str) -> None:
    made.simulated.simulate_sign(name)
    signed = capture(pad)
    assert judge(signed) is judge(SPECIMENS[name])
    assert signed.size == SIZE
    ends = [(stroke[0].x, stroke[-1].x) for stroke in signed.strokes]
    assert ends == [(stroke[0].x, stroke[-1].x) for stroke in SPECIMENS[name].strokes]
    assert made.simulated.state()["pad"] == "hidden"


def test_at_the_speed_of_a_hand(tmp_path: Path) -> None:
    with bench(tmp_path, speed=1.0) as made:
        made.simulated.simulate_sign("short")
        began = time.monotonic()
        signed = capture(made.pad())
        assert time.monotonic() - began >= signed.strokes[0][-1].t > 0.2


def test_somebody_comes_later(made: Bench, pad: TouchSignaturePad) -> None:
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(capture, pad)
        eventually(lambda: made.simulated.state()["pad"] == "shown")
        made.simulated.simulate_sign()
        assert judge(result.result(PATIENCE)) is Plausibility.PLAUSIBLE


def test_clear_and_undo(made: Bench, pad: TouchSignaturePad) -> None:
    for button, strokes in (("undo", 2), ("clear", 0)):
        made.simulated.simulate_leave("cursive")
        with ThreadPoolExecutor(1) as pool:
            result = pool.submit(capture, pad)
            eventually(made.simulated.wrote, "the signature")
            made.simulated.simulate_press(button)
            made.simulated.simulate_press("done")
            assert len(result.result(PATIENCE).strokes) == strokes


@pytest.mark.parametrize("leaves", ["", "short"])
def test_nobody_presses_done(made: Bench, pad: TouchSignaturePad, leaves: str) -> None:
    made.simulated.simulate_leave(leaves)
    with pytest.raises(NotSigned) as caught:
        capture(pad, MOMENT)
    assert (caught.value.who, bool(caught.value.detail)) == (Who.CITIZEN, bool(leaves))
    assert made.simulated.state()["pad"] == "hidden"


def test_cancel(made: Bench, pad: TouchSignaturePad) -> None:
    cancel = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(pad.capture, timeout=PATIENCE, cancel=cancel)
        eventually(lambda: made.simulated.state()["pad"] == "shown")
        cancel.set()
        with pytest.raises(Cancelled):
            result.result(PATIENCE)
    assert made.simulated.state()["pad"] == "hidden"


# --- mishaps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "argument", "error", "state"),
    [
        ("unplug", "", NotConnected, State.NO_DEVICE),
        ("mute", "", DeadlineExceeded, State.OFFLINE),
        ("wrong_model", "", ProtocolError, State.OFFLINE),
        ("garbage", "", DriverError, State.OFFLINE),
        ("garbage", "nan", ProtocolError, State.ONLINE),
        ("garbage", "range", ProtocolError, State.ONLINE),
        ("garbage", "time", ProtocolError, State.ONLINE),
        ("busy", "", Covered, State.ONLINE),
    ],
)
def test_what_goes_wrong_is_told_and_heals(
    made: Bench, pad: TouchSignaturePad, verb: str, argument: str, error: type[DriverError], state: State
) -> None:
    made.simulated.simulate_sign()
    made.simulated.verbs()[verb](argument)
    with pytest.raises(error):
        capture(pad)
    status = pad.status()
    assert status.state is state
    assert bool(status.fault) is (state is not State.ONLINE)
    made.simulated.simulate_heal()
    assert judge(capture(pad)) is Plausibility.PLAUSIBLE
    assert (pad.status().state, pad.status().substates()) == (State.ONLINE, {"pad": "1000 x 400"})


def test_slow(made: Bench, pad: TouchSignaturePad) -> None:
    made.simulated.simulate_slow()
    made.simulated.simulate_sign()
    assert judge(capture(pad)) is Plausibility.PLAUSIBLE


def test_a_scribble(made: Bench, pad: TouchSignaturePad) -> None:
    made.simulated.simulate_scribble()
    with pytest.raises(TooMuch):
        capture(pad)


def test_unplugged_in_the_middle(made: Bench, pad: TouchSignaturePad) -> None:
    made.simulated.simulate_sign()
    for count in (1, 20, 40, 1000, 5000):
        made.simulated.simulate_unplug(str(count))
        with pytest.raises(NotConnected):
            capture(pad)
        made.simulated.simulate_heal()
        assert judge(capture(pad)) is Plausibility.PLAUSIBLE


def test_close_twice_and_use_again(made: Bench, pad: TouchSignaturePad) -> None:
    made.simulated.simulate_sign()
    pad.close()
    pad.close()
    assert capture(pad).strokes
    assert pad.capabilities().model


def test_selftest(made: Bench, pad: TouchSignaturePad) -> None:
    made.simulated.simulate_sign("characters")
    assert all(check.ok for check in TOUCH.selftest(pad, threading.Event()))
    made.simulated.simulate_sign("dot")
    assert not all(check.ok for check in TOUCH.selftest(pad, threading.Event()))


def test_every_common_verb(made: Bench) -> None:
    assert made.simulated.verbs().keys() >= COMMON_VERBS


# --- on the screen ----------------------------------------------------------------------------------------------------


class Window:
    """Fingers and a screen."""

    def __init__(self, surface: ScreenSurface) -> None:
        self.shown: list[bool] = []
        self.surface = surface
        surface.attach(self.shown.append, (800, 300))

    def sign(self) -> None:
        for act, t, x in ((Act.DOWN, 10.0, 0.1), (Act.MOVE, 10.2, 0.5), (Act.UP, 10.5, 0.9)):
            self.surface.touch(PadEvent(act, t, x, 0.5))

    def done(self) -> None:
        self.surface.touch(PadEvent(Act.DONE))


def test_signing_on_the_screen() -> None:
    window = Window(ScreenSurface())
    pad = TouchSignaturePad(window.surface, QUICK)
    window.sign()  # before the pad was shown: nobody's signature
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(capture, pad)
        eventually(lambda: window.shown)
        window.sign()
        window.done()
        signed: Signature = result.result(PATIENCE)
    assert [len(stroke) for stroke in signed.strokes] == [3]
    assert (signed.size, window.shown) == ((800, 300), [True, False])
    assert pad.status().pad == "800 x 300"


def test_a_window_that_is_not_there_or_goes_away() -> None:
    surface = ScreenSurface()
    pad = TouchSignaturePad(surface, QUICK)
    assert (pad.status().state, pad.status().fault) == (State.NO_DEVICE, "signature.not_connected")
    window = Window(surface)
    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(capture, pad)
        eventually(lambda: window.shown)
        surface.detach()
        with pytest.raises(ConnectionLost):
            result.result(PATIENCE)
    with pytest.raises(NotConnected):
        capture(pad)


def test_touches_that_nobody_fetches_do_not_pile_up() -> None:
    surface = ScreenSurface()
    Window(surface)
    for at in range(50_000):
        surface.touch(PadEvent(Act.MOVE, at, 0.5, 0.5))
    assert 0 < len(surface.read(0.01)) <= 10_000
