"""Screens up to the moment of filing: consent, card, person, questions, review."""

import re
from typing import Final

from kiosk.identity.person import mask_name, mask_number
from kiosk.journey.events import Agree, AnswerField, EditField, OtherWay, PinKey, Proceed, TryAgain
from kiosk.journey.state import Session
from kiosk.journey.steps.form import current
from kiosk.presenters.scene import Page, Scene, back, button, cancel, help_button, who_acts
from kiosk.presenters.views import (
    Action,
    Banner,
    Choice,
    ChoiceBody,
    CueBody,
    FaceBody,
    PinBody,
    Point,
    PointsBody,
    ReviewBody,
    Row,
)

MOST_STARS: Final = 12


def consent(session: Session, scene: Scene) -> Page:
    item, text = session.item, scene.text
    points = tuple(Point(point.icon, scene.item(point.title), scene.item(point.text)) for point in item.notice)
    agree = button(scene, "agree", Agree(face=True), "primary", "check")
    without_face = button(scene, "agree_without_face", Agree(face=False), "secondary", "person")
    ways = (without_face, agree) if "verify_person" in item.steps else (agree,)
    return Page(
        title=scene.item(item.title),
        subtitle=text("screens.consent.title"),
        body=PointsBody(points),
        actions=(cancel(scene), help_button(scene), *ways),
    )


# --- the card -------------------------------------------------------------------------------------------------------


def identify(session: Session, scene: Scene) -> Page:
    text, phase = scene.text, session.phase
    cue = "place_card" if phase == "waiting" else "take_card"
    retry = (button(scene, "retry", TryAgain(), "primary"),) if phase == "no_reader" else ()
    return Page(
        title=text(f"screens.identify.{phase}.title"),
        body=CueBody(cue, text(f"screens.identify.{phase}.caption")),
        banner=_card_banner(session, scene),
        actions=(cancel(scene), help_button(scene), *retry),
    )


def _card_banner(session: Session, scene: Scene) -> Banner | None:
    if not session.problem:
        return None
    key = f"cards.{session.problem}"
    known = key if key in scene.text else "cards.device_fault"
    kind = "problem" if session.phase != "waiting" else "wait"
    who = who_acts(scene, session.problem_who) if session.phase == "no_reader" else ""
    return Banner(kind, scene.text(known), who)


# --- the person -----------------------------------------------------------------------------------------------------


def verify_person(session: Session, scene: Scene) -> Page:
    match session.phase:
        case "staff":
            return _staff(session, scene)
        case "face":
            return _face(session, scene)
        case _:
            return _face_again(session, scene)


def _other_way(scene: Scene) -> Action:
    return button(scene, "other_way", OtherWay(), "secondary", "person")


def _face(session: Session, scene: Scene) -> Page:
    text = scene.text
    instruction = text(f"screens.face.guidance.{session.guidance or 'look'}")
    return Page(
        title=text("screens.face.title"),
        subtitle=text("screens.face.subtitle"),
        body=FaceBody(instruction, working=session.guidance == "hold_still"),
        actions=(cancel(scene), help_button(scene), _other_way(scene)),
        settled=False,
    )


def _face_again(session: Session, scene: Scene) -> Page:
    text = scene.text
    waits = session.phase == "camera_lost"
    return Page(
        title=text("screens.face.title"),
        body=CueBody("look_at_camera", text(f"screens.face.{session.phase}"), working=waits),
        banner=Banner("wait", text(f"screens.face.problem.{session.problem}"), text("screens.face.safe")),
        actions=(
            cancel(scene),
            help_button(scene),
            _other_way(scene),
            button(scene, "retry", TryAgain(), "primary", "face"),
        ),
    )


def _staff(session: Session, scene: Scene) -> Page:
    text = scene.text
    problem = "wait" if session.problem in ("wrong_pin", "locked") else "info"
    reason = text(f"screens.staff.reason.{session.problem or 'asked'}", seconds=session.locked_seconds)
    return Page(
        title=text("screens.staff.title"),
        body=PinBody(text("screens.staff.instruction"), _person_rows(session, scene), len(session.pin), _keys(scene)),
        banner=Banner(problem, reason),
        actions=(cancel(scene), help_button(scene)),
    )


def _keys(scene: Scene) -> tuple[Action, ...]:
    digits = [Action(f"key.{digit}", digit, PinKey(digit)) for digit in "1234567890"]
    clear = Action("key.clear", scene.text("screens.actions.clear"), PinKey("clear"), "quiet")
    enter = Action("key.enter", scene.text("screens.actions.enter"), PinKey("enter"), "primary")
    return (*digits[:9], clear, digits[9], enter)


def _person_rows(session: Session, scene: Scene) -> tuple[Row, ...]:
    if session.person is None:
        return ()
    return (
        Row(scene.text("screens.labels.name"), _in_short(mask_name(session.person.name))),
        Row(scene.text("screens.labels.number"), mask_number(session.person.number)),
    )


def _in_short(masked: str) -> str:
    """A long name hides behind no more stars than fit one line in large type."""
    return re.sub(rf"\*{{{MOST_STARS},}}", "*" * MOST_STARS, masked)


# --- the questions --------------------------------------------------------------------------------------------------


def form(session: Session, scene: Scene) -> Page:
    field = current(session)
    chosen = session.answers.get(field.name)
    choices = tuple(
        Choice(
            Action(
                f"answer.{field.name}.{option.value}", scene.item(option.label), AnswerField(field.name, option.value)
            ),
            selected=option.value == chosen,
        )
        for option in field.options
    )
    can_go_back = session.editing or session.question > 0
    return Page(
        title=scene.item(field.label),
        body=ChoiceBody(scene.item(field.question), choices, scene.text("screens.form.hint")),
        actions=(cancel(scene), *((back(scene),) if can_go_back else ()), help_button(scene)),
    )


def confirm(session: Session, scene: Scene) -> Page:
    text = scene.text
    return Page(
        title=text("screens.confirm.title"),
        body=ReviewBody(
            (
                Row(text("screens.labels.service"), scene.item(session.item.title)),
                *_person_rows(session, scene),
                *_answers(session, scene),
            ),
            text("screens.confirm.note", department=scene.item(session.item.department)),
        ),
        actions=(
            cancel(scene),
            *((back(scene),) if session.item.form else ()),
            help_button(scene),
            button(scene, "submit", Proceed(), "primary", "check"),
        ),
    )


def _answers(session: Session, scene: Scene) -> tuple[Row, ...]:
    change = scene.text("screens.actions.change")
    return tuple(
        Row(
            scene.item(field.label),
            next((scene.item(one.label) for one in field.options if one.value == session.answers.get(field.name)), ""),
            Action(f"change.{field.name}", change, EditField(field.name)),
        )
        for field in session.item.form
    )
