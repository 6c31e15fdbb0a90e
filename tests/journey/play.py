"""Journeys as step lists: feed events, see which screen follows and what was asked of the world."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from drivers.contract import DeviceStatus, Outcome, PrintResult
from drivers.contract import State as DeviceState
from drivers.errors import Who
from drivers.id_card.contract import CardType, IdCard, Sex
from kiosk.catalogue.items import Catalogue, FormField, NoticePoint, Option, ServiceItem, Texts
from kiosk.catalogue.items import Output as ItemOutput
from kiosk.journey import events as e
from kiosk.journey.effects import Effect
from kiosk.journey.reducer import step
from kiosk.journey.state import Session, State

SESSION = "0198c0de-0000-7000-8000-000000000001"
REFERENCE = "GD4401001-000001-7"


def words(text: str) -> Texts:
    return {"zh-Hans": text, "zh-Hant": text, "en": text}


def choice(name: str, *values: str) -> FormField:
    options = tuple(Option(value=value, label=words(value)) for value in values)
    return FormField(name=name, label=words(name), question=words(f"{name}?"), options=options)


ITEM = ServiceItem(
    code="proof",
    version=3,
    title=words("参保证明"),
    summary=words("打印参保证明"),
    department=words("社保局"),
    region="440100",
    identity_level="card_person",
    steps=("consent", "identify", "verify_person", "form", "confirm", "submit", "output", "farewell", "rate"),
    notice=(NoticePoint(icon="card", title=words("读什么"), text=words("姓名和号码")),),
    consents=("data-1", "person-face"),
    form=(choice("period", "year", "all"), choice("purpose", "school", "loan")),
    devices=("id_card", "document_printer", "receipt_printer"),
    network="queueable",
    outputs=(ItemOutput(kind="certificate", template="proof", needs_result=True), ItemOutput(kind="receipt")),
    pickup=words("窗口领取"),
)
CARD = IdCard(
    CardType.RESIDENT,
    "证件样本",
    "11010519491231002X",
    Sex.FEMALE,
    date(1949, 12, 31),
    date(2020, 1, 1),
    date(2040, 1, 1),
    photo=b"opaque",
)
OTHER_CARD = replace(CARD, name="样本乙", number="440524188001010014")

PRINTED = PrintResult(Outcome.PRINTED)
FAILED = PrintResult(Outcome.FAILED, "receipt_printer.jammed", Who.STAFF)
UNKNOWN = PrintResult(Outcome.UNKNOWN, "document_printer.connection_lost", Who.STAFF)


@dataclass
class Play:
    """A journey under test. ``effects`` are those of the last event."""

    state: State = field(default_factory=State)
    now: float = 1000.0
    effects: tuple[Effect, ...] = ()
    history: list[Effect] = field(default_factory=list[Effect])

    def __post_init__(self) -> None:
        devices = (e.DeviceChanged(name, DeviceStatus(DeviceState.ONLINE)) for name in ITEM.devices)
        self.send(e.CatalogueLoaded(Catalogue(version=1, items=(ITEM,))), *devices, e.NetworkChanged(online=True))
        self.send(e.FreshSession(SESSION))

    def send(self, *events: e.Event) -> "Play":
        for event in events:
            self.state, self.effects = step(self.state, event, self.now)
            self.history += self.effects
        return self

    def wait(self, seconds: float) -> "Play":
        self.now += seconds
        return self.send(e.Tick())

    @property
    def session(self) -> Session:
        assert self.state.session is not None, "nobody is there"
        return self.state.session

    @property
    def place(self) -> str:
        session = self.state.session
        return f"{session.step}.{session.phase}" if session else "home"

    def asked(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.history if isinstance(effect, kind)]


def settled(outcome: str, **more: Any) -> e.MatterSettled:
    return e.MatterSettled(SESSION, outcome, **more)  # pyright: ignore[reportArgumentType]


def paper(name: e.Paper, result: PrintResult = PRINTED) -> e.PaperDone:
    return e.PaperDone(SESSION, name, result)


RESULT: Mapping[str, Any] = {"certificate": {"number": "C1"}}

TO_CONSENT: tuple[e.Event, ...] = (e.ChooseService("proof"),)
TO_CARD = (*TO_CONSENT, e.Agree(face=True))
TO_FACE = (*TO_CARD, e.CardRead(SESSION, CARD, age=76))
TO_FORM = (*TO_FACE, e.FaceCompared(SESSION, "match"))
TO_CONFIRM = (*TO_FORM, e.AnswerField("period", "year"), e.AnswerField("purpose", "loan"))
TO_SAVING = (*TO_CONFIRM, e.Proceed())
TO_WAITING = (*TO_SAVING, e.MatterSaved(SESSION, REFERENCE, 1.0))
TO_OUTPUT = (*TO_WAITING, settled("filed", number="N1", result=RESULT))
TO_FAREWELL = (*TO_OUTPUT, paper("certificate"), paper("receipt"))
TO_RATE = (*TO_FAREWELL, e.CardTaken(SESSION))
