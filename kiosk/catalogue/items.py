"""A service item as data: what the catalogue of the centre says about one public service.

The whole schema is here, what this program cannot perform yet too; :mod:`kiosk.journey.performs` says what it can. An
item with a word or a field that is not here belongs to a later program and is not offered.
"""

from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-Hans", "zh-Hant", "en")

Texts = dict[Language, str]
"""The same text in every language; an item with one missing is refused."""

ItemKind = Literal["application", "query", "certificate", "payment", "appointment", "guide"]
StepName = Literal[
    "notice", "consent", "identify", "verify_person", "prefill", "form", "materials", "sign", "pay", "confirm",
    "submit", "result", "output", "pickup", "farewell", "rate",
]  # fmt: skip
IdentityLevel = Literal["none", "card", "card_person", "legal_person"]
NetworkPolicy = Literal["online_only", "queueable"]
FieldKind = Literal[
    "text", "number", "date", "choice", "region", "address", "phone", "bank_card", "id_number", "rows"
]  # fmt: skip
Decision = Literal["at_once", "department", "none"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _every_language(self) -> "_Part":
        for name, value in self:
            for texts in _texts(type(self).model_fields[name].annotation, value):
                if set(texts) != set(LANGUAGES):
                    raise ValueError(f"{name}: needs exactly the languages {', '.join(LANGUAGES)}")
        return self


def _texts(annotation: Any, value: Any) -> tuple[dict[str, str], ...]:
    if annotation in (Texts, Texts | None):
        return (value,) if value is not None else ()
    return tuple(value) if annotation == tuple[Texts, ...] else ()


class Condition(_Part):
    """Asked only when an earlier question was answered with one of the values."""

    field: str
    values: tuple[str, ...]


class NoticePoint(_Part):
    icon: str
    title: Texts
    text: Texts


class Option(_Part):
    value: str
    label: Texts


class Question(_Part):
    """Keywords as in JSON Schema where it has them; which of them count depends on ``kind``."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: FieldKind = "choice"
    label: Texts
    question: Texts
    help: Texts | None = None
    required: bool = True
    personal: bool = False
    """Masked where it is shown again, and never spoken."""
    prefill: str | None = None
    """Of the data-sharing platform: ``record.value``."""
    only_when: Condition | None = None
    options: tuple[Option, ...] = ()
    multiple: bool = False
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    decimals: int = 0
    unit: Texts | None = None
    earliest: str | None = None
    """ISO 8601, or counted from the day of the question: ``today-60y``, ``today+30d``, ``today+3m``."""
    latest: str | None = None
    depth: Literal["province", "city", "district", "street"] | None = None
    within: str | None = None
    """Region by its number in GB/T 2260."""

    @model_validator(mode="after")
    def _has_options(self) -> "Question":
        if self.kind == "choice" and not self.options:
            raise ValueError("options: a choice needs some")
        return self


class FormField(Question):
    """One question of the form, a screen of its own."""

    columns: tuple[Question, ...] = ()
    """Of each row, of the kind ``rows``."""
    min_rows: int | None = None
    max_rows: int | None = None


class Material(_Part):
    """A paper to hand in, or the electronic licence that stands for it."""

    code: str
    title: Texts
    text: Texts | None = None
    ways: tuple[Literal["document_camera", "licence", "phone", "counter"], ...]
    licence: str | None = None
    required: bool = True
    pages: int = 1
    only_when: Condition | None = None


class Output(_Part):
    """What the service ends with. ``needs_result``: only with the centre's answer; else offered for later."""

    kind: Literal["certificate", "receipt", "screen", "licence", "map", "guide"]
    template: str = ""
    needs_result: bool = False


class Hours(_Part):
    """Of the office behind; times such as ``09:00``."""

    days: tuple[Weekday, ...]
    opens: str
    closes: str


class Faq(_Part):
    question: Texts
    answer: Texts


class Guide(_Part):
    """What a guide says beside what the item says anyway; the same on the web and on paper."""

    conditions: tuple[Texts, ...] = ()
    process: tuple[Texts, ...] = ()
    basis: tuple[Texts, ...] = ()
    notes: tuple[Texts, ...] = ()
    faq: tuple[Faq, ...] = ()
    address: Texts | None = None
    phone: str | None = None


class ServiceItem(_Part):
    code: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    position: int = 100
    kind: ItemKind = "application"
    icon: str = "document"
    title: Texts
    short_title: Texts | None = None
    summary: Texts
    keywords: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()
    """Of the title in pinyin, and of what else it is called."""
    department: Texts
    department_id: str | None = None
    audience: tuple[str, ...] = ()
    region: str
    coverage: tuple[str, ...] = ()
    starts_at: AwareDatetime | None = None
    """Offered from then on (see :mod:`kiosk.catalogue.schedule`)."""
    ends_at: AwareDatetime | None = None
    identity_level: IdentityLevel
    persons: int = 1
    """How many show their cards."""
    steps: tuple[StepName, ...] = Field(min_length=1)
    notice: tuple[NoticePoint, ...] = ()
    consents: tuple[str, ...] = ()
    """Ids of the consent texts behind the notice; the one for the face ends in ``-face``."""
    form: tuple[FormField, ...] = ()
    materials: tuple[Material, ...] = ()
    fee_cents: int = Field(default=0, ge=0)
    fee_from_bill: bool = False
    fee_basis: Texts | None = None
    devices: tuple[str, ...] = ()
    network: NetworkPolicy
    outputs: tuple[Output, ...] = ()
    answer_seconds: float = Field(default=8.0, gt=0, le=60)
    """How long the citizen waits for the centre's answer before the matter counts as not yet filed."""
    decision: Decision = "at_once"
    rules: str | None = None
    legal_limit_days: int = Field(default=0, ge=0)
    """Working days, like ``promised_days``."""
    promised_days: int = Field(default=0, ge=0)
    pickup: Texts
    pickup_ways: tuple[str, ...] = ()
    office_hours: tuple[Hours, ...] = ()
    needs_office: bool = False
    """Only while the office is open."""
    guide: Guide | None = None


class Catalogue(_Part):
    """All items a terminal offers, as one signed version."""

    version: int = Field(ge=1)
    items: tuple[ServiceItem, ...]
    made_at: AwareDatetime | None = None
    region: str = ""

    def find(self, code: str) -> ServiceItem | None:
        return next((item for item in self.items if item.code == code), None)


class _Written(BaseModel):
    """A catalogue whose items have not been looked at."""

    model_config = ConfigDict(extra="ignore")
    version: int = Field(ge=1)
    made_at: AwareDatetime | None = None
    region: str = ""
    items: tuple[dict[str, Any], ...]


def read(payload: bytes) -> tuple[Catalogue, tuple[str, ...]]:
    """And what was left out: why items cannot be read by this program, for technicians.

    Raises ``ValidationError`` when it is no catalogue.
    """
    written = _Written.model_validate_json(payload)
    items: list[ServiceItem] = []
    left_out: list[str] = []
    for place, data in enumerate(written.items):
        try:
            items.append(ServiceItem.model_validate(data))
        except ValidationError as error:
            left_out.append(f"items.{place}.{reason(error)}")
    known = Catalogue(version=written.version, items=tuple(items), made_at=written.made_at, region=written.region)
    return known, tuple(left_out)


def reason(error: ValidationError) -> str:
    """The first of it, without what was written there."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
