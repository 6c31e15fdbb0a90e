"""Which widget draws which kind of body."""

from typing import Final

from kiosk.presenters import views
from screens.bodies.base import BodyWidget
from screens.bodies.cue import CueScreen, FaceScreen
from screens.bodies.home import HomeScreen
from screens.bodies.pin import PinScreen
from screens.bodies.result import RatingScreen, ResultScreen
from screens.bodies.simple import ChoiceScreen, PointsScreen, ProgressScreen, ReviewScreen

SCREENS: Final[dict[type, type[BodyWidget]]] = {
    views.HomeBody: HomeScreen,
    views.PointsBody: PointsScreen,
    views.CueBody: CueScreen,
    views.FaceBody: FaceScreen,
    views.ChoiceBody: ChoiceScreen,
    views.ReviewBody: ReviewScreen,
    views.ProgressBody: ProgressScreen,
    views.ResultBody: ResultScreen,
    views.RatingBody: RatingScreen,
    views.PinBody: PinScreen,
}
