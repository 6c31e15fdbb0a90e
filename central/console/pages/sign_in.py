"""In and out."""

import math
from typing import Annotated, Final

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from central.centre import Shared
from central.console import frame
from central.console.frame import HOME, SIGN_IN, page, see_other
from central.console.wording import span
from central.staff.access import Employee, Role, public, signed_in, staff
from central.staff.audit import audit
from central.staff.errors import NotLetIn
from central.staff.signing_in import Attempt

_LONGEST: Final = 500
_Text = Annotated[str, Form(max_length=_LONGEST)]
router = frame.pages("")


@router.get("/", dependencies=[Depends(public)])
def root() -> RedirectResponse:
    return RedirectResponse(HOME, 303)


@router.get(SIGN_IN, dependencies=[Depends(public)])
def ask(request: Request, wanted: Annotated[str, Query(alias="next", max_length=_LONGEST)] = "") -> Response:
    return page(request, "sign_in.html", wanted=wanted, name="", wrong="")


@router.post(SIGN_IN, dependencies=[Depends(public), Depends(frame.open_form)])
def enter(
    request: Request,
    centre: Shared,
    name: _Text = "",
    password: _Text = "",
    code: _Text = "",
    wanted: Annotated[str, Form(alias="next", max_length=_LONGEST)] = "",
) -> Response:
    client = request.client.host if request.client else ""
    attempt = Attempt(name, password, code, client, request.headers.get("User-Agent", ""))
    try:
        token = centre.staff.door.sign_in(attempt)
    except NotLetIn as error:
        return _refused(request, error, name, wanted)
    response = RedirectResponse(wanted if frame.is_inside(wanted) else HOME, 303)
    frame.set_session(request, response, token)
    return response


def _refused(request: Request, error: NotLetIn, name: str, wanted: str) -> Response:
    wait = math.ceil(error.wait)
    wrong = f"{error} 尝试次数太多，请在 {span(wait)}后再试。" if wait else str(error)
    response = page(request, "sign_in.html", status=429 if wait else 401, wanted=wanted, name=name, wrong=wrong)
    if wait:
        response.headers["Retry-After"] = str(wait)
    return response


@router.post("/console/sign-out")
def leave(request: Request, employee: Annotated[Employee, Depends(staff(*Role))], centre: Shared) -> Response:
    here = signed_in(request)
    with centre.storage.transaction() as transaction:
        if here:
            transaction.staff.end_session(here.token_hash)
        audit(transaction, employee, "account.sign_out", employee.id, now=centre.now())
    response = see_other(request, SIGN_IN)
    frame.end_session(request, response)
    return response
