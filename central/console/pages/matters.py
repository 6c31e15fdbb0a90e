"""The queue of matters, one matter, and what a clerk does with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Form, Path, Query, Request, Response

from central.casework.bureau import Opened
from central.casework.calendar import day_of, end_of
from central.casework.case import MOVES, WITH_CLAIM, Alarm, Case, Move, State
from central.casework.errors import CaseworkError, NoSuchCase
from central.casework.items import Handling
from central.casework.service import Casework
from central.centre import Centre, Shared
from central.console import frame, matter_words, paging
from central.console.frame import page, see_other
from central.console.home import Count, shown_to
from central.console.paging import Column
from central.problems import Problem
from central.staff.access import Employee, Role, staff
from central.storage.casework import QueueFilter, StepRow
from central.storage.database import Transaction

_MATTERS: Final = "/console/matters"
_COLUMNS: Final = (
    Column("reference", "编号"),
    Column("item", "事项"),
    Column("state", "状态"),
    Column("limit", "时限"),
    Column("filed", "受理时间"),
    Column("clerk", "经办人"),
)
_OFFERED: Final = (Move.CLAIM, Move.APPROVE, Move.ASK, Move.REFUSE, Move.RELEASE, Move.MAKE_READY, Move.COLLECT)
"""In the order of their buttons."""
_SHELVES: Final[dict[str, tuple[str, tuple[State, ...]]]] = {
    "open": ("待办", (State.RECEIVED, State.IN_REVIEW)),
    "unclaimed": ("待认领", (State.RECEIVED,)),
    "supplement": ("待补件", (State.SUPPLEMENT_WANTED,)),
    "decided": ("已决定", (State.APPROVED, State.REFUSED)),
    "ready": ("待领取", (State.READY, State.UNCOLLECTED)),
    "all": ("全部", ()),
}
_Text = Annotated[str, Query(max_length=200)]
_Word = Annotated[str, Form(max_length=64)]
_Reference = Annotated[str, Path(max_length=64)]
_Reader = Annotated[Employee, Depends(staff(Role.CLERK, Role.AUDITOR))]
_Clerk = Annotated[Employee, Depends(staff(Role.CLERK))]
router = frame.pages(_MATTERS)


@router.get("")
def queue(
    request: Request,
    employee: _Reader,
    centre: Shared,
    shelf: _Text = "open",
    item: _Text = "",
    department: _Text = "",
    mine: _Text = "",
    late: _Text = "",
) -> Response:
    casework, asked = centre.casework, paging.asked(request)
    hers = scope(casework, employee, department)
    chosen = QueueFilter(
        department=hers,
        states=_SHELVES.get(shelf, _SHELVES["open"])[1],
        item=item,
        clerk=employee.id if mine else "",
        alarm=Alarm.OVERDUE if late else Alarm.NONE,
    )
    with centre.storage.reading() as transaction:
        rows = transaction.cases.queue(chosen, limit=asked.limit, offset=asked.offset)
        total = transaction.cases.count(chosen)
        counts = transaction.cases.by_state(hers)
    tabs = [(title, f"{_MATTERS}?shelf={name}", _sum(counts, states)) for name, (title, states) in _SHELVES.items()]
    services = [one for one in casework.services.all() if one.by_department]
    told = {"item": item, "department": department, "mine": mine, "late": late, "shelf": shelf}
    return page(
        request,
        "matters/queue.html",
        listing=paging.listing(_COLUMNS, [shown(centre, one) for one in rows], total, asked),
        tabs=tabs,
        current=f"{_MATTERS}?shelf={shelf}",
        told=told,
        items=[("", "全部"), *((one.code, one.called) for one in services)],
        departments=departments(casework),
        is_clerk=employee.may(Role.CLERK),
    )


@router.get("/{reference}")
def matter(request: Request, reference: _Reference, employee: _Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        case = found(centre, transaction, employee, reference)
        steps = transaction.cases.steps(case.place)
    return page(request, "matters/matter.html", **_told(centre, employee, case, steps), opened=None)


@router.post("/{reference}/moves")
def act(
    request: Request,
    reference: _Reference,
    employee: _Clerk,
    centre: Shared,
    move: _Word = "",
    version: Annotated[int, Form(ge=1)] = 1,
    reason: _Word = "",
    missing: Annotated[list[str], Form(max_length=50)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    here = f"{_MATTERS}/{reference}"
    if move not in list(Move):
        raise Problem(422, "没有这个操作。", "请返回办件页面，重新选择。")
    try:
        after = centre.casework.bureau.move(
            employee, reference, Move(move), version=version, reason=reason, missing=tuple(missing)
        )
    except NoSuchCase:
        raise not_found() from None
    except CaseworkError as error:
        return see_other(request, here, f"没有保存：{REASONS[type(error).__name__]}", "bad")
    said = f"已{matter_words.MOVES[Move(move)]}。"
    return see_other(request, here, said + (f"领取号 {after.collection}。" if move == Move.MAKE_READY else ""))


@router.post("/{reference}/answers")
def read(request: Request, reference: _Reference, employee: _Clerk, centre: Shared) -> Response:
    """What the citizen filed. A form and not a link: that it was read is written down."""
    try:
        opened = centre.casework.bureau.open(employee, reference)
    except NoSuchCase:
        raise not_found() from None
    except CaseworkError as error:
        return see_other(request, f"{_MATTERS}/{reference}", REASONS[type(error).__name__], "bad")
    with centre.storage.reading() as transaction:
        case = found(centre, transaction, employee, reference)
        steps = transaction.cases.steps(case.place)
    handling = centre.casework.services.named(case.item)
    sheets = [_sheet(handling, one) for one in opened]
    return page(request, "matters/matter.html", **_told(centre, employee, case, steps), opened=sheets)


@router.post("/{reference}/attachments/{digest}")
def attachment(
    reference: _Reference,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    employee: _Clerk,
    centre: Shared,
) -> Response:
    """A page the citizen handed in. It is saved, not shown: whoever made it may have written anything."""
    try:
        opened = centre.casework.bureau.open(employee, reference)
    except CaseworkError:
        raise not_found() from None
    owners = [one.terminal for one in opened for _, its in one.attachments if its == digest]
    if not owners or centre.attachments.missing(owners[0], [digest]):
        raise not_found()
    headers = {"Content-Disposition": f'attachment; filename="{reference}-{digest[:8]}"', "Cache-Control": "no-store"}
    return Response(centre.attachments.read(owners[0], digest), 200, headers, "application/octet-stream")


REASONS: Final = {
    "NotPossible": "这件办件现在的状态不能这样办。",
    "Taken": "已经有人在办这件办件。",
    "NotYours": "请先认领这件办件，只有认领的人可以办。",
    "ChangedMeanwhile": "刚才有人先办了这件办件。请看看有什么变化，再决定。",
    "UnknownReason": "请选择理由；缺少材料的，还要选出缺少哪些。",
}


@dataclass(frozen=True)
class Shown:
    """A row of the queue."""

    case: Case
    title: str
    state: matter_words.Said
    limit: matter_words.Said
    clerk: str


def shown(centre: Centre, case: Case) -> Shown:
    calendar = centre.casework.sweeper.procedure.calendar
    return Shown(
        case,
        centre.casework.services.named(case.item).called,
        matter_words.state(case),
        matter_words.limit(case, calendar, centre.now()),
        case.clerk or "—",
    )


def scope(casework: Casework, employee: Employee, asked: str = "") -> str:
    """The department she sees: a clerk her own, whoever only reads the one asked for, or all."""
    if employee.may(Role.CLERK):
        return casework.services.department(employee.department or "")
    return asked


def found(centre: Centre, transaction: Transaction, employee: Employee, reference: str) -> Case:
    """Raises :class:`Problem` 404 for another department's too."""
    matter = transaction.matters.look_up(reference.strip().upper())
    case = matter and transaction.cases.get((matter.terminal, matter.id))
    if not case or scope(centre.casework, employee) not in ("", case.department):
        raise not_found()
    return case


