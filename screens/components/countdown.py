"""A ring that empties, with the seconds left in figures and a sentence that says what happens then."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import NumericProperty, StringProperty

from kiosk.presenters.views import Countdown
from screens.components.base import Band

Builder.load_file(str(Path(__file__).with_suffix(".kv")))

_HURRY_SECONDS = 10


class CountdownRing(Band):
    extent = NumericProperty(10)
    seconds = StringProperty()
    label = StringProperty()
    angle = NumericProperty(360)
    tone = StringProperty("primary")

    def __init__(self, countdown: Countdown, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.update(countdown)

    def update(self, countdown: Countdown) -> None:
        self.seconds = str(countdown.seconds_left)
        self.label = countdown.label
        self.angle = 360 * min(1, countdown.seconds_left / max(1, countdown.seconds_total))
        self.tone = "wait" if countdown.seconds_left <= _HURRY_SECONDS else "primary"
