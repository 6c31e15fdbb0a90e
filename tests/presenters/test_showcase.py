"""The gallery shows the whole journey: every step, every body, every dialog, every text."""

import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from kiosk.catalogue.items import LANGUAGES, Language, ServiceItem
from kiosk.presenters import views
from kiosk.presenters.present import PAGES
from kiosk.presenters.scene import Scene
from kiosk.presenters.showcase import showcase
from kiosk.presenters.showcase_cast import CARD, REMEDY
from kiosk.presenters.views import ResultBody, View
from kiosk.text.catalogue import Texts, texts
from tests.paths import ROOT

FILE = ROOT / "central" / "catalogue" / "social-insurance-proof.toml"
ITEM = ServiceItem.model_validate(tomllib.loads(Path(FILE).read_text(encoding="utf-8")))
NEVER_SHOWN = {
    "screens.who.nobody",
    "screens.who.citizen",  # no fault of the reader is the citizen's
    "screens.devices.camera",  # this service can be done without
    "screens.home.unavailable_offline",  # this service can be queued
    "screens.languages.zh-Hans",  # the language in use has no button
    "screens.signature.title",  # on a sheet over the page while the pad is at work
    "screens.signature.text",
    "screens.actions.undo",
}


class Recording(Texts):
    """Remembers which texts were asked for."""

    def __init__(self, language: Language) -> None:
        known = texts(language)
        super().__init__(language, {key: known(key) for key in known.keys()})  # noqa: SIM118 - not a mapping
        self.used = set[str]()

    def __call__(self, key: str, **values: object) -> str:
        self.used.add(key)
        return super().__call__(key, **values)


def shown(language: Language = "zh-Hans", *, elder: bool = False) -> dict[str, View]:
    return showcase(ITEM, texts(language), elder=elder)


def test_every_step_and_every_body_is_shown() -> None:
    assert {view.step for view in shown().values()} == {"home", *PAGES}
    assert {type(view.body) for view in shown().values()} == set(get_args(views.Body))


def test_every_text_is_shown_somewhere() -> None:
    text = Recording("zh-Hans")
    showcase(ITEM, text, elder=False)
    showcase(ITEM, text, elder=True)
    known = {key for key in text.keys() if key.startswith("screens.")}  # noqa: SIM118 - not a mapping
    assert known - text.used == NEVER_SHOWN


def test_every_drawing_is_shown_somewhere() -> None:
    bodies = [view.body for view in shown().values()]
    assert {getattr(body, "cue", None) for body in bodies} >= set(get_args(views.Cue))


@pytest.mark.parametrize("language", LANGUAGES)
def test_mode_and_language_are_those_asked_for(language: Language) -> None:
    for elder in (False, True):
        for view in shown(language, elder=elder).values():
            assert (view.chrome.language, view.chrome.elder) == (language, elder)


def test_no_screen_shows_a_whole_name_or_number() -> None:
    for name, view in shown().items():
        for words in _words(view):
            assert CARD.name not in words, name
            assert CARD.number not in words, name


def test_what_is_to_be_taken_is_what_came_out() -> None:
    cues = {name[3:]: view.body.cue for name, view in shown().items() if isinstance(view.body, ResultBody)}
    assert cues["farewell.filed"] == "take_card_and_papers"
    assert cues["farewell.filed.card_taken"] == "take_papers"
    assert cues["farewell.filed.no_certificate"] == "take_card_and_receipt"
    assert cues["farewell.filed.no_papers"] == "take_card"
    assert cues["farewell.filed.nothing_to_take"] is None


def _words(value: object) -> list[str]:
    """Every string anywhere in a view."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [word for part in cast("tuple[Any, ...]", value) for word in _words(part)]
    if is_dataclass(value) and not isinstance(value, type):
        return [word for field in fields(value) for word in _words(getattr(value, field.name))]
    return []


# --- the centre's words -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_remedy_of_a_refusal_is_said_in_the_citizens_language(language: Language) -> None:
    view = next(view for name, view in shown(language).items() if name.endswith("output.refused"))
    assert isinstance(view.body, ResultBody)
    assert REMEDY[language] in view.body.lines


def test_a_remedy_in_one_language_is_better_than_none() -> None:
    scene = Scene("hall", 0.0, 0.0, texts("en"))
    assert scene.spoken({"zh-Hans": "请到窗口", "en": ""}) == "请到窗口"
    assert scene.spoken({}) == ""


# --- a printer that waits for somebody ------------------------------------------------------------------------------


def test_a_printer_that_keeps_the_paper_is_told_only_while_it_prints() -> None:
    views = shown()
    still = next(view for name, view in views.items() if name.endswith("output.standing_still"))
    assert still.banner
    assert "卡纸" in still.banner.text
    printing = next(view for name, view in views.items() if name.endswith("output.certificate"))
    assert printing.banner is None
