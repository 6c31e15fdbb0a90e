"""What a presenter may look at besides the state: the hall, the clock and the texts of the language in use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from kiosk.catalogue.items import Texts as LanguageTexts
from kiosk.journey.events import AskCancel, CallHelp, CitizenEvent, GoBack
from kiosk.presenters.views import Action, Banner, Body, Style
from kiosk.text.catalogue import Texts

BEIJING: Final = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Scene:
    """``wall`` is seconds since 1970, ``now`` seconds on the journey's clock."""

    hall: str
    wall: float
    now: float
    text: Texts

    def item(self, texts: LanguageTexts) -> str:
        return texts[self.text.language]

    def spoken(self, texts: Mapping[str, str]) -> str:
        """The centre's words in the language in use; in another one when it has no such words."""
        return texts.get(self.text.language) or next(filter(None, texts.values()), "")

    def clock(self) -> str:
        return beijing_time(self.wall).strftime("%H:%M")


def beijing_time(wall: float) -> datetime:
    return datetime.fromtimestamp(wall, UTC).astimezone(BEIJING)


@dataclass(frozen=True)
class Page:
    """A step's part of the view; the chrome is put around it."""

    title: str
    body: Body
    subtitle: str = ""
    banner: Banner | None = None
    actions: tuple[Action, ...] = field(default=())
    settled: bool = True


def button(scene: Scene, name: str, event: CitizenEvent, style: Style = "secondary", icon: str = "") -> Action:
    return Action(name, scene.text(f"screens.actions.{name}"), event, style, icon)


def cancel(scene: Scene) -> Action:
    return button(scene, "cancel", AskCancel(), "quiet", "stop")


def back(scene: Scene) -> Action:
    return button(scene, "back", GoBack(), "secondary", "back")


def help_button(scene: Scene) -> Action:
    return button(scene, "help", CallHelp(), "quiet", "help")


def who_acts(scene: Scene, who: str) -> str:
    return scene.text(f"screens.who.{who}")
