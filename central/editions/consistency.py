"""What must fit together in an item whose every field is right by itself: a table of rules, all of them asked."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from central.editions.flaws import Flaw, Path
from central.editions.model import Condition, FormField, Item, Question
from central.editions.vocabulary import KEYWORDS_OF

Rule = Callable[[Item], Iterator[Flaw]]
_SPECIAL: Final = frozenset(name for names in KEYWORDS_OF.values() for name in names)
_NEEDED: Final[dict[str, str]] = {"choice": "options", "rows": "columns"}


def inconsistencies(item: Item) -> Iterator[Flaw]:
    for rule in RULES:
        yield from rule(item)


def _names(item: Item) -> Iterator[Flaw]:
    """No two of a kind have one name."""
    yield from _twice(("form",), [field.name for field in item.form])
    yield from _twice(("materials",), [one.code for one in item.materials])
    for path, question in questions(item):
        yield from _twice((*path, "options"), [option.value for option in question.options])
    for at, field in enumerate(item.form):
        yield from _twice(("form", at, "columns"), [column.name for column in field.columns])
    yield from _twice(("steps",), list(item.steps))


def _keywords(item: Item) -> Iterator[Flaw]:
    """A question has the keywords of its kind and no other's."""
    for path, question in questions(item):
        kept = question.model_dump(exclude_defaults=True)
        used = _SPECIAL & kept.keys()
        for name in sorted(used - KEYWORDS_OF[question.kind]):
            yield Flaw((*path, name), f"does not go with the kind {question.kind}", f"与类型 {question.kind} 不相配")
        needed = _NEEDED.get(question.kind)
        if needed and not getattr(question, needed):
            yield Flaw((*path, needed), f"is needed by the kind {question.kind}", f"类型 {question.kind} 必须填")
        yield from _ranges(path, question)
        yield from _pattern(path, question)


def _ranges(path: Path, question: Question) -> Iterator[Flaw]:
    pairs = [("min_length", "max_length"), ("minimum", "maximum"), ("min_rows", "max_rows")]
    for low, high in pairs:
        least, most = getattr(question, low, None), getattr(question, high, None)
        if least is not None and most is not None and least > most:
            yield Flaw((*path, high), f"is less than {low}", f"小于 {low}")


def _pattern(path: Path, question: Question) -> Iterator[Flaw]:
    try:
        re.compile(question.pattern or "")
    except (re.error, OverflowError, RecursionError):
        yield Flaw((*path, "pattern"), "is no regular expression", "不是正则表达式")


def _conditions(item: Item) -> Iterator[Flaw]:
    """Only what was asked before can decide."""
    before: dict[str, FormField] = {}
    for at, field in enumerate(item.form):
        yield from _condition(("form", at, "only_when"), field.only_when, before)
        before[field.name] = field
    for at, material in enumerate(item.materials):
        yield from _condition(("materials", at, "only_when"), material.only_when, before)


def _condition(path: Path, condition: Condition | None, before: dict[str, FormField]) -> Iterator[Flaw]:
    if condition is None:
        return
    asked = before.get(condition.field)
    if asked is None or asked.kind != "choice":
        yield Flaw((*path, "field"), "names no choice that is asked before", "不是前面问过的选择题")
        return
    unknown = set(condition.values) - {option.value for option in asked.options}
    if unknown:
        yield Flaw((*path, "values"), f"names no option of {condition.field}", f"不是“{condition.field}”的选项")


def _steps(item: Item) -> Iterator[Flaw]:
    """Each step has what it shows, and what is to be shown has its step."""
    for step, needed, field in (
        ("form", item.form, "form"),
        ("materials", item.materials, "materials"),
        ("pay", item.fee_cents or item.fee_from_bill, "fee_cents"),
        ("output", item.outputs, "outputs"),
    ):
        if (step in item.steps) and not needed:
            yield Flaw((field,), f"is needed by the step {step}", f"步骤“{step}”需要它")
        if needed and step not in item.steps:
            yield Flaw(("steps",), f"has {field} but no step {step}", f"填了 {field}，步骤里却没有 {step}")
    if not (set(item.steps) & {"consent", "notice"}) and item.notice:
        yield Flaw(("steps",), "has a notice but no step consent or notice", "填了告知，步骤里却没有 consent 或 notice")


_BEFORE: Final = (
    ("identify", "verify_person"), ("identify", "prefill"), ("form", "confirm"), ("confirm", "submit"),
    ("submit", "result"), ("result", "output"), ("pay", "submit"), ("output", "rate"),
)  # fmt: skip


