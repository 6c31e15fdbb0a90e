"""What each service makes of an envelope: a result, or a refusal with a remedy. Pure but for verification codes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from central import insurance, numbers
from offline_queue.envelope import Envelope

INSURANCE_PROOF: Final = "social-insurance-proof"
RATING: Final = "rating"
TRIAL: Final = "trial"
"""Of no service: filed whatever it holds, so that a technician can try the whole way from a terminal."""
SUPPLEMENT: Final = "supplement"
"""What a department wanted besides, of a case that waits for it."""
NO_SERVICE: Final = frozenset({RATING, TRIAL, SUPPLEMENT})
"""Nobody decides on them, and no catalogue lists them."""
AT_ONCE: Final = frozenset({INSURANCE_PROOF})
"""A rule of the centre decides these when they are filed."""

Texts = dict[str, str]

REMEDIES: Final[dict[str, Texts]] = {
    "unknown_item": {
        "zh-Hans": "这台机器上暂时不能办理这个事项，请到人工窗口办理。",
        "zh-Hant": "這台機器暫時不能辦理這個事項，請到人工櫃位辦理。",
        "en": "This service is not available on this machine at present. Please go to a staffed counter.",
    },
    "incomplete": {
        "zh-Hans": "申请内容不完整，请在机器上重新办理。",
        "zh-Hant": "申請內容不完整，請在機器上重新辦理。",
        "en": "The application is incomplete. Please start it again on the machine.",
    },
    "unknown_period": {
        "zh-Hans": "请重新选择参保证明的时间范围。",
        "zh-Hant": "請重新選擇參保證明的時間範圍。",
        "en": "Please choose again which period the insurance record should cover.",
    },
    "bad_rating": {
        "zh-Hans": "评价需要受理编号和一到五颗星。",
        "zh-Hant": "評價需要受理編號和一至五顆星。",
        "en": "A rating needs the reference number of the matter and one to five stars.",
    },
    "unknown_reference": {
        "zh-Hans": "没有找到要评价的事项。",
        "zh-Hant": "找不到要評價的事項。",
        "en": "The matter to be rated was not found.",
    },
    "unknown_case": {
        "zh-Hans": "没有找到您要补交材料的办件，请核对受理编号和身份证。",
        "zh-Hant": "找不到您要補交文件的辦件，請核對受理編號和身份證。",
        "en": "No matter of yours was found under this number. Please check the number and your card.",
    },
    "nothing_wanted": {
        "zh-Hans": "这件办件现在不需要补交材料，可以在“我的办件”里查看进度。",
        "zh-Hant": "這件辦件現在不需要補交文件，可以在「我的辦件」查看進度。",
        "en": "Nothing more is needed for this matter now. “My matters” shows how it stands.",
    },
    "already_rated": {
        "zh-Hans": "这件事项已经评价过了，谢谢您。",
        "zh-Hant": "這項事項已經評價過了，謝謝您。",
        "en": "This matter has already been rated. Thank you.",
    },
    "id_reused": {
        "zh-Hans": "这个编号已经用于另一份申请，请到人工窗口办理。",
        "zh-Hant": "這個編號已經用於另一份申請，請到人工櫃位辦理。",
        "en": "This number already belongs to another application. Please go to a staffed counter.",
    },
}
"""By rule: what the citizen can do instead."""


class Refusal(Exception):
    """A rule forbids to file this. ``remedy`` tells the citizen what to do instead, by language."""

    def __init__(self, rule: str, remedy: Mapping[str, str] | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.remedy = REMEDIES[rule] if remedy is None else remedy


class NotYet(Exception):
    """Something that comes before it has not arrived."""

    def __init__(self, retry_after: float, missing: Sequence[str] = ()) -> None:
        super().__init__()
        self.retry_after = retry_after
        self.missing = tuple(missing)


def result_of(envelope: Envelope, today: date) -> dict[str, Any]:
    """What the citizen gets at once. Raises :class:`Refusal`."""
    return {"certificate": _certificate(envelope, today)} if envelope.item == INSURANCE_PROOF else {}


def stars_of(envelope: Envelope) -> int:
    """Of a rating that also says what it rates. Raises :class:`Refusal`."""
    match envelope.payload:
        case {"reference": str(), "stars": int(stars)} if stars in range(1, 6) and type(stars) is int:
            return stars
        case _:
            raise Refusal("bad_rating")


def _certificate(envelope: Envelope, today: date) -> dict[str, Any]:
    match envelope.payload:
        case {"person": {"number": str(number)}, "answers": {"period": str(period)}} if number:
            if period not in insurance.PERIODS:
                raise Refusal("unknown_period")
        case _:
            raise Refusal("incomplete")
    code = numbers.verification_code()
    return insurance.certificate(number, period, f"SI-{code[:9]}", code, today)
