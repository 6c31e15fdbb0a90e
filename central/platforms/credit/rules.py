"""What entries of public credit mean. Pure; rules of demonstration."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from central.platforms.credit.contract import CreditMark, Eligibility, Grade, Report, Texts

_FORGIVEN: Final = timedelta(days=3 * 365)
"""After so long a bad entry stands in no promise's way."""
_YES: Final[Texts] = {
    "zh-Hans": "可以用书面承诺代替这份证明。",
    "zh-Hant": "可以用書面承諾代替這份證明。",
    "en": "A written promise will do instead of this proof.",
}
_NO: Final[Texts] = {
    "zh-Hans": "近三年有失信记录，请提交证明原件；修复信用后可以再用承诺。",
    "zh-Hant": "近三年有失信記錄，請提交證明正本；修復信用後可再用承諾。",
    "en": "There is a bad entry within three years: bring the proof itself. Once repaired, a promise will do again.",
}


def grade(marks: Sequence[CreditMark]) -> Grade:
    good, bad = sum(mark.good for mark in marks), sum(not mark.good for mark in marks)
    if bad:
        return "attention" if bad > good else "ordinary"
    return "excellent" if good > 1 else "good"


def eligibility(report: Report, today: date) -> Eligibility:
    """Whether a promise is enough."""
    recent = [mark for mark in report.marks if not mark.good and mark.on > today - _FORGIVEN]
    if recent:
        return Eligibility(eligible=False, rule="bad-mark", reason=_NO)
    return Eligibility(eligible=True, rule="none-bad", reason=_YES)
