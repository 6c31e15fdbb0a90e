"""Every screen the journey can come to, as the presenter shows it: for the gallery and for tests. Pure.

A screen is a list of events from an empty terminal, played by the real reducer, so nothing is shown here that a
citizen cannot meet. Where many faults share a screen the one with the longest text stands for all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from drivers.contract import DeviceStatus, Outcome, PrintResult
from drivers.contract import State as DeviceState
from drivers.errors import Who
from drivers.id_card.contract import IdCard
from kiosk.catalogue.items import Catalogue, ServiceItem
from kiosk.identity.cards import CardProblem
from kiosk.journey import events as e
from kiosk.journey.reducer import step
from kiosk.journey.state import State
from kiosk.presenters.present import present
from kiosk.presenters.scene import Scene
from kiosk.presenters.showcase_cast import (
    CARD,
    FOREIGNER,
    HALL,
    NUMBER,
    OTHER_SESSION,
    REFERENCE,
    REMEDY,
    RULE,
    SESSION,
    WALL,
)
from kiosk.presenters.steps import after_filing
from kiosk.presenters.views import View
from kiosk.text.catalogue import Texts
from offline_queue.contract import Matter, MatterState
from offline_queue.envelope import Created, Envelope

SOON: Final = 15.0
"""Seconds before the time-out at which it is warned of."""
HALFWAY: Final = 25.0
"""Seconds left on every other screen."""


@dataclass(frozen=True)
class Wait(e.Event):
    """So long nobody does anything."""

    seconds: float = 200.0


Events = tuple[e.Event, ...]
Stage = tuple[str, Events]
PRINTED: Final = PrintResult(Outcome.PRINTED)
FAULTS: Final = {
    Outcome.FAILED: ("not_connected", "paper_out", "jammed", "cover_open", "device_fault", "offline"),
    Outcome.UNKNOWN: ("connection_lost", "deadline_exceeded", "protocol_error", "history_lost", "not_finished"),
}
GUIDANCE: Final = (
    "", "no_face", "several_faces", "too_far", "too_near", "off_centre", "too_dark", "hold_still"
)  # fmt: skip
JAMMED: Final = DeviceStatus(DeviceState.USER_ERROR, "document_printer.jammed", Who.STAFF)
NOT_COMPARED: Final = ("no_match", "uncertain", "no_face", "camera_failed", "cancelled")


def showcase(item: ServiceItem, text: Texts, *, elder: bool) -> dict[str, View]:
    """Views by a name such as ``56.output.failed.certificate``; names sort in the order of the journey."""
    scene = Scene(HALL, WALL, 0.0, text)
    stages = _Stages(item, text, elder).all()
    shown = {name: _view(_played(events, text, elder=elder), scene, name) for name, events in stages}
    return {f"{number:02}.{name}": view for number, (name, view) in enumerate(shown.items(), 1)}


def _played(events: Events, text: Texts, *, elder: bool) -> State:
    state = State(language=text.language, elder=elder, default_language=text.language)
    now = 0.0
    for event in events:
        if isinstance(event, Wait):
            now, event = now + event.seconds, e.Tick()  # noqa: PLW2901
        state, _ = step(state, event, now)
    return state


def _view(state: State, scene: Scene, name: str) -> View:
    """A warning of the time-out is the same screen a little before its end."""
    deadline = state.session.deadline if state.session else None
    left = SOON if name == "dialog.time" else HALFWAY
    return present(state, replace(scene, now=deadline - left) if deadline else scene)


@dataclass(frozen=True)
class _Stages:
    """Names and events of every screen for one service."""

    item: ServiceItem
    text: Texts
    elder: bool

    def all(self) -> Iterator[Stage]:
        yield from self._home()
        yield from self._card()
        yield from self._person()
        yield from self._questions()
        yield from self._submit()
        yield from self._output()
        yield from self._farewell()
        yield from self._interrupted()
        yield from self._dialogs()

    # --- how one comes there --------------------------------------------------------------------------------------

    def _ready(self, *, online: bool = True) -> Events:
        works = DeviceStatus(DeviceState.ONLINE)
        devices = (e.DeviceChanged(name, works) for name in self.item.devices)
        catalogue = e.CatalogueLoaded(Catalogue(version=1, items=(self.item,)))
        return (catalogue, *devices, e.NetworkChanged(online=online), e.FreshSession(SESSION))

    def _to_card(self, *, face: bool = True, online: bool = True) -> Events:
        return (*self._ready(online=online), e.ChooseService(self.item.code), e.Agree(face=face))

    def _to_person(self, card: IdCard = CARD, *, age: int = 76, face: bool = True, online: bool = True) -> Events:
        return (*self._to_card(face=face, online=online), e.CardRead(SESSION, card, age=age))

    def _to_form(self, card: IdCard = CARD, *, online: bool = True) -> Events:
        return (*self._to_person(card, online=online), e.FaceCompared(SESSION, "match"))

    def _to_confirm(self, card: IdCard = CARD, *, online: bool = True) -> Events:
        answers = (e.AnswerField(field.name, field.options[0].value) for field in self.item.form)
        return (*self._to_form(card, online=online), *answers)

    def _to_answer(self, *, online: bool = True) -> Events:
        return (*self._to_confirm(online=online), e.Proceed(), e.MatterSaved(SESSION, REFERENCE, WALL))

    def _filed(self) -> Events:
        return (*self._to_answer(), e.MatterSettled(SESSION, "filed", number=NUMBER))

    def _queued(self) -> Events:
        return (*self._to_answer(online=False), e.MatterSettled(SESSION, "queued"))

    def _refused(self) -> Events:
        """The rule in the words of the centre, which has them in one language."""
        return (*self._to_answer(), e.MatterSettled(SESSION, "refused", rule=RULE, remedy=REMEDY))

    # --- screens --------------------------------------------------------------------------------------------------

    def _home(self) -> Iterator[Stage]:
        ready = self._ready()
        absent = DeviceStatus(DeviceState.NO_DEVICE, who=Who.TECHNICIAN)
        starting = DeviceStatus(DeviceState.STARTING)
        yield "home", ready
        yield "home.offline", self._ready(online=False)
        yield "home.queue_full", (*self._ready(online=False), e.QueueChanged("full"))
        yield "home.queue_unavailable", (*ready, e.QueueChanged("unavailable"))
        yield "home.no_catalogue", (e.NetworkChanged(online=True),)
        yield "home.starting", (*ready, e.DeviceChanged(self.item.devices[0], starting))
        yield "home.device_missing", (*ready, e.DeviceChanged("document_printer", absent))
        yield "home.devices_missing", (*ready, *(e.DeviceChanged(name, absent) for name in self.item.devices))
        missing = e.DeviceChanged(self.item.devices[0], absent)
        yield "home.unavailable", (*ready, missing, e.ChooseService(self.item.code))
        yield "home.help_called", (*ready, e.CallHelp())
        yield "home.card_left", self._card_left()
        yield "consent", (*ready, e.ChooseService(self.item.code))

    def _card_left(self) -> Events:
        """Nobody takes the card: after two patient waits the terminal is free again, in its ordinary manner."""
        again = (e.ToggleElder(),) if self.elder else ()
        return (*self._filed(), *self._papers(), Wait(), Wait(), *again)

    def _card(self) -> Iterator[Stage]:
        waiting = self._to_card()
        yield "identify.waiting", waiting
        for code in ("card_unreadable", "card_rejected"):
            yield f"identify.waiting.{code}", (*waiting, e.CardNotRead(SESSION, code, Who.CITIZEN))
        for problem in CardProblem:
            yield f"identify.bad_card.{problem}", (*waiting, e.CardRead(SESSION, CARD, problem))
        next_citizen = (*self._card_left(), e.FreshSession(OTHER_SESSION), e.ChooseService(self.item.code))
        yield "identify.card_of_another", (*next_citizen, e.Agree(face=True))
        fault = self._longest("cards.{}", "not_connected", "connection_lost", "deadline_exceeded", "protocol_error")
        yield "identify.no_reader", (*waiting, e.CardNotRead(SESSION, fault, Who.TECHNICIAN))

    def _person(self) -> Iterator[Stage]:
        face = self._to_person()
        for code in GUIDANCE:
            yield f"face.{code or 'look'}", (*face, e.FaceGuidance(SESSION, code))
        for outcome in NOT_COMPARED:
            yield f"face.retry.{outcome}", (*face, e.FaceCompared(SESSION, outcome))
        yield "face.camera_lost", (*face, e.VisionLost())
        yield from self._staff(face)

    def _staff(self, face: Events) -> Iterator[Stage]:
        asked = (*face, e.OtherWay())
        yield "staff.asked", asked
        yield "staff.digits", (*asked, *(e.PinKey(key) for key in "12345678"))
        yield "staff.wrong_pin", (*asked, e.PinChecked(SESSION, ""))
        yield "staff.locked", (*asked, e.PinChecked(SESSION, "", 295))
        yield "staff.guardian", self._to_person(age=12)
        yield "staff.no_face_consent", self._to_person(face=False)
        yield (
            "staff.face_failed",
            (*face, e.FaceCompared(SESSION, "no_match"), e.TryAgain(), e.FaceCompared(SESSION, "no_match")),
        )
        yield "staff.no_reference", (*face, e.FaceCompared(SESSION, "no_reference"))
        yield "staff.latin_name", self._to_person(FOREIGNER, face=False)

    def _questions(self) -> Iterator[Stage]:
        events = self._to_form()
        for field in self.item.form:
            yield f"form.{field.name}", events
            events = (*events, e.AnswerField(field.name, field.options[-1].value))
        review = self._to_confirm()
        yield "form.change", (*review, e.EditField(self.item.form[0].name))
        yield "confirm", review
        yield "confirm.latin_name", self._to_confirm(FOREIGNER)

    def _submit(self) -> Iterator[Stage]:
        saving = (*self._to_confirm(), e.Proceed())
        yield "submit.saving", saving
        yield "submit.waiting", self._to_answer()
        yield "submit.not_saved", (*saving, e.MatterNotSaved(SESSION))

    def _output(self) -> Iterator[Stage]:
        filed, queued, refused = self._filed(), self._queued(), self._refused()
        first = (*filed, e.PaperDone(SESSION, "certificate", PRINTED))
        yield "output.certificate", filed
        yield "output.receipt", first
        yield "output.standing_still", (*filed, e.DeviceChanged("document_printer", JAMMED))
        yield "output.queued", queued
        yield "output.refused", refused
        tried: dict[e.Paper, Events] = {"certificate": filed, "receipt": first}
        for paper, before in tried.items():
            for outcome in (Outcome.FAILED, Outcome.UNKNOWN):
                yield f"output.{outcome}.{paper}", (*before, self._mishap(paper, outcome))
        yield "output.failed.queued", (*queued, self._mishap("receipt", Outcome.FAILED))
        yield "output.failed.refused", (*refused, self._mishap("receipt", Outcome.FAILED))

    def _farewell(self) -> Iterator[Stage]:
        filed, queued, refused = self._filed(), self._queued(), self._refused()
        receipt = self._papers("receipt")
        taken = (e.CardTaken(SESSION),)
        printed = self._papers("certificate")
        no_receipt = (*printed, self._mishap("receipt", Outcome.FAILED), e.SkipPaper())
        no_certificate = (self._mishap("certificate", Outcome.UNKNOWN), e.SkipPaper(), *receipt)
        none = (self._mishap("certificate", Outcome.FAILED), e.SkipPaper(), *no_receipt[1:])
        yield "farewell.filed", (*filed, *self._papers())
        yield "farewell.filed.card_taken", (*filed, *taken, *self._papers())
        yield "farewell.filed.no_certificate", (*filed, *no_certificate)
        yield "farewell.filed.no_receipt", (*filed, *no_receipt)
        yield "farewell.filed.no_receipt.card_taken", (*filed, *taken, *no_receipt)
        yield "farewell.filed.no_papers", (*filed, *none)
        yield "farewell.filed.nothing_to_take", (*filed, *taken, *none)
        yield "farewell.queued", (*queued, *receipt)
        yield "farewell.queued.card_taken", (*queued, *taken, *receipt)
        yield "farewell.refused", (*refused, *receipt)
        yield "farewell.card_left", (*filed, *self._papers(), e.Proceed())
        yield "farewell.cancelled", (*self._to_form(), e.ConfirmCancel())
        yield "farewell.timed_out", (*self._to_form(), Wait())
        yield "rate", (*filed, *self._papers(), *taken)
        yield "rate.thanks", (*filed, *self._papers(), *taken, e.RateService(5))

    def _interrupted(self) -> Iterator[Stage]:
        language = self.text.language
        draft = {"session": SESSION, "item": self.item.code, "language": language, "elder": self.elder}
        other = replace(CARD, number="440524188001010014")
        saved, empty = e.Interrupted(draft, self._matter()), e.Interrupted(draft, None)
        yield "interrupted.saved", (*self._ready(), saved)
        yield "interrupted.saved.other_card", (*self._ready(), saved, e.CardRead(SESSION, other, age=30))
        yield "interrupted.not_filed", (*self._ready(), empty)
        yield "interrupted.not_filed.card", (*self._ready(), empty, e.CardRead(SESSION, CARD, age=76))

    def _dialogs(self) -> Iterator[Stage]:
        form = self._to_form()
        yield "dialog.cancel", (*form, e.AskCancel())
        yield "dialog.card_taken", (*form, e.CardTaken(SESSION))
        yield "dialog.help", (*form, e.CallHelp())
        yield "dialog.time", form

    # --- parts ----------------------------------------------------------------------------------------------------

    def _papers(self, *names: e.Paper) -> Events:
        return tuple(e.PaperDone(SESSION, name, PRINTED) for name in names or ("certificate", "receipt"))

    def _mishap(self, paper: e.Paper, outcome: Outcome) -> e.Event:
        known = [f"{after_filing.PRINTERS[paper]}.{name}" for name in FAULTS[outcome]]
        fault = self._longest("faults.{}.citizen", *known)
        return e.PaperDone(SESSION, paper, PrintResult(outcome, fault, Who.STAFF))

    def _longest(self, key: str, *names: str) -> str:
        """The name whose text takes most room; those without a text do not occur."""
        texts = {name: self.text(key.format(name)) for name in names if key.format(name) in self.text}
        return max(texts, key=lambda name: len(texts[name]))

    def _matter(self) -> Matter:
        person = {"card_type": "resident", "name": CARD.name, "number": CARD.number, "birth": ""}
        created = Created(WALL, 0.0, "boot", trusted=True)
        envelope = Envelope(
            SESSION, "GD4401001", epoch=1, seq=42, reference=REFERENCE, case=SESSION, item=self.item.code,
            item_version=1, created=created, payload={"person": person}, previous="",
        )  # fmt: skip
        return Matter(envelope, MatterState.QUEUED)
