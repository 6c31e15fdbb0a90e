"""Accounts of staff: given out, changed and closed by the administrator, looked at by the auditor."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Form, Path, Request, Response
from markupsafe import Markup

from central.centre import Centre, Shared
from central.console import frame, paging
from central.console.frame import page, see_other
from central.console.paging import Column
from central.problems import Problem
from central.staff import second_factor
from central.staff.access import Employee, Role, staff
from central.staff.accounts import Invitation
from central.staff.errors import BadName, BadRoles, NameTaken, NoSuchAccount, StaffError
from central.staff.roles import TITLES
from central.storage.staff import Account

_LIST: Final = "/console/staff"
_MEANING: Final[Mapping[Role, str]] = {
    Role.AUTHORITY: "编辑和发布事项目录、部门规则",
    Role.CLERK: "办理本部门的办件",
    Role.OPERATOR: "管理终端、更新、运维工单",
    Role.AUDITOR: "查看全部内容和操作记录，不能修改；不兼任其他角色",
    Role.ADMINISTRATOR: "只管理工作人员账号；不兼任其他角色",
}
_COLUMNS: Final = (
    Column("id", "用户名", sorts=True),
    Column("name", "姓名", sorts=True),
    Column("roles", "角色"),
    Column("department", "部门", sorts=True),
    Column("state", "状态"),
    Column("last", "上次登录", sorts=True),
)
_Text = Annotated[str, Form(max_length=500)]
_Roles = Annotated[list[Role], Form(max_length=len(Role))]
_Name = Annotated[str, Path(max_length=100)]
_Reader = Annotated[Employee, Depends(staff(Role.ADMINISTRATOR, Role.AUDITOR))]
_Giver = Annotated[Employee, Depends(staff(Role.ADMINISTRATOR))]
router = frame.pages(_LIST)


@router.get("")
def accounts(request: Request, _employee: _Reader, centre: Shared) -> Response:
    asked = paging.asked(request, _COLUMNS, default="id")
    rows = sorted(centre.staff.accounts.list(), key=lambda one: _order(one, asked.sort), reverse=asked.descending)
    return page(request, "staff/list.html", listing=paging.cut(_COLUMNS, rows, asked))


@router.get("/new")
def new(request: Request, _employee: _Giver) -> Response:
    return _form(request, {}, {}, None)


@router.post("")
def add(
    request: Request,
    employee: _Giver,
    centre: Shared,
    name: _Text = "",
    called: _Text = "",
    department: _Text = "",
    roles: _Roles = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    try:
        made = centre.staff.accounts.add(employee, name.strip(), called.strip(), roles, department.strip())
    except StaffError as error:
        told = {"name": name, "called": called, "department": department, "roles": roles}
        return _form(request, told, _at_field(error), None)
    return _invitation(request, made, f"已新建账号 {made.account}。")


@router.get("/{name}")
def account(request: Request, name: _Name, _employee: _Reader, centre: Shared) -> Response:
    found = _found(centre, name)
    with centre.storage.reading() as transaction:
        open_ones = len(transaction.staff.sessions(name))
    return page(request, "staff/account.html", account=found, sessions=open_ones)


@router.get("/{name}/edit")
def edit(request: Request, name: _Name, _employee: _Giver, centre: Shared) -> Response:
    who = _found(centre, name).employee
    told = {"name": who.id, "called": who.name, "department": who.department or "", "roles": who.roles}
    return _form(request, told, {}, name)


@router.post("/{name}")
def change(
    request: Request,
    name: _Name,
    employee: _Giver,
    centre: Shared,
    called: _Text = "",
    department: _Text = "",
    roles: _Roles = [],  # noqa: B006
) -> Response:
    _found(centre, name)
    try:
        centre.staff.accounts.change(employee, name, called.strip(), roles, department.strip())
    except StaffError as error:
        told = {"name": name, "called": called, "department": department, "roles": roles}
        return _form(request, told, _at_field(error), name)
    return see_other(request, f"{_LIST}/{name}", "已保存。此人需要重新登录，新的角色才会生效。")


@router.post("/{name}/invite")
def invite(request: Request, name: _Name, employee: _Giver, centre: Shared) -> Response:
    _found(centre, name)
    return _invitation(request, centre.staff.accounts.invite(employee, name), "旧的密码、验证器和备用码已经失效。")


@router.post("/{name}/close")
def close(request: Request, name: _Name, employee: _Giver, centre: Shared) -> Response:
    _found(centre, name)
    try:
        centre.staff.accounts.close(employee, name)
    except StaffError as error:
        return see_other(request, f"{_LIST}/{name}", str(error), "bad")
    return see_other(request, f"{_LIST}/{name}", "账号已停用，所有登录已退出。")


@router.post("/{name}/reopen")
def reopen(request: Request, name: _Name, employee: _Giver, centre: Shared) -> Response:
    _found(centre, name)
    return _invitation(request, centre.staff.accounts.reopen(employee, name), "账号已恢复。")


def _found(centre: Centre, name: str) -> Account:
    try:
        return centre.staff.accounts.get(name)
    except NoSuchAccount as error:
        raise Problem(404, str(error), "请从账号列表进入。") from None


def _form(request: Request, told: dict[str, Any], errors: dict[str, str], changed: str | None) -> Response:
    return page(
        request,
        "staff/form.html",
        status=422 if errors else 200,
        told={"name": "", "called": "", "department": "", "roles": ()} | told,
        errors={"name": "", "called": "", "roles": "", "": ""} | errors,
        options=[(role.value, TITLES[role], _MEANING[role]) for role in Role],
        changed=changed,
    )


def _at_field(error: StaffError) -> dict[str, str]:
    match error:
        case BadName() | NameTaken():
            return {"name": str(error)}
        case BadRoles():
            return {"roles": str(error)}
        case _:
            return {"": str(error)}


def _invitation(request: Request, made: Invitation, said: str) -> Response:
    link = str(request.base_url.replace(path=f"/console/set-up/{made.token}", query=""))
    qr = Markup(second_factor.qr_svg(link))  # noqa: S704 - drawn by segno, from our own text
    return page(request, "staff/invitation.html", made=made, link=link, qr=qr, said=said)


def _order(one: Account, key: str) -> tuple[Any, ...]:
    by = {
        "name": one.employee.name,
        "department": one.employee.department or "",
        "last": one.last_sign_in or 0.0,
    }
    return by.get(key, one.employee.id), one.employee.id
