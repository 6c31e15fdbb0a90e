"""Where the holder of a one-time link chooses password and second factor."""

from typing import Annotated, Final

from fastapi import Depends, Form, Path, Request, Response
from markupsafe import Markup

from central.centre import Shared
from central.console import frame
from central.console.frame import page
from central.staff import second_factor
from central.staff.access import link_holder
from central.staff.errors import LinkGone, StaffError, WrongCode

_Token = Annotated[str, Path(max_length=100)]
_Text = Annotated[str, Form(max_length=500)]
_ERRORS: Final = {"password": "", "again": "", "code": ""}
router = frame.pages("/console/set-up")


@router.get("/{token}", dependencies=[Depends(link_holder)])
def ask(request: Request, token: _Token, centre: Shared) -> Response:
    return _form(request, token, centre, {})


@router.post("/{token}", dependencies=[Depends(link_holder), Depends(frame.open_form)])
def set_up(
    request: Request, token: _Token, centre: Shared, password: _Text = "", again: _Text = "", code: _Text = ""
) -> Response:
    if password != again:
        return _form(request, token, centre, {"again": "两次输入的密码不一样。"})
    try:
        codes = centre.staff.accounts.set_up(token, password, code.replace(" ", ""))
    except LinkGone as error:
        return _gone(request, error)
    except StaffError as error:
        return _form(request, token, centre, {"code" if isinstance(error, WrongCode) else "password": str(error)})
    return page(request, "me/codes.html", codes=codes, onward=frame.SIGN_IN, onward_title="去登录")


def _form(request: Request, token: str, centre: Shared, errors: dict[str, str]) -> Response:
    try:
        account, secret = centre.staff.accounts.invited(token)
    except LinkGone as error:
        return _gone(request, error)
    name = account.employee.id
    return page(
        request,
        "set_up.html",
        status=422 if errors else 200,
        account=account,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        qr=Markup(second_factor.qr_svg(second_factor.uri(secret, name))),  # noqa: S704 - drawn by segno, from our own text
        errors=_ERRORS | errors,
    )


def _gone(request: Request, error: LinkGone) -> Response:
    return page(request, "set_up_gone.html", status=410, said=str(error))
