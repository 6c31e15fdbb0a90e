"""What every page has in common: template, menu, form field against forged requests, headers, messages, errors.

A page of the console is a route of ``pages("/console/...")`` that depends on ``staff(...)`` and ends with ``page`` or,
after a change, with ``see_other``. No script and no style stands in a page, so that the headers can forbid both.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, urlencode

import jinja2
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from central.centre import of
from central.console import charts, difference, navigation, wording
from central.console.icons import icon
from central.console.static_files import asset
from central.staff.access import FIELD, check_csrf, cookie_name, signed_in
from central.staff.roles import TITLES

SIGN_IN: Final = "/console/sign-in"
HOME: Final = "/console"
_FORM: Final = "form"
"""Cookie of whoever is not signed in: his forms are bound to it."""
_NOTICE: Final = "notice"
_NOTICE_SECONDS: Final = 60

Kind = Literal["good", "info", "wait", "bad"]


@dataclass(frozen=True)
class Notice:
    """What the next page says first."""

    kind: Kind
    text: str


def pages(prefix: str) -> APIRouter:
    """A router of pages: not part of the interface that ``/openapi.json`` describes."""
    return APIRouter(prefix=prefix, include_in_schema=False, default_response_class=HTMLResponse)


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """``template`` of ``templates/``; beside ``values`` it knows ``employee`` (None when nobody is signed in), ``now``,
    ``notice``, ``menu``, ``here`` and the function ``csrf``."""
    form = _form_of(request)
    notice = _taken(request, form)
    text = _TEMPLATES.get_template(template).render(**_common(request, form), notice=notice, **values)
    response = HTMLResponse(text, status)
    if signed_in(request) is None:
        _set_cookie(request, response, _FORM, form)
    if notice is not None:
        response.delete_cookie(_NOTICE)
    return response


def see_other(request: Request, to: str, said: str = "", kind: Kind = "good") -> Response:
    """After a change: the page ``to``, which says first what was done."""
    response = RedirectResponse(to, 303)
    if said:
        form = _form_of(request)
        _set_cookie(
            request, response, _NOTICE, _signed_notice(Notice(kind, said), _csrf(request, form)), _NOTICE_SECONDS
        )
        if signed_in(request) is None:
            _set_cookie(request, response, _FORM, form)
    return response


def to_sign_in(request: Request) -> Response:
    """And back from there, unless something was to be changed: that is not done by itself later."""
    if request.headers.get("HX-Request"):
        return Response(status_code=401, headers={"HX-Redirect": SIGN_IN})
    if request.method not in ("GET", "HEAD"):
        return see_other(request, SIGN_IN, "登录已过期，刚才的操作没有执行。请重新登录后再做一次。", "wait")
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(SIGN_IN if wanted == HOME else f"{SIGN_IN}?{urlencode({'next': wanted})}", 303)


def is_inside(path: str) -> bool:
    """Whether it leads to a page of the console and nowhere else."""
    return path == HOME or (path.startswith(f"{HOME}/") and not set(path) & set("\\\r\n\t") and "//" not in path)


async def open_form(request: Request) -> None:
    """A dependency of forms for whoever is not signed in. Raises :class:`central.problems.Problem` 403."""
    await check_csrf(request, _csrf_of_form(request.cookies.get(_FORM, "")))


# --- what the templates know ---------------------------------------------------------------------------------------


def _common(request: Request, form: str) -> dict[str, Any]:
    here = signed_in(request)
    employee = here.employee if here else None
    token = _csrf(request, form)
    field = Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)
    return {
        "employee": employee,
        "now": of(request.app).now(),
        "menu": navigation.menu(employee, request.app.state.paths) if employee else [],
        "here": navigation.current(request.url.path),
        "csrf": lambda: field,
        "csrf_token": token,
    }


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = made.globals
    known.update(asset=asset, icon=icon, charts=charts, difference=difference, ago=wording.ago, role_titles=TITLES)
    for write in (
        wording.when, wording.day, wording.clock, wording.span, wording.number, wording.percent, wording.size
    ):  # fmt: skip
        made.filters[write.__name__] = write
    made.filters["path"] = lambda text: quote(str(text), safe="")
    return made


_TEMPLATES: Final = _environment()


# --- forms and messages --------------------------------------------------------------------------------------------


def _form_of(request: Request) -> str:
    return request.cookies.get(_FORM) or secrets.token_urlsafe(32)


def _csrf(request: Request, form: str) -> str:
    here = signed_in(request)
    return here.csrf if here else _csrf_of_form(form)


def _csrf_of_form(form: str) -> str:
    """Never what a browser without the cookie would have to send."""
    return hashlib.sha256(f"kiosk-form-1\n{form or secrets.token_hex()}".encode()).hexdigest()


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    """Without ``seconds``, until the browser is closed."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict")


def set_session(request: Request, response: Response, token: str) -> None:
    """Until the browser is closed, or the centre ends it."""
    _set_cookie(request, response, cookie_name(request), token)


def end_session(request: Request, response: Response) -> None:
    secure = request.url.scheme == "https"
    response.delete_cookie(cookie_name(request), path="/", secure=secure, httponly=True, samesite="strict")


def _signed_notice(notice: Notice, key: str) -> str:
    told = base64.urlsafe_b64encode(json.dumps(asdict(notice)).encode()).decode()
    return f"{told}.{_mark(told, key)}"


def _taken(request: Request, form: str) -> Notice | None:
    """None too for one that another page, or somebody else, has written into the cookie."""
    told, _, mark = request.cookies.get(_NOTICE, "").partition(".")
    if not told or not hmac.compare_digest(mark.encode(), _mark(told, _csrf(request, form)).encode()):
        return None
    return Notice(**json.loads(base64.urlsafe_b64decode(told)))


def _mark(told: str, key: str) -> str:
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).hexdigest()
