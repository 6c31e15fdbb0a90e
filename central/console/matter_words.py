"""How a case and its limits are said: an icon's kind, a word, a detail. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal, cast

from central.casework.calendar import WorkCalendar, day_of, last_day
from central.casework.case import AT_WORK, Alarm, Case, Move, State
from central.casework.items import Handling
from central.casework.ratings import Ticket, TicketState
from central.console.wording import day

Kind = Literal["good", "info", "wait", "bad", "off"]
Said = tuple[Kind, str, str]
Answers = Mapping[str, object]
_LANGUAGE: Final = "zh-Hans"

STATES: Final[Mapping[State, str]] = {
    State.RECEIVED: "待认领",
    State.IN_REVIEW: "审查中",
    State.SUPPLEMENT_WANTED: "待申请人补件",
    State.APPROVED: "已批准",
    State.REFUSED: "不予批准",
    State.READY: "待领取",
    State.COLLECTED: "已领取",
    State.UNCOLLECTED: "逾期未领",
    State.WITHDRAWN: "申请人已撤回",
    State.CLOSED: "已归档",
}
MOVES: Final[Mapping[Move, str]] = {
    Move.CLAIM: "认领",
    Move.RELEASE: "退回队列",
    Move.ASK: "要求补件",
    Move.SUPPLEMENT: "申请人补件",
    Move.APPROVE: "批准",
    Move.REFUSE: "不予批准",
    Move.MAKE_READY: "通知领取",
    Move.COLLECT: "领取",
    Move.EXPIRE: "逾期未领",
    Move.CLOSE: "归档",
    Move.WITHDRAW: "申请人撤回",
}
TICKETS: Final[Mapping[TicketState, str]] = {
    TicketState.OPEN: "待处理",
    TicketState.IN_HAND: "整改中",
    TicketState.ANSWERED: "已答复",
}
_KINDS: Final[Mapping[State, Kind]] = {
    State.RECEIVED: "wait",
    State.IN_REVIEW: "info",
    State.APPROVED: "good",
    State.READY: "info",
}
_PERSON: Final[Mapping[str, str]] = {
    "name": "姓名",
    "number": "证件号码",
    "birth": "出生日期",
    "card_type": "证件种类",
    "resident": "居民身份证",
    "J": "港澳台居民居住证",
    "I": "外国人永久居留身份证",
    "Y": "外国人永久居留身份证（2023 版）",
}


def state(case: Case) -> Said:
    return _KINDS.get(case.state, "off"), STATES[case.state], ""


def limit(case: Case, calendar: WorkCalendar, now: float) -> Said:
    """What time is left, and whose it is."""
    if case.state in AT_WORK:
        return _of_department(case, calendar, now)
    if case.state == State.SUPPLEMENT_WANTED:
        word = "补件已过期" if case.alarm >= Alarm.OVERDUE else "办理时限暂停"
        return "wait" if case.alarm >= Alarm.OVERDUE else "info", word, f"补件至 {day(_last(case.until_at))}"
    if case.state == State.READY:
        return "info", "等候领取", f"至 {day(_last(case.until_at))}"
    return "off", "已办结", ""


def ticket_limit(ticket: Ticket, calendar: WorkCalendar, now: float) -> Said:
    if ticket.state == TicketState.ANSWERED:
        return "good", "已答复", day(ticket.answered_at)
    return _left(calendar, ticket.due_at, now, f"整改至 {day(_last(ticket.due_at))}")


def person(given: Answers) -> Iterator[tuple[str, str]]:
    """Whose card was read: what staff look for first comes first."""
    order = {name: at for at, name in enumerate(_PERSON)}
    for name, value in sorted(given.items(), key=lambda one: order.get(one[0], len(order))):
        yield _PERSON.get(name, name), _PERSON.get(str(value), str(value))


def answers(handling: Handling, given: Answers) -> Iterator[tuple[str, str]]:
    """Of a form, with what its fields and choices are called."""
    for name, value in given.items():
        yield handling.labels.get(name, {}).get(_LANGUAGE, name), _value(handling.labels, name, value)


def _value(labels: Mapping[str, Mapping[str, str]], name: str, value: object) -> str:
    match value:
        case bool():
            return "是" if value else "否"
        case list():
            return "；".join(_value(labels, name, one) for one in cast("list[object]", value))
        case dict():
            return "，".join(f"{key}：{_value(labels, name, one)}" for key, one in cast("Answers", value).items())
        case _:
            return labels.get(f"{name}.{value}", {}).get(_LANGUAGE, str(value))


def _of_department(case: Case, calendar: WorkCalendar, now: float) -> Said:
    if case.legal_at <= now:
        return "bad", "超过法定时限", f"应于 {day(_last(case.legal_at))} 前办结"
    return _left(calendar, case.promised_at, now, f"承诺 {day(_last(case.promised_at))}")


def _left(calendar: WorkCalendar, deadline: float, now: float, detail: str) -> Said:
    left = calendar.left(deadline, now)
    if left > 1:
        return "good", f"还剩 {left} 个工作日", detail
    if left >= 0:
        return "wait", ("今天到期", "还剩 1 个工作日")[left], detail
    late = calendar.between(last_day(deadline), day_of(now))
    return "bad", f"已超期 {late} 个工作日" if late else "已超期", detail


def _last(deadline: float | None) -> float | None:
    """A second of the last day: a deadline is the midnight after it."""
    return None if deadline is None else deadline - 1
