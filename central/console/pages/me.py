"""One's own account."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response

from central.centre import Centre, Shared
from central.console import frame
from central.console.frame import page, see_other
from central.staff import sessions
from central.staff.access import Employee, Role, signed_in, staff
from central.staff.audit import audit
from central.staff.errors import StaffError, WrongPassword

_ME = "/console/me"
_Text = Annotated[str, Form(max_length=500)]
_Me = Annotated[Employee, Depends(staff(*Role))]
router = frame.pages(_ME)


@router.get("")
def show(request: Request, employee: _Me, centre: Shared) -> Response:
    return _shown(request, employee, centre, {})


@router.post("/password")
def change_password(
    request: Request, employee: _Me, centre: Shared, old: _Text = "", password: _Text = "", again: _Text = ""
) -> Response:
    if password != again:
        return _shown(request, employee, centre, {"again": "两次输入的密码不一样。"})
    try:
        centre.staff.accounts.change_password(employee, old, password, but=_here(request))
    except StaffError as error:
        return _shown(
            request, employee, centre, {"old" if isinstance(error, WrongPassword) else "password": str(error)}
        )
    return see_other(request, _ME, "密码已修改，其他设备上的登录已退出。")


@router.post("/recovery-codes")
def renew_codes(request: Request, employee: _Me, centre: Shared, password: _Text = "") -> Response:
    try:
        codes = centre.staff.accounts.new_recovery_codes(employee, password)
    except StaffError as error:
        return _shown(request, employee, centre, {"codes": str(error)})
    return page(request, "me/codes.html", codes=codes, onward=_ME, onward_title="我已抄好，返回")


@router.post("/sign-out-others")
def sign_out_others(request: Request, employee: _Me, centre: Shared) -> Response:
    with centre.storage.transaction() as transaction:
        ended = transaction.staff.end_sessions(employee.id, but=_here(request))
        audit(transaction, employee, "account.sign_out_everywhere", employee.id, now=centre.now())
    return see_other(request, _ME, f"已退出其他 {ended} 处登录。")


def _shown(request: Request, employee: Employee, centre: Centre, errors: dict[str, str]) -> Response:
    now = centre.now()
    with centre.storage.reading() as transaction:
        left = transaction.staff.recovery_codes_left(employee.id)
        open_ones = [one for one in transaction.staff.sessions(employee.id) if not sessions.has_ended(one, now)]
    return page(
        request,
        "me/me.html",
        status=422 if errors else 200,
        errors={"old": "", "password": "", "again": "", "codes": ""} | errors,
        codes_left=left,
        sessions=open_ones,
        this=_here(request),
    )


def _here(request: Request) -> str:
    here = signed_in(request)
    return here.token_hash if here else ""
