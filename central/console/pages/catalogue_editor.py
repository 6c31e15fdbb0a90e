"""The item editor: a form drawn from the schema, with how it will look at the terminal beside it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from central.centre import Centre, Shared
from central.console import frame
from central.console.frame import page, see_other
from central.editions import editing
from central.editions.check import BadItem, check_data
from central.editions.differences import label
from central.editions.errors import EditionError
from central.editions.guides import Words
from central.editions.translations import untranslated
from central.editions.vocabulary import LANGUAGES, Language
from central.problems import Problem
from central.staff.access import Employee, Role, staff

_HOME: Final = "/console/catalogue"
_EDIT: Final = f"{_HOME}/edit"
_FIELDS: Final = 5000
_BLANK: Final[Mapping[str, Any]] = {
    "region": "440000",
    "steps": ["consent", "identify", "verify_person", "form", "confirm", "submit", "output", "farewell", "rate"],
}
_Authority = Annotated[Employee, Depends(staff(Role.AUTHORITY))]
router = frame.pages(_HOME)


@router.get("/new")
def new(request: Request, _employee: _Authority) -> Response:
    return _form(request, dict(_BLANK), is_new=True, quiet=True)


@router.get("/items/{code}/edit")
def edit(
    request: Request, _employee: _Authority, code: Annotated[str, Path(max_length=64)], centre: Shared
) -> Response:
    centre.catalogue.look()
    item = centre.catalogue.newest().by_code.get(code)
    if item is None:
        raise Problem(404, "现行目录里没有这个事项。", "请从事项目录进入。")
    return _form(request, item.as_data())


@router.post("/edit")
async def sent(request: Request, employee: _Authority, centre: Shared) -> Response:
    """One of its buttons: an entry more or less, a look, or the proposal."""
    told = await _told(request)
    action = _last(told, "do")
    data = editing.changed(editing.read(told), action)
    is_new = bool(_last(told, "is_new"))
    if action == "propose":
        return await _propose(request, employee, centre, data, _last(told, "note"), is_new=is_new)
    return _form(
        request, data, note=_last(told, "note"), is_new=is_new, language=_language(told), quiet=action != "check"
    )


@router.post("/preview")
async def preview(request: Request, _employee: _Authority) -> Response:
    """The part of the page beside the form, while it is being filled in."""
    told = await _told(request)
    return page(request, "catalogue/preview.html", **_shown(editing.read(told), _language(told)))


async def _propose(
    request: Request, employee: Employee, centre: Centre, data: dict[str, Any], note: str, *, is_new: bool
) -> Response:
    await run_in_threadpool(centre.catalogue.look)
    if is_new and data.get("code") in centre.catalogue.newest().by_code:
        return _form(
            request, data, note=note, is_new=True, refused="已经有这个代码的事项。请换一个代码，或者去修改原来的事项。"
        )
    try:
        number = await run_in_threadpool(centre.press.propose, employee, data, note.strip())
    except BadItem:
        return _form(request, data, note=note, is_new=is_new)
    except EditionError as error:
        return _form(request, data, note=note, is_new=is_new, refused=error.chinese)
    return see_other(request, f"{_HOME}/proposals/{number}", "已提出，等待另一位业务主管审核。")


def _form(
    request: Request,
    data: dict[str, Any],
    *,
    note: str = "",
    is_new: bool = False,
    language: Language = "zh-Hans",
    refused: str = "",
    quiet: bool = False,
) -> Response:
    """``quiet``: what is missing is not told yet."""
    flaws = () if quiet else check_data({**data, "version": 1}).flaws
    nodes, rest = editing.form(data, flaws)
    return page(
        request, "catalogue/edit.html", status=422 if flaws or refused else 200, nodes=nodes, rest=rest, flaws=flaws,
        label=label, note=note, is_new=is_new, refused=refused, code=data.get("code", ""), **_shown(data, language),
    )  # fmt: skip


def _shown(data: dict[str, Any], language: Language) -> dict[str, Any]:
    checked = check_data({**data, "version": 1})
    doubts = list(untranslated(checked.item)) if checked.item else []
    return {
        "shown": checked.item, "say": Words(language), "language": language, "doubts": doubts,
        "flaw_count": len(checked.flaws),
    }  # fmt: skip


async def _told(request: Request) -> dict[str, list[str]]:
    form = await request.form(max_fields=_FIELDS, max_files=0)
    told: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if not isinstance(value, UploadFile):
            told.setdefault(name, []).append(value)
    return told


def _last(told: Mapping[str, Sequence[str]], name: str) -> str:
    return told[name][-1] if told.get(name) else ""


def _language(told: Mapping[str, Sequence[str]]) -> Language:
    asked = _last(told, "preview_language")
    known: dict[str, Language] = {one: one for one in LANGUAGES}
    return known.get(asked, "zh-Hans")