def _order(item: Item) -> Iterator[Flaw]:
    at = {step: place for place, step in enumerate(item.steps)}
    for first, second in _BEFORE:
        if first in at and second in at and at[first] > at[second]:
            yield Flaw(("steps", at[second]), f"stands before {first}", f"排在 {first} 之前")


_IDENTITY: Final[dict[str, frozenset[str]]] = {
    "none": frozenset(),
    "card": frozenset({"identify"}),
    "card_person": frozenset({"identify", "verify_person"}),
    "legal_person": frozenset({"identify"}),
}


def _identity(item: Item) -> Iterator[Flaw]:
    missing = _IDENTITY[item.identity_level] - set(item.steps)
    for step in sorted(missing):
        yield Flaw(("steps",), f"lacks {step}, which the identity level needs", f"身份要求需要步骤 {step}")
    for step in sorted({"identify", "verify_person"} & set(item.steps) - _IDENTITY[item.identity_level]):
        if (item.identity_level, step) != ("legal_person", "verify_person"):
            yield Flaw(("identity_level",), f"is too low for the step {step}", f"与步骤 {step} 不符")
    has_face = any(consent.endswith("-face") for consent in item.consents)
    if "verify_person" in item.steps and not has_face:
        yield Flaw(
            ("consents",), "lacks the one for the face (its id ends in -face)", "缺少人脸同意书（代码以 -face 结尾）"
        )


_DEVICES: Final[tuple[tuple[str, Callable[[Item], bool]], ...]] = (
    ("id_card", lambda item: "identify" in item.steps and item.identity_level != "legal_person"),
    ("document_printer", lambda item: any(one.kind in ("certificate", "guide") for one in item.outputs)),
    ("receipt_printer", lambda item: any(one.kind == "receipt" for one in item.outputs)),
    ("document_camera", lambda item: any(set(one.ways) == {"document_camera"} and one.required
                                         and not one.only_when for one in item.materials)),
)  # fmt: skip


def _devices(item: Item) -> Iterator[Flaw]:
    for device, is_needed in _DEVICES:
        if is_needed(item) and device not in item.devices:
            yield Flaw(("devices",), f"lacks {device}, which is used", f"用到 {device}，却没有列出")


def _filing(item: Item) -> Iterator[Flaw]:
    """Money and data of others need the centre at once."""
    if item.network == "queueable":
        for step in ("pay", "prefill"):
            if step in item.steps:
                yield Flaw(("network",), f"cannot be queueable with the step {step}", f"有步骤 {step} 就必须联网")
    if item.decision == "department" and not item.promised_days:
        yield Flaw(("promised_days",), "is needed when the department decides", "部门审批必须写承诺时限")
    if item.decision == "at_once" and "submit" in item.steps and not item.rules:
        yield Flaw(("rules",), "is needed when it is decided at once", "当场办结必须写规则集")
    if item.legal_limit_days and item.promised_days > item.legal_limit_days:
        yield Flaw(("promised_days",), "is longer than the legal limit", "比法定时限还长")
    if item.needs_office and not item.office_hours:
        yield Flaw(("office_hours",), "is needed by needs_office", "只在办公时间可办，就要写办公时间")
    for at, material in enumerate(item.materials):
        if ("licence" in material.ways) != (material.licence is not None):
            yield Flaw(("materials", at, "licence"), "and the way licence go together", "与提交方式 licence 要同时有")


def _times(item: Item) -> Iterator[Flaw]:
    if item.starts_at and item.ends_at and item.starts_at >= item.ends_at:
        yield Flaw(("ends_at",), "is not after starts_at", "不在开始时间之后")
    for at, hours in enumerate(item.office_hours):
        if hours.opens >= hours.closes:
            yield Flaw(("office_hours", at, "closes"), "is not after opens", "不在开门时间之后")


RULES: Final[tuple[Rule, ...]] = (
    _names, _keywords, _conditions, _steps, _order, _identity, _devices, _filing, _times,
)  # fmt: skip


def questions(item: Item) -> Iterable[tuple[Path, Question]]:
    """Of the form, and the columns of its rows."""
    for at, field in enumerate(item.form):
        yield ("form", at), field
        for column_at, column in enumerate(field.columns):
            yield ("form", at, "columns", column_at), column


def _twice(path: Path, names: Sequence[str]) -> Iterator[Flaw]:
    for name in sorted(name for name, count in Counter(names).items() if count > 1):
        yield Flaw(path, f"has {name} more than once", f"“{name}”出现了多次")
