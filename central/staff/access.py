"""Who may call a route: declared at the route by one of these dependencies, or by ``Signed`` for terminals.

A route without any is refused by ``tests/central/test_access.py``; the table for people is ``docs/access.md``.
"""

import hmac
from typing import Final

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.models import Dependant
from starlette.datastructures import UploadFile

from central.centre import Shared
from central.problems import Problem
from central.signed import Signed
from central.staff.roles import TITLES, Employee, Role
from central.staff.sessions import SignedIn

__all__ = ["Employee", "Role", "link_holder", "public", "scraper", "staff"]

COOKIE: Final = "staff"
SECURE_COOKIE: Final = "__Host-staff"
FIELD: Final = "csrf"
"""Of every form; without a form the header ``X-CSRF-Token``."""
_READING: Final = frozenset({"GET", "HEAD"})


async def public() -> None:
    """Anybody: nothing is told that anybody may not know, and what is changed is proved in another way."""


async def link_holder() -> None:
    """Whoever holds the unguessable link; the route looks it up."""


async def scraper(request: Request, centre: Shared) -> None:
    """Whoever sends the token that lies in the centre's folder, as ``Authorization: Bearer``."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(sent.strip().encode(), centre.watch.token.encode()):
        raise Problem(
            401,
            "The metrics are for whoever has their token.",
            "Send Authorization: Bearer with what metrics.token in the centre's folder holds.",
            kind="metrics-token",
            headers={"WWW-Authenticate": "Bearer"},
        )


class Staff:
    """A dependency; see :func:`staff`."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    async def __call__(self, request: Request, centre: Shared) -> Employee:
        found = await run_in_threadpool(centre.staff.sessions.find, token_of(request))
        if found is None:
            raise Problem(
                401, "请先登录：您还没有登录，或者登录已经过期。", "Sign in at /console/sign-in.", kind="sign-in"
            )
        request.state.signed_in = found
        if not found.employee.may(*self.roles):
            raise _forbidden(self.roles)
        if request.method not in _READING:
            await check_csrf(request, found.csrf)
        return found.employee


def staff(*roles: Role) -> Staff:
    """A dependency that lets in whoever is signed in and holds one of these roles, and gives the :class:`Employee`.

    What changes something carries the form field of :data:`FIELD`. Raises :class:`Problem` 401, 403; pages turn the
    first into the way to sign in.
    """
    if not roles:
        raise ValueError("name the roles")
    return Staff(frozenset(roles))


def signed_in(request: Request) -> SignedIn | None:
    """Who was let in by :func:`staff` on this request."""
    return getattr(request.state, "signed_in", None)


def token_of(request: Request) -> str:
    return request.cookies.get(cookie_name(request), "")


def cookie_name(request: Request) -> str:
    """Over TLS, one that no neighbouring host can set."""
    return SECURE_COOKIE if request.url.scheme == "https" else COOKIE


async def check_csrf(request: Request, expected: str) -> None:
    """Raise :class:`Problem` 403 unless the form came from a page of ours."""
    sent = request.headers.get("X-CSRF-Token") or (await request.form()).get(FIELD, "")
    if isinstance(sent, UploadFile) or not hmac.compare_digest(sent.encode(), expected.encode()):
        await request.close()  # of the files that came along
        raise Problem(
            403,
            "这张表单不是从本页面提交的，或者已经过期。没有保存任何内容。",
            "请返回上一页，刷新后重新填写。",
            kind="csrf",
        )


def who_may(dependant: Dependant) -> str:
    """As ``docs/access.md`` writes it: ``public``, ``link``, ``metrics``, ``terminal`` or roles; empty when nothing is
    declared."""
    found = dict.fromkeys(filter(None, (_declared(one.call) for one in _all(dependant))))
    return " & ".join(found)


def _declared(call: object) -> str:
    if isinstance(call, Staff):
        return ", ".join(role for role in Role if role in call.roles)
    if isinstance(call, Signed):
        return "terminal"
    return {public: "public", link_holder: "link", scraper: "metrics"}.get(call, "")  # type: ignore[arg-type]


def _all(dependant: Dependant) -> list[Dependant]:
    return [one for child in dependant.dependencies for one in (child, *_all(child))]


def _forbidden(roles: frozenset[Role]) -> Problem:
    needed = "、".join(TITLES[role] for role in Role if role in roles)
    return Problem(403, f"这里只对{needed}开放，您的账号没有这个角色。", "如工作需要，请联系账号管理员。", kind="role")
