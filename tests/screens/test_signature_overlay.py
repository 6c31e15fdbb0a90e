"""The window as the screen's signature pad, with the real driver on a thread: it comes when a signature is wanted and
goes away with the operation, however that ends."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from drivers.contract import Cancel
from drivers.errors import Cancelled, NotConnected
from drivers.signature.contract import NotSigned, Signature
from drivers.signature.device import TouchSignaturePad
from kiosk.catalogue.items import LANGUAGES
from screens.samples import samples
from tests.screens.helpers import Terminal

pytestmark = pytest.mark.xdist_group("kivy")
SAMPLES = dict(samples())
HOME = SAMPLES["home.zh-Hans"]
NAME = [[(0.1, 0.6), (0.3, 0.3), (0.4, 0.7)], [(0.5, 0.2), (0.6, 0.8), (0.5, 0.5)], [(0.7, 0.4), (0.9, 0.5)]]
Place = tuple[float, float]
"""0 to 1 of the pad, from its upper left corner."""
CONTROLS = {"signature.pad", "signature.cancel", "signature.clear", "signature.undo", "signature.done"}


class Signer:
    """The device wants a signature; somebody with one finger gives it."""

    def __init__(self, terminal: Terminal, pool: ThreadPoolExecutor) -> None:
        self.terminal = terminal
        self.device = TouchSignaturePad(terminal.surface)
        self.cancel = Cancel()
        self._pool = pool

    def want(self, timeout: float = 60.0) -> Future[Signature]:
        wanted = self._pool.submit(self.device.capture, timeout=timeout, cancel=self.cancel)
        self.terminal.turn_until(lambda: wanted.done() or self.controls() == CONTROLS)
        return wanted

    def controls(self) -> set[str]:
        on_screen = {each.id for each in self.terminal.window.touchables() if not each.id.startswith("dock.")}
        return on_screen & CONTROLS if on_screen >= CONTROLS else on_screen

    def gone(self) -> bool:
        return not self.controls() & CONTROLS

    def pad(self) -> Any:
        """The widget."""
        overlay: Any = self.terminal.window.content()
        return overlay.pad

    def write(self, *strokes: list[Place]) -> None:
        for start, *rest in strokes:
            finger = self.finger(start)
            finger.touch_down()
            for place in rest:
                finger.touch_move(*self._on_glass(place))
            finger.touch_up()

    def press(self, name: str) -> None:
        self.terminal.press(self.terminal.touchable(f"signature.{name}"))

    def finger(self, place: Place) -> Any:
        from kivy.tests.common import UnitTestTouch

        return UnitTestTouch(*self._on_glass(place))

    def _on_glass(self, place: Place) -> Place:
        pad = self.pad()
        return pad.x + place[0] * pad.width, pad.top - place[1] * pad.height

    def answer(self, wanted: Future[Signature]) -> Signature:
        """Raises what the driver raised."""
        self.terminal.turn_until(lambda: wanted.done() and self.gone())
        return wanted.result()


@pytest.fixture
def signer(terminal: Terminal) -> Iterator[Signer]:
    terminal.show(HOME)
    terminal.given_up.clear()
    with ThreadPoolExecutor(1) as pool:
        made = Signer(terminal, pool)
        yield made
        made.cancel.set()
    terminal.turn_until(made.gone)


def test_a_signature_is_what_was_written(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.press("done")
    signature = signer.answer(wanted)
    written = [[(round(point.x, 1), round(point.y, 1)) for point in stroke] for stroke in signature.strokes]
    assert [list(dict.fromkeys(stroke)) for stroke in written] == NAME


def test_what_is_seen_is_what_is_taken(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.press("clear")
    signer.write(*NAME)
    signer.press("undo")
    drawn = signer.pad().strokes
    signer.press("done")
    assert drawn == len(signer.answer(wanted).strokes) == 2


def test_its_size_is_known_before_it_is_shown(signer: Signer) -> None:
    told = signer.device.status().pad
    signer.want()
    pad = signer.terminal.touchable("signature.pad")
    assert told == f"{pad.width:.0f} x {pad.height:.0f}"


def test_the_button_cancel_gives_up(signer: Signer) -> None:
    signer.want()
    signer.press("cancel")
    assert signer.terminal.given_up.is_set()


def test_it_goes_away_when_the_operation_is_cancelled(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.cancel.set()
    with pytest.raises(Cancelled):
        signer.answer(wanted)
    assert signer.terminal.touchable("service").enabled


def test_it_goes_away_when_nobody_signs(signer: Signer) -> None:
    with pytest.raises(NotSigned):
        signer.answer(signer.want(timeout=0.5))


def test_nobody_sees_what_another_one_wrote(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.press("done")
    signer.answer(wanted)
    again = signer.want()
    assert signer.pad().strokes == 0
    signer.press("done")
    assert signer.answer(again).strokes == ()


def test_a_finger_left_on_the_glass_writes_nothing_into_the_next_one(signer: Signer) -> None:
    wanted = signer.want()
    finger = signer.finger((0.2, 0.2))
    finger.touch_down()
    signer.cancel.set()
    with pytest.raises(Cancelled):
        signer.answer(wanted)
    signer.cancel.clear()
    wanted = signer.want()
    finger.touch_move(*finger.pos)
    finger.touch_up()
    signer.press("done")
    assert signer.answer(wanted).strokes == ()


def test_the_page_below_cannot_be_touched(signer: Signer) -> None:
    page = [each for each in signer.terminal.window.touchables() if not each.id.startswith("dock.")]
    signer.want()
    signer.terminal.events.clear()
    for each in page:
        signer.terminal.press(each)
    assert signer.terminal.events == []


def test_a_page_that_changes_below_leaves_the_pad_alone(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.terminal.show(SAMPLES["consent.zh-Hans"])
    assert (signer.controls(), signer.pad().strokes) == (CONTROLS, 3)
    signer.press("done")
    assert len(signer.answer(wanted).strokes) == 3


def test_another_language_is_another_pad_and_an_empty_one(signer: Signer) -> None:
    wanted = signer.want()
    signer.write(*NAME)
    signer.terminal.show(SAMPLES["home.en"])
    assert (signer.terminal.touchable("signature.done").label, signer.pad().strokes) == ("Done", 0)
    signer.write(NAME[0])
    signer.press("done")
    assert len(signer.answer(wanted).strokes) == 1


def test_a_window_that_shows_no_pad_is_no_device(signer: Signer) -> None:
    assert signer.device.status().works
    signer.terminal.surface.detach()
    with pytest.raises(NotConnected):
        signer.device.capture(timeout=1, cancel=signer.cancel)
    signer.terminal.show(SAMPLES["home.zh-Hans.elder"])
    signer.terminal.turn_until(lambda: signer.device.status().works)


@pytest.mark.parametrize("name", [f"home.{language}{mode}" for language in LANGUAGES for mode in ("", ".elder")])
def test_nothing_is_cut_small_or_overlapping(signer: Signer, name: str) -> None:
    from screens.inspect import problems

    signer.terminal.show(SAMPLES[name])
    signer.want()
    content = signer.terminal.window.content()
    assert content is not None
    assert problems(content) == []
