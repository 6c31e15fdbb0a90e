"""Tickets of poor ratings: taken, put right, answered."""

from typing import Annotated, Final

from fastapi import Depends, Form, Path, Query, Request, Response

from central.casework.counter import said
from central.casework.errors import CaseworkError, NoSuchCase
from central.casework.ratings import Ticket, TicketState
from central.centre import Centre, Shared
from central.console import frame, matter_words, paging
from central.console.frame import page, see_other
from central.console.home import Count, shown_to
from central.console.pages.matters import REASONS, scope
from central.console.paging import Column
from central.problems import Problem
from central.sealing import Sealer
from central.staff.access import Employee, Role, staff
from central.storage.database import Transaction

_TICKETS: Final = "/console/tickets"
_COLUMNS: Final = (
    Column("reference", "办件"),
    Column("item", "事项"),
    Column("stars", "评价"),
    Column("state", "状态"),
    Column("due", "整改时限"),
    Column("owner", "负责人"),
)
_UNANSWERED: Final = (TicketState.OPEN, TicketState.IN_HAND)
_MOST: Final = 1000
_LONGEST: Final = 1000
_Reference = Annotated[str, Path(max_length=64)]
_Reader = Annotated[Employee, Depends(staff(Role.CLERK, Role.AUTHORITY, Role.AUDITOR))]
_Clerk = Annotated[Employee, Depends(staff(Role.CLERK))]
_Version = Annotated[int, Form(ge=1)]
_Words = Annotated[str, Form(max_length=_LONGEST)]
router = frame.pages(_TICKETS)


@router.get("")
def tickets(
    request: Request, employee: _Reader, centre: Shared, shelf: Annotated[str, Query(max_length=20)] = "open"
) -> Response:
    asked = paging.asked(request)
    states = (TicketState.ANSWERED,) if shelf == "answered" else _UNANSWERED
    with centre.storage.reading() as transaction:
        found = transaction.tickets.queue(scope(centre.casework, employee), states, limit=_MOST)
    rows = [_shown(centre, one) for one in found]
    tabs = [("待整改", _TICKETS, None), ("已答复", f"{_TICKETS}?shelf=answered", None)]
    current = tabs[1][1] if shelf == "answered" else _TICKETS
    return page(request, "tickets/list.html", listing=paging.cut(_COLUMNS, rows, asked), tabs=tabs, current=current)


@router.get("/{reference}")
def ticket(request: Request, reference: _Reference, employee: _Reader, centre: Shared) -> Response:
    one = _found(centre, employee, reference)
    return _page(request, centre, employee, one)


@router.post("/{reference}/take")
def take(request: Request, reference: _Reference, employee: _Clerk, centre: Shared, version: _Version = 1) -> Response:
    one = _found(centre, employee, reference)
    try:
        centre.casework.complaints.take(employee, one.place, version=version)
    except CaseworkError as error:
        return _refused(request, reference, error)
    return see_other(request, f"{_TICKETS}/{reference}", "这张工单由您负责整改。")


@router.post("/{reference}/answer")
def answer(
    request: Request,
    reference: _Reference,
    employee: _Clerk,
    centre: Shared,
    version: _Version = 1,
    done: _Words = "",
    reply: _Words = "",
) -> Response:
    one = _found(centre, employee, reference)
    if not done.strip() or not reply.strip():
        errors = {name: "请填写。" for name, text in (("done", done), ("reply", reply)) if not text.strip()}
        return _page(request, centre, employee, one, {"done": done, "reply": reply}, errors)
    try:
        centre.casework.complaints.answer(employee, one.place, version=version, done=done.strip(), reply=reply.strip())
    except CaseworkError as error:
        return _refused(request, reference, error)
    return see_other(request, f"{_TICKETS}/{reference}", "已答复。申请人下次在任何终端查看办件时会看到。")


def _page(
    request: Request,
    centre: Centre,
    employee: Employee,
    one: Ticket,
    told: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    words = said(Sealer(centre.secrets.storage_key), one) if employee.may(Role.CLERK) else ("", "")
    return page(
        request,
        "tickets/ticket.html",
        status=422 if errors else 200,
        ticket=one,
        shown=_shown(centre, one),
        words=words,
        told=told or {"done": "", "reply": ""},
        errors=errors or {},
        can_take=employee.may(Role.CLERK) and one.state == TicketState.OPEN,
        can_answer=one.state == TicketState.IN_HAND and one.owner == employee.id,
    )


def _shown(centre: Centre, one: Ticket) -> dict[str, object]:
    casework = centre.casework
    return {
        "ticket": one,
        "title": casework.services.named(one.item).called,
        "level": casework.ratings.names[one.stars]["zh-Hans"],
        "state": matter_words.TICKETS[one.state],
        "limit": matter_words.ticket_limit(one, casework.sweeper.tickets.calendar, centre.now()),
    }


def _found(centre: Centre, employee: Employee, reference: str) -> Ticket:
    with centre.storage.reading() as transaction:
        matter = transaction.matters.look_up(reference.strip().upper())
        place = (matter.terminal, matter.id) if matter else ("", "")
        one = transaction.tickets.at([place]).get(place)
    if one is None or scope(centre.casework, employee) not in ("", one.department):
        raise Problem(404, "本部门没有这张工单。", "请核对办件编号。")
    return one


def _refused(request: Request, reference: str, error: CaseworkError) -> Response:
    if isinstance(error, NoSuchCase):
        raise Problem(404, "本部门没有这张工单。", "请核对办件编号。") from None
    return see_other(request, f"{_TICKETS}/{reference}", f"没有保存：{REASONS[type(error).__name__]}", "bad")


@shown_to(Role.CLERK, Role.AUTHORITY)
def _waiting(transaction: Transaction, employee: Employee, centre: Centre) -> list[Count]:
    open_ones = transaction.tickets.queue(scope(centre.casework, employee), _UNANSWERED, limit=_MOST)
    late = sum(one.due_at <= centre.now() for one in open_ones)
    kind = "bad" if late else "wait" if open_ones else "good"
    word = f"{late} 张已超期" if late else "等候整改" if open_ones else "没有"
    return [Count("差评整改工单", len(open_ones), kind, word, _TICKETS)]
