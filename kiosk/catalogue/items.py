"""A service item as data: what the catalogue of the centre says about one public service."""

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-Hans", "zh-Hant", "en")

Texts = dict[Language, str]
"""The same text in every language; an item with one missing is refused."""

StepName = Literal[
    "consent", "identify", "verify_person", "form", "confirm", "submit", "output", "farewell", "rate"
]  # fmt: skip
IdentityLevel = Literal["none", "card", "card_person", "legal_person"]
NetworkPolicy = Literal["online_only", "queueable"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _every_language(self) -> "_Part":
        for name, value in self:
            if _is_texts(type(self).model_fields[name].annotation) and set(value) != set(LANGUAGES):
                raise ValueError(f"{name}: needs exactly the languages {', '.join(LANGUAGES)}")
        return self


def _is_texts(annotation: Any) -> bool:
    return annotation == Texts


class NoticePoint(_Part):
    icon: str
    title: Texts
    text: Texts


class Option(_Part):
    value: str
    label: Texts


class FormField(_Part):
    """One question. Only choices so far; further kinds of the JSON Schema subset join here."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: Literal["choice"] = "choice"
    label: Texts
    question: Texts
    options: tuple[Option, ...] = Field(min_length=1)


class Output(_Part):
    """A paper that the service ends with. ``needs_result``: only with the centre's answer; else offered for later."""

    kind: Literal["certificate", "receipt"]
    template: str = ""
    needs_result: bool = False


class ServiceItem(_Part):
    code: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    version: int = Field(ge=1)
    title: Texts
    summary: Texts
    keywords: tuple[str, ...] = ()
    department: Texts
    audience: tuple[str, ...] = ()
    region: str
    identity_level: IdentityLevel
    steps: tuple[StepName, ...] = Field(min_length=1)
    notice: tuple[NoticePoint, ...] = ()
    consents: tuple[str, ...] = ()
    """Ids of the consent texts behind the notice; the one for the face ends in ``-face``."""
    form: tuple[FormField, ...] = ()
    materials: tuple[str, ...] = ()
    fee_cents: int = Field(default=0, ge=0)
    devices: tuple[str, ...] = ()
    network: NetworkPolicy
    outputs: tuple[Output, ...] = ()
    answer_seconds: float = Field(default=8.0, gt=0, le=60)
    """How long the citizen waits for the centre's answer before the matter counts as not yet filed."""
    legal_limit_days: int = Field(default=0, ge=0)
    pickup: Texts


class Catalogue(_Part):
    """All items a terminal offers, as one signed version."""

    version: int = Field(ge=1)
    items: tuple[ServiceItem, ...]

    def find(self, code: str) -> ServiceItem | None:
        return next((item for item in self.items if item.code == code), None)
