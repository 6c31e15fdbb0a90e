"""Sample views for gallery and tests: every kind of body, with ordinary and with worst-case texts in every language."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from kiosk.journey import events
from kiosk.presenters import views
from kiosk.presenters.views import Action, Chrome, Countdown, View

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-Hans", "zh-Hant", "en")
_TEXTS: Final[Mapping[str, Any]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def samples() -> Iterator[tuple[str, View]]:
    """Name and view; names look like ``home.zh-Hans`` and ``home.zh-Hans.elder``."""
    for language in LANGUAGES:
        for elder in (False, True):
            for name, view in _Writer(language, elder=elder).write():
                yield f"{name}.{language}{'.elder' if elder else ''}", view


class _Writer:
    """Writes the sample views of one language."""

    def __init__(self, language: Language, *, elder: bool) -> None:
        self._language: Language = language
        self._elder = elder
        self._t: Mapping[str, Any] = _TEXTS[language]

    def write(self) -> Iterator[tuple[str, View]]:
        yield "home", self._home()
        yield "home_many", self._home_many()
        yield "consent", self._consent()
        yield "place_card", self._cue("place_card")
        yield "take_papers", self._cue("take_papers")
        yield "camera", self._cue("look_at_camera")
        yield "farewell", self._cue("take_card_and_papers")
        yield "face", self._face()
        yield "choice", self._choice(4)
        yield "choice_long", self._choice(8)
        yield "review", self._review()
        yield "progress", self._progress()
        yield "filed", self._result("filed")
        yield "queued", self._result("queued")
        yield "refused", self._result("refused")
        yield "rating", self._rating()
        yield "pin", self._pin()
        yield "dialog", replace(self._choice(4), dialog=self._dialog())

    def _action(self, key: str, style: views.Style = "secondary", icon: str = "", *, enabled: bool = True) -> Action:
        return Action(key, self._t["actions"][key], events.EditField(key), style, icon, enabled)

    def _chrome(self, *actions: Action, step: int | None = 0, seconds: int = 60) -> Chrome:
        marks = () if step is None else self._marks(step)
        countdown = Countdown(seconds, 90, self._t["countdown"]) if step is not None else None
        t = self._t
        languages = (
            Action(f"language.{code}", name, events.EditField(code), "quiet") for code, name in t["languages"].items()
        )
        elder = Action("elder", t["normal"] if self._elder else t["elder"], events.ToggleElder(), "quiet", "elder")
        controls = (*languages, elder)
        return Chrome(
            t["hall"], "15:42", t["online"], network_ok=True, controls=controls, marks=marks, countdown=countdown,
            actions=actions, elder=self._elder, language=self._language,
        )  # fmt: skip

    def _marks(self, step: int) -> tuple[views.Mark, ...]:
        def state(index: int) -> Literal["done", "current", "ahead"]:
            return "done" if index < step else "current" if index == step else "ahead"

        return tuple(views.Mark(label, state(index)) for index, label in enumerate(self._t["marks"]))

    def _bar(self, main: str, step: int, **chrome: Any) -> Chrome:
        cancel, helper = self._action("cancel", "quiet", "back"), self._action("help", "secondary", "help")
        return self._chrome(cancel, helper, self._action(main, "primary"), step=step, **chrome)

    def _view(self, name: str, body: views.Body, chrome: Chrome, **more: Any) -> View:
        return View(name, "", self._t[name]["title"], body, chrome, subtitle=self._t[name].get("subtitle", ""), **more)

    def _home(self) -> View:
        t = self._t["home"]
        tile = views.Tile(Action("service", t["service"], events.ChooseService("x"), icon="shield"), t["summary"])
        return self._view("home", views.HomeBody(t["greeting"], (tile,)), self._chrome(step=None))

    def _home_many(self) -> View:
        t = self._t["home"]
        tiles = tuple(
            views.Tile(
                Action(f"service{n}", name, events.ChooseService(str(n)), icon=icon, enabled=n != 3),
                t["summary"],
                t["limited"] if n in (1, 3) else "",
            )
            for n, (name, icon) in enumerate(
                zip(t["services"], ("shield", "document", "home", "person", "card", "star"), strict=True)
            )
        )[: 4 if self._elder else 6]
        chrome = replace(self._chrome(step=None), network=self._t["offline"], network_ok=False)
        banner = views.Banner("wait", t["outage"], t["outage_who"])
        return self._view("home", views.HomeBody(t["greeting"], tiles), chrome, banner=banner)

    def _consent(self) -> View:
        t = self._t["consent"]
        icons = ("card", "face", "shield")
        points = tuple(views.Point(icon, *pair) for icon, pair in zip(icons, t["points"], strict=True))
        actions = (
            self._action("cancel", "quiet", "back"),
            self._action("help", "secondary", "help"),
            self._action("agree_without", "secondary"),
            self._action("agree", "primary", "check"),
        )
        return self._view("consent", views.PointsBody(points), self._chrome(*actions, step=0))

    def _cue(self, cue: views.Cue) -> View:
        t = self._t[cue]
        working = cue == "place_card"
        step = {"place_card": 1, "look_at_camera": 2}.get(cue, 6)
        chrome = self._bar("next", step, seconds=8 if working else 45)
        if not working:
            chrome = replace(chrome, actions=(*chrome.actions[1:2], self._action("finish", "primary", "check")))
        return self._view(cue, views.CueBody(cue, t["caption"], working=working), chrome)

    def _face(self) -> View:
        chrome = self._chrome(
            self._action("cancel", "quiet", "back"), self._action("other_way", icon="person"),
            self._action("help", "secondary", "help"), step=2,
        )  # fmt: skip
        return self._view("face", views.FaceBody(self._t["face"]["instruction"], working=True), chrome)

    def _choice(self, count: int) -> View:
        t = self._t["choice"]
        choices = tuple(
            views.Choice(Action(f"choice{n}", label, events.AnswerField("period", str(n))), selected=n == 1)
            for n, label in enumerate(t["choices"][:count])
        )
        body = views.ChoiceBody(t["question"], choices, t["hint"])
        return self._view("choice", body, self._bar("next", 3))

    def _review(self) -> View:
        t = self._t["review"]
        rows = tuple(
            views.Row(label, value, self._edit(n) if n > 1 else None) for n, (label, value) in enumerate(t["rows"])
        )
        banner = views.Banner("problem", t["problem"], t["who"])
        return self._view("review", views.ReviewBody(rows, t["note"]), self._bar("submit", 4), banner=banner)

    def _edit(self, number: int) -> Action:
        return Action(f"edit{number}", self._t["actions"]["edit"], events.EditField(str(number)), "quiet", "edit")

    def _tasks(self, *states: Literal["waiting", "running", "done", "problem"]) -> tuple[views.Task, ...]:
        tasks = self._t["progress"]["tasks"]
        return tuple(views.Task(label, state, detail) for (label, detail), state in zip(tasks, states, strict=False))

    def _progress(self) -> View:
        body = views.ProgressBody(self._tasks("done", "running", "waiting", "problem"))
        chrome = self._chrome(self._action("help", "secondary", "help"), step=5)
        return self._view("progress", body, replace(chrome, countdown=None), settled=False)

    def _result(self, kind: str) -> View:
        t = self._t[kind]
        icon = {"filed": "check", "queued": "clock", "refused": "stop"}[kind]
        body = views.ResultBody(
            icon, t["headline"], tuple(t["lines"]), t.get("label", ""), t.get("reference", ""),
            self._tasks("done", "done", "problem")[: 0 if kind == "refused" else 3 if kind == "queued" else 2],
            "take_card_and_papers" if kind == "filed" else None,
        )  # fmt: skip
        chrome = self._chrome(
            self._action("help", "secondary", "help"), self._action("finish", "primary", "check"), step=6
        )
        return self._view(kind, body, chrome)

    def _rating(self) -> View:
        t = self._t["rating"]
        ratings = tuple(
            Action(f"rate{stars}", word, events.EditField(f"stars{stars}"), icon=f"face{stars}")
            for stars, word in zip((5, 4, 3, 2, 1), t["words"], strict=True)
        )
        chrome = self._chrome(self._action("skip", "quiet"), step=6, seconds=20)
        return self._view("rating", views.RatingBody(t["question"], ratings), chrome)

    def _pin(self) -> View:
        t = self._t["pin"]
        labels = [*"123456789", t["clear"], "0", t["enter"]]
        ids = [*"123456789", "clear", "0", "enter"]
        keys = tuple(
            Action(f"pin.{key}", label, events.PinKey(key), "primary" if key == "enter" else "secondary")
            for key, label in zip(ids, labels, strict=True)
        )
        rows = tuple(views.Row(label, value) for label, value in t["rows"])
        body = views.PinBody(t["instruction"], rows, 3, keys)
        chrome = self._chrome(self._action("cancel", "quiet", "back"), step=2)
        return self._view("pin", body, chrome)

    def _dialog(self) -> views.Dialog:
        t = self._t["dialog"]
        actions = (self._action("leave", "danger", "close"), self._action("stay", "primary", "clock"))
        return views.Dialog(t["title"], t["text"], actions, Countdown(18, 30, self._t["countdown"]))
