"""What every answer below a page's address carries, and how problems look to people."""

from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from central.console import frame
from central.problems import SHOWN, Problem, as_problem, failure, problem

PAGES: Final = ("/console", "/pay", "/phone", "/guides")
"""Below these addresses people look at pages."""
LARGEST: Final = 8 << 20
"""Bytes of a form with its files."""
_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex",
}
_FAILED: Final = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>平台出错了</title>
<h1>平台出错了</h1><p>刚才的操作可能没有完成，请返回上一页核对。错误已经记录，运维人员可以查到。</p>
<p><a href="/console">回到首页</a></p>
"""
_ZERO: Final = b"%00"
_ONLY_TLS: Final = ("Strict-Transport-Security", "max-age=31536000")

_WORDS: Final[Mapping[int, tuple[str, str]]] = {
    404: ("没有这个页面。", "请检查地址，或者从菜单进入。"),
    405: ("这个地址不能这样使用。", "请从菜单进入。"),
    413: ("提交的内容太大，没有保存。", "请减小文件后重新提交。"),
    422: ("提交的内容不完整或者格式不对，没有保存。", "请返回上一页，改正后重新提交。"),
    503: ("数据库暂时不可用，刚才的操作没有保存。", "请稍后再试；如果持续出现，请联系运维人员。"),
}
_OTHERWISE: Final = ("请求无法处理，没有保存任何内容。", "请返回上一页重试。")


def is_page(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in PAGES)


def install(app: FastAPI) -> None:
    """After :func:`central.problems.install`."""
    for kind in SHOWN:
        app.add_exception_handler(kind, _shown)
    app.add_middleware(Shield)


def failed(path: str) -> Response:
    """What a route's failure looks like; made of nothing that could fail again."""
    return HTMLResponse(_FAILED, 500) if is_page(path) else failure()


class Shield:
    """Headers on pages and all that belongs to them; no form larger than :data:`LARGEST`, and no zero bytes: nobody
    types them, and PostgreSQL keeps them in no text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_page(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def guard(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(MutableHeaders(scope=message), scope["scheme"])
            await send(message)

        if "\x00" in scope["path"] or _ZERO in scope["query_string"]:
            answer = await _shown(Request(scope), HTTPException(404))
            await answer(scope, receive, guard)
        else:
            await self._app(scope, _looked_at(receive, Headers(scope=scope)), guard)


def _add(headers: MutableHeaders, scheme: str) -> None:
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    headers.setdefault("Cache-Control", "no-store")
    if scheme == "https":
        headers.setdefault(*_ONLY_TLS)


def _looked_at(receive: Receive, headers: Headers) -> Receive:
    is_text = not headers.get("Content-Type", "").startswith("multipart/")  # of files, which may hold any byte
    come, end = 0, b""

    async def look() -> Message:
        nonlocal come, end
        message = await receive()
        body: bytes = message.get("body", b"")
        come += len(body)
        if come > LARGEST:
            raise HTTPException(413)
        if is_text and _ZERO in end + body:
            raise HTTPException(422)
        end = body[1 - len(_ZERO) :]
        return message

    return look


async def _shown(request: Request, error: Exception) -> Response:
    """To people as a page, to programs as problem+json."""
    found = as_problem(error)
    if not is_page(request.url.path):
        return problem(found.status, found.detail, found.remedy, found.headers, found.kind)
    if found.kind == "sign-in":
        return frame.to_sign_in(request)
    response = frame.page(request, "problem.html", status=found.status, problem=_in_words(found, error))
    response.headers.update(found.headers)
    return response


def _in_words(found: Problem, error: Exception) -> Problem:
    """Problems that pages raise speak Chinese; those of the machinery are told here."""
    if isinstance(error, Problem):
        return found
    return Problem(found.status, *_WORDS.get(found.status, _OTHERWISE))