def not_found() -> Problem:
    return Problem(404, "本部门没有这件办件。", "请核对编号；别的部门的办件由别的部门办理。")


def _told(centre: Centre, employee: Employee, case: Case, steps: Sequence[StepRow]) -> dict[str, Any]:
    casework = centre.casework
    handling, reasons = casework.services.named(case.item), casework.reasons
    offered = [move for move in _OFFERED if (case.state, move) in MOVES] if employee.may(Role.CLERK) else []
    rules = [(name, one.rule["zh-Hans"], one.supplement) for name, one in reasons.by_id.items()]
    return {
        "shown": shown(centre, case),
        "case": case,
        "department": handling.department_called,
        "steps": steps,
        "moves": matter_words.MOVES,
        "states": matter_words.STATES,
        "allowed": [move for move in offered if _may(case, move, employee)],
        "is_hers": case.clerk == employee.id,
        "because": reasons.by_id.get(case.reason),
        "missing": [one["zh-Hans"] for one in reasons.named(case.missing, handling.materials)],
        "refusals": [("", "请选择"), *((name, rule) for name, rule, _ in rules)],
        "supplements": [("", "请选择"), *((name, rule) for name, rule, mends in rules if mends)],
        "materials": [(code, said["zh-Hans"], "") for code, said in reasons.choices(handling.materials).items()],
    }


def _may(case: Case, move: Move, employee: Employee) -> bool:
    return not case.clerk if move == Move.CLAIM else move not in WITH_CLAIM or case.clerk == employee.id


def _sheet(handling: Handling, opened: Opened) -> dict[str, Any]:
    return {
        "filed_at": opened.filed_at,
        "terminal": opened.terminal,
        "person": list(matter_words.person(_part(opened.payload, "person"))),
        "answers": list(matter_words.answers(handling, _part(opened.payload, "answers"))),
        "attachments": opened.attachments,
    }


def _part(payload: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Whatever was filed under that name."""
    part = payload.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}


def departments(casework: Casework) -> list[tuple[str, str]]:
    """To choose from."""
    known = {one.department: one.department_called for one in casework.services.all()}
    return [("", "全部"), *sorted(known.items())]


def _sum(counts: dict[State, int], states: Sequence[State]) -> int:
    return sum(count for state, count in counts.items() if not states or state in states)


@shown_to(Role.CLERK)
def _waiting(transaction: Transaction, employee: Employee, centre: Centre) -> list[Count]:
    hers = scope(centre.casework, employee)
    unclaimed = transaction.cases.by_state(hers).get(State.RECEIVED, 0)
    here = QueueFilter(hers, _SHELVES["open"][1])
    late = transaction.cases.count(replace(here, alarm=Alarm.OVERDUE))
    soon = transaction.cases.count(replace(here, promised_before=end_of(day_of(centre.now())) + 1)) - late
    return [
        Count("超期的办件", late, "bad" if late else "good", "已超期" if late else "没有", f"{_MATTERS}?late=1"),
        Count("今天到期的办件", soon, "wait" if soon else "good", "今天到期" if soon else "没有", _MATTERS),
        Count(
            "待认领的办件", unclaimed, "info" if unclaimed else "good", "等人认领" if unclaimed else "没有",
            f"{_MATTERS}?shelf=unclaimed",
        ),
    ]  # fmt: skip
