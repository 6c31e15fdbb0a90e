"""The support platforms: which connector serves each, and faults to rehearse on those that are the reference."""

from typing import Annotated, Final, Literal

from fastapi import Depends, Form, Path, Request, Response

from central.centre import Centre, Shared
from central.console import frame
from central.console.frame import page, see_other
from central.platforms.faults import Fault
from central.platforms.settings import REFERENCE
from central.problems import Problem
from central.staff.access import Employee, Role, staff
from central.staff.audit import audited

_PAGE: Final = "/console/platforms"
_TITLES: Final = {
    "identity": "可信身份认证",
    "licences": "可信证照库",
    "sharing": "数据共享",
    "payments": "非税支付",
    "help": "智能客服",
    "maps": "地理信息",
    "credit": "社会信用",
    "phones": "手机接力",
}
_SLOW: Final = 3.0
"""Seconds: within the time an answer is waited for, so that it is felt and nothing fails."""
_MINUTE: Final = 60.0
_Reader = Annotated[Employee, Depends(staff(Role.OPERATOR, Role.AUDITOR))]
_Operator = Annotated[Employee, Depends(staff(Role.OPERATOR))]
_Name = Annotated[str, Path(max_length=20)]
router = frame.pages(_PAGE)


@router.get("")
def platforms(request: Request, employee: _Reader, centre: Shared) -> Response:
    faults = centre.platforms.faults.all()
    rows = [
        {"name": name, "title": _TITLES[name], "choice": choice, "fault": faults.get(name)}
        for name, choice in centre.platforms.chosen.choices.items()
    ]
    return page(request, "platforms.html", rows=rows, may=employee.may(Role.OPERATOR), slow=_SLOW)


@router.post("/{name}/fault")
def rehearse(
    name: _Name,
    request: Request,
    employee: _Operator,
    centre: Shared,
    kind: Annotated[Literal["slow", "down", "wrong"], Form()],
    minutes: Annotated[int, Form(ge=1, le=240)],
) -> Response:
    _check(centre, name)
    fault = Fault(kind, _SLOW if kind == "slow" else 0.0, centre.now() + minutes * _MINUTE)
    with audited(centre.storage, employee, "platform.fault", name, f"{fault.written}, {minutes} min"):
        centre.platforms.faults.set(name, fault)
    return see_other(request, _PAGE, f"{_TITLES[name]}：故障演练开始，{minutes} 分钟后自动恢复。", "wait")


@router.post("/{name}/recovery")
def recover(name: _Name, request: Request, employee: _Operator, centre: Shared) -> Response:
    _check(centre, name)
    with audited(centre.storage, employee, "platform.clear", name):
        centre.platforms.faults.clear(name)
    return see_other(request, _PAGE, f"{_TITLES[name]}已恢复正常。")


def _check(centre: Centre, name: str) -> None:
    choice = centre.platforms.chosen.choices.get(name)
    if choice is None:
        raise Problem(404, "没有这个平台。", "请从列表中选择。")
    if choice.use != REFERENCE:
        raise Problem(409, "这是正式平台，不能在这里演练故障。", "请在演练环境中进行。")
