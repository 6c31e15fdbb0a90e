"""Who did what: filtered, verified, exported."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from central.centre import Shared
from central.console import frame, paging
from central.console.frame import page, see_other
from central.console.paging import Column
from central.console.wording import CHINA, day
from central.staff import actions, audit_export
from central.staff.access import Employee, Role, staff
from central.staff.audit import audit, verified
from central.storage.audit import Filter

_AUDIT: Final = "/console/audit"
_COLUMNS: Final = (
    Column("seq", "编号", numeric=True),
    Column("at", "时间"),
    Column("employee", "谁"),
    Column("action", "做了什么"),
    Column("subject", "对象"),
    Column("detail", "说明"),
)
_Text = Annotated[str, Query(max_length=200)]
_Auditor = Annotated[Employee, Depends(staff(Role.AUDITOR))]
router = frame.pages(_AUDIT)


@router.get("")
def look(
    request: Request,
    _employee: _Auditor,
    centre: Shared,
    who: _Text = "",
    action: _Text = "",
    subject: _Text = "",
    since: _Text = "",
    until: _Text = "",
) -> Response:
    chosen = Filter(who.strip(), action, subject.strip(), _midnight(since), _midnight(until, days=1))
    asked = paging.asked(request)
    with centre.storage.reading() as transaction:
        total = transaction.audit.count(chosen)
        rows = transaction.audit.find(chosen, limit=asked.limit, offset=asked.offset)
        unended = transaction.audit.unended()
    told = {"who": who, "action": action, "subject": subject, "since": since, "until": until}
    options = [("", "全部"), *sorted(actions.titles().items())]
    listing = paging.listing(_COLUMNS, rows, total, asked)
    return page(
        request, "audit/list.html", listing=listing, told=told, options=options, unended=unended, title=actions.title
    )


@router.post("/verify")
def verify(request: Request, employee: _Auditor, centre: Shared) -> Response:
    verdict = verified(centre.storage)
    said = (
        f"{verdict.rows} 条记录全部完整，首尾相接。"
        if verdict.broken_at is None
        else f"第 {verdict.broken_at} 条记录被改动或者缺失；之前的 {verdict.rows} 条完整。请保留数据库并查明原因。"
    )
    with centre.storage.transaction() as transaction:
        audit(transaction, employee, "audit.verify", "", said, centre.now())
    return see_other(request, _AUDIT, said, "good" if verdict.broken_at is None else "bad")


@router.post("/export")
def export(employee: _Auditor, centre: Shared) -> Response:
    """All of it, however it is filtered: a part would prove nothing about what lies between."""
    now = centre.now()
    with centre.storage.transaction() as transaction:
        audit(transaction, employee, "audit.export", "", now=now)
    lines = audit_export.write(centre.storage, centre.secrets.signing_key, now)
    headers = {"Content-Disposition": f'attachment; filename="audit-{day(now)}.ndjson"'}
    return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


def _midnight(text: str, days: int = 0) -> float | None:
    """Of a day in China; ``None`` for what is no day."""
    try:
        return (datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=CHINA) + timedelta(days=days)).timestamp()
    except (ValueError, OverflowError):
        return None
