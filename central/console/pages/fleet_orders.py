"""Work orders: what is open, by when, whose; assigned and closed."""

from typing import Annotated, Final

from fastapi import Form, Path, Request, Response

from central.centre import Shared
from central.console import frame, paging
from central.console.frame import page, see_other
from central.console.pages.fleet import LIST, Operator, Reader
from central.console.paging import Column
from central.fleet import operating, overview
from central.fleet.errors import FleetError
from central.staff.audit import audit

SOURCES: Final = {"fault": "设备故障", "silence": "失去联系", "help": "群众求助"}
SEVERITIES: Final = {"high": ("bad", "高"), "normal": ("wait", "中"), "low": ("off", "低")}
_COLUMNS: Final = (
    Column("number", "工单"),
    Column("terminal", "终端"),
    Column("subject", "事由"),
    Column("severity", "紧急"),
    Column("who", "由谁处理"),
    Column("due", "期限"),
    Column("to", "指派"),
    Column("do", ""),
)
_RECENT: Final = 50
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
router = frame.pages(f"{LIST}/orders")


@router.get("")
def orders(request: Request, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        open_ones = transaction.fleet.orders.all_open()
        recent = transaction.fleet.orders.recent(_RECENT)
        places = centre.fleet.places.all(transaction)
    words = {"devices": overview.DEVICES, "sources": SOURCES, "severities": SEVERITIES, "who": overview.WHO}
    listing = paging.cut(_COLUMNS, open_ones, paging.asked(request))
    return page(request, "fleet/orders.html", listing=listing, recent=recent, places=places, words=words)


@router.post("/{number}/assign")
def assign(
    request: Request, number: Number, employee: Operator, centre: Shared, to: Annotated[str, Form(max_length=60)] = ""
) -> Response:
    try:
        with centre.fleet.work() as (transaction, now):
            operating.assign_order(transaction, number, to.strip())
            audit(transaction, employee, "fleet.order_assign", str(number), to.strip(), now)
    except FleetError as error:
        return see_other(request, f"{LIST}/orders", f"没有指派：{error}。", "bad")
    return see_other(request, f"{LIST}/orders", f"{number} 号工单已指派给 {to.strip() or '无人'}。")


@router.post("/{number}/close")
def close(
    request: Request,
    number: Number,
    employee: Operator,
    centre: Shared,
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    try:
        with centre.fleet.work() as (transaction, now):
            operating.close_order(transaction, number, now=now, by=employee.id, reason=reason)
            audit(transaction, employee, "fleet.order_close", str(number), reason.strip(), now)
    except FleetError as error:
        return see_other(request, f"{LIST}/orders", f"没有关闭：{error}。", "bad")
    return see_other(request, f"{LIST}/orders", f"{number} 号工单已关闭。")
