"""The pages that a citizen's phone opens: to play the payer, and to go on with what a terminal began."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, File, Path, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from central.centre import Centre, Shared
from central.desk import CHINA
from central.platforms.errors import Denied, NotFound
from central.platforms.pages import rendering
from central.platforms.payments.reference import ReferencePayments
from central.platforms.phones.contract import Brought
from central.platforms.phones.reference import LARGEST_PICTURE, ReferencePhones
from central.staff.access import link_holder, public

_COOKIE: Final = "phone"
_SECONDS: Final = 2
_STYLE: Final = {"Cache-Control": "public, max-age=3600"}
_ENDS: Final = {"paid": "good", "cancelled": "quiet", "reversed": "quiet"}
Token = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
holders = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(link_holder)]
)  # fmt: skip


@router.get("/pay/static/citizen.css", dependencies=[Depends(public)])
@router.get("/phone/static/citizen.css", dependencies=[Depends(public)])
def style() -> Response:
    return Response(rendering.style(), headers=_STYLE, media_type="text/css")


# --- the payer -------------------------------------------------------------------------------------------------------


@holders.get("/pay/{token}")
def pay_page(token: Token, request: Request, centre: Shared) -> Response:
    try:
        slip = _payments(centre).slip(token)
    except NotFound:
        return rendering.message(request, "gone", "bad", status=404)
    if tone := _ENDS.get(slip.state):
        return rendering.message(request, f"pay_{slip.state}", tone, code=slip.voucher if slip.state == "paid" else "")
    until = datetime.fromtimestamp(slip.expires_at, CHINA)
    amount = f"{slip.amount // 100:,}.{slip.amount % 100:02d}"
    return rendering.page(request, "pay.html", slip=slip, amount=amount, until=f"{until:%H:%M}", path=f"/pay/{token}")


@holders.post("/pay/{token}/pay")
def pay(token: Token, request: Request, centre: Shared) -> Response:
    return _decided(token, request, centre, pay=True)


@holders.post("/pay/{token}/refusal")
def refuse(token: Token, request: Request, centre: Shared) -> Response:
    return _decided(token, request, centre, pay=False)


def _decided(token: str, request: Request, centre: Centre, *, pay: bool) -> Response:
    try:
        _payments(centre).decide(token, pay=pay)
    except NotFound:
        return rendering.message(request, "gone", "bad", status=404)
    return RedirectResponse(f"/pay/{token}", 303)


def _payments(centre: Centre) -> ReferencePayments:
    """Raises ``NotFound`` when a real platform has pages of its own."""
    if centre.platforms.payer is None:
        raise NotFound
    return centre.platforms.payer


# --- the phone beside a terminal -------------------------------------------------------------------------------------


@holders.get("/phone/{token}")
def phone_page(token: Token, request: Request, centre: Shared) -> Response:
    return _phone_page(token, request, centre)


@holders.post("/phone/{token}/opening")
def open_here(token: Token, request: Request, centre: Shared) -> Response:
    try:
        cookie = _phones(centre).open(token)
    except (NotFound, Denied):  # the page says which
        return _back(token)
    response = _back(token)
    response.set_cookie(
        _COOKIE, cookie, max_age=600, path=f"/phone/{token}", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return response


@holders.post("/phone/{token}/agreement")
def agree(token: Token, request: Request, centre: Shared) -> Response:
    with suppress(NotFound, Denied):  # the page says which
        _phones(centre).agree(token, _cookie(request))
    return _back(token)


@holders.post("/phone/{token}/refusal")
def disagree(token: Token, request: Request, centre: Shared) -> Response:
    with suppress(NotFound, Denied):  # the page says which
        _phones(centre).refuse(token, _cookie(request))
    return _back(token)


@holders.post("/phone/{token}/answers")
async def answers(token: Token, request: Request, centre: Shared) -> Response:
    form = await request.form()
    told = {name: value[:2000] for name, value in form.items() if isinstance(value, str)}
    return await run_in_threadpool(_bring, token, request, centre, Brought(answers=told))


@holders.post("/phone/{token}/picture")
def picture(token: Token, request: Request, centre: Shared, picture: Annotated[UploadFile, File()]) -> Response:
    content = picture.file.read(LARGEST_PICTURE + 1)
    return _bring(token, request, centre, Brought(picture=content if len(content) <= LARGEST_PICTURE else b"?"))


@holders.post("/phone/{token}/document")
def document(token: Token, request: Request, centre: Shared) -> Response:
    try:
        content = _phones(centre).take(token, _cookie(request))
    except (NotFound, Denied):
        return _back(token)
    headers = {"Content-Disposition": 'attachment; filename="receipt.pdf"'}
    return Response(content, headers=headers, media_type="application/pdf")


def _bring(token: str, request: Request, centre: Centre, brought: Brought) -> Response:
    try:
        _phones(centre).bring(token, _cookie(request), brought)
    except Denied as error:
        return _phone_page(token, request, centre, problem="no_picture" if str(error) else "")
    except NotFound:
        return _back(token)
    return _back(token)


def _phone_page(token: str, request: Request, centre: Centre, problem: str = "") -> Response:
    try:
        view = _phones(centre).view(token, _cookie(request))
    except NotFound:
        return rendering.message(request, "gone", "bad", status=404)
    if view.offer is None:
        return rendering.message(request, "phone_ended", "quiet")
    if not view.mine:
        return rendering.message(request, "phone_other", "bad", status=409)
    if view.state == "done":
        return rendering.message(request, "phone_done", "good")
    language = rendering.language_of(request)
    said = rendering.say(problem, language) if problem else ""
    title = view.offer.title.get(language) or view.offer.title.get(rendering.DEFAULT, "")
    refresh = _SECONDS if view.state == "opened" else 0
    path = f"/phone/{token}"
    return rendering.page(request, "phone.html", refresh=refresh, view=view, title=title, problem=said, path=path)


def _phones(centre: Centre) -> ReferencePhones:
    """Raises ``NotFound`` when a real platform has pages of its own."""
    if centre.platforms.phone_pages is None:
        raise NotFound
    return centre.platforms.phone_pages


def _cookie(request: Request) -> str:
    return request.cookies.get(_COOKIE, "")


def _back(token: str) -> RedirectResponse:
    return RedirectResponse(f"/phone/{token}", 303)
