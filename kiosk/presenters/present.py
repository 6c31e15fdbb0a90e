"""State -> view. Pure: the same state and scene give the same view."""

from collections.abc import Callable
from math import ceil
from typing import Final

from kiosk.catalogue.items import LANGUAGES, Language
from kiosk.journey.events import ChooseLanguage, ConfirmCancel, StayHere, ToggleElder
from kiosk.journey.state import Session, State
from kiosk.journey.timings import patience
from kiosk.presenters.scene import Page, Scene, button
from kiosk.presenters.steps import after_filing, before_filing, home
from kiosk.presenters.views import Action, Banner, Chrome, Countdown, Dialog, Mark, ResultBody, View

PAGES: Final[dict[str, Callable[[Session, Scene], Page]]] = {
    "consent": before_filing.consent,
    "identify": before_filing.identify,
    "verify_person": before_filing.verify_person,
    "form": before_filing.form,
    "confirm": before_filing.confirm,
    "submit": after_filing.submit,
    "output": after_filing.output,
    "farewell": after_filing.farewell,
    "rate": after_filing.rate,
    "interrupted": after_filing.interrupted,
}
OUT_OF_ORDER: Final[dict[Language, str]] = {
    "zh-Hans": "机器需要检修，请到窗口办理",
    "zh-Hant": "機器需要檢修，請到櫃枱辦理",
    "en": "This machine needs service. Please go to the counter",
}
UNMARKED: Final = frozenset({"farewell", "rate"})
"""Steps that are no part of the way to the goal and have no place in the step bar."""


def present(state: State, scene: Scene) -> View:
    session = state.session
    page = PAGES[session.step](session, scene) if session else home.present(state, scene)
    return View(
        step=session.step if session else "home",
        phase=session.phase if session else "idle",
        title=page.title,
        subtitle=page.subtitle,
        body=page.body,
        banner=page.banner or (_standing_still(state, session, scene) if session else None),
        dialog=_dialog(state, session, scene) if session else None,
        settled=page.settled,
        chrome=_chrome(state, session, scene, page),
    )


def _standing_still(state: State, session: Session, scene: Scene) -> Banner | None:
    return after_filing.standing_still(session, state.around.devices, scene) if session.step == "output" else None


def out_of_order(scene: Scene) -> View:
    """When no page can be made; without texts from the catalogue, which may be what is missing."""
    body = ResultBody("warning", OUT_OF_ORDER[scene.text.language], ())
    chrome = Chrome(scene.hall, scene.clock(), "", network_ok=True, controls=(), language=scene.text.language)
    return View("out_of_order", "idle", OUT_OF_ORDER[scene.text.language], body, chrome)


def _chrome(state: State, session: Session | None, scene: Scene, page: Page) -> Chrome:
    online = state.around.online is not False
    return Chrome(
        hall=scene.hall,
        clock=scene.clock(),
        network=scene.text("screens.network.online" if online else "screens.network.offline"),
        network_ok=online,
        controls=_controls(state, scene),
        marks=_marks(session, scene) if session else (),
        countdown=_countdown(state, session, scene) if session else None,
        actions=page.actions,
        elder=state.elder,
        language=state.language,
    )


def _controls(state: State, scene: Scene) -> tuple[Action, ...]:
    languages = tuple(
        Action(f"language.{language}", scene.text(f"screens.languages.{language}"), ChooseLanguage(language), "quiet")
        for language in LANGUAGES
        if language != state.language
    )
    elder = "elder_off" if state.elder else "elder_on"
    return (*languages, Action("elder", scene.text(f"screens.actions.{elder}"), ToggleElder(), "quiet", "elder"))


def _marks(session: Session, scene: Scene) -> tuple[Mark, ...]:
    """Where am I: every step of the item with its state. After the last marked step all are done."""
    names = [name for name in session.item.steps if name not in UNMARKED]
    if session.step == "interrupted" or session.ending not in ("", "done"):
        return ()
    here = names.index(session.step) if session.step in names else len(names)
    return tuple(
        Mark(scene.text(f"screens.marks.{name}"), "done" if i < here else "current" if i == here else "ahead")
        for i, name in enumerate(names)
    )


def _countdown(state: State, session: Session, scene: Scene) -> Countdown | None:
    total = patience(session.step, session.phase, state.timings, elder=state.elder)
    if session.deadline is None or total is None:
        return None
    left = max(0, ceil(session.deadline - scene.now))
    return Countdown(left, ceil(total), scene.text("screens.countdown", seconds=left))


# --- dialogs --------------------------------------------------------------------------------------------------------


def _dialog(state: State, session: Session, scene: Scene) -> Dialog | None:
    countdown = _countdown(state, session, scene)
    match session.dialog:
        case "cancel":
            answers = (
                button(scene, "keep_going", StayHere(), "primary"),
                button(scene, "confirm_cancel", ConfirmCancel(), "danger"),
            )
            return _asking(scene, "cancel", answers, countdown)
        case "card_taken":
            answers = (
                button(scene, "confirm_cancel", ConfirmCancel(), "secondary"),
                button(scene, "keep_going", StayHere(), "primary"),
            )
            return _asking(scene, "card_taken", answers, countdown)
        case "help":
            return _asking(scene, "help", (button(scene, "understood", StayHere(), "primary"),), None)
        case _:
            return _time_warning(state, scene, session, countdown)


def _asking(scene: Scene, name: str, answers: tuple[Action, ...], countdown: Countdown | None) -> Dialog:
    words = f"screens.dialogs.{name}"
    return Dialog(scene.text(f"{words}.title"), scene.text(f"{words}.text"), answers, countdown)


def _time_warning(state: State, scene: Scene, session: Session, countdown: Countdown | None) -> Dialog | None:
    """Warned before every time-out, except where nothing is at stake any more."""
    if countdown is None or session.step in UNMARKED or countdown.seconds_left > state.timings.warning:
        return None
    return _asking(scene, "time", (button(scene, "more_time", StayHere(), "primary", "clock"),), countdown)
