"""Guides to the services, for everybody: made of the same items as the terminals' screens and the printed guides."""

import threading
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final

import jinja2
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from central.centre import Shared
from central.console.icons import icon
from central.console.static_files import asset
from central.console.wording import CHINA
from central.editions import guides
from central.editions.guides import Words
from central.editions.model import Item
from central.editions.printed import pdf
from central.editions.vocabulary import LANGUAGES, Audience, Language
from central.problems import Problem, later
from central.staff.access import public

PREFIX: Final = "/guides"
_NAMES: Final[dict[Language, str]] = {"zh-Hans": "简体中文", "zh-Hant": "繁體中文", "en": "English"}
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_PATIENCE: Final = 5.0
"""Seconds."""
router = APIRouter(
    prefix=PREFIX, include_in_schema=False, default_response_class=HTMLResponse, dependencies=[Depends(public)]
)


@router.get("")
def anywhere(request: Request) -> Response:
    language = _preferred(request.headers.get("Accept-Language", ""))
    return RedirectResponse(f"{PREFIX}/{language}", 302, {"Vary": "Accept-Language"})


@router.get("/{language}")
def every(
    language: Language,
    centre: Shared,
    q: Annotated[str, Query(max_length=100)] = "",
    audience: Annotated[Audience | None, Query(alias="for")] = None,
) -> Response:
    """By the order of the tiles; ``q`` is a word or the initials of one."""
    items = _items(centre)
    present = [name for name in guides.audiences() if any(name in item.audience for item in items)]
    chosen = [item for item in guides.found(items, q) if audience is None or audience in item.audience]
    return _page("list.html", language, "", items=chosen, q=q, audience=audience, audiences=present)


@router.get("/{language}/{code}")
def one(language: Language, code: str, centre: Shared) -> Response:
    item = _item(centre, code)
    text = guides.guide(item, language)
    return _page("guide.html", language, f"/{code}", guide=text, edition=centre.catalogue.number)


@router.get("/{language}/{code}/pdf")
def printed(language: Language, code: str, centre: Shared, request: Request) -> Response:
    item = _item(centre, code)
    address = str(request.url).removesuffix("/pdf")
    today = datetime.fromtimestamp(centre.now(), UTC).astimezone(CHINA).date().isoformat()
    content = _printed(item.model_dump_json(), language, centre.catalogue.number, today, address)
    headers = {"Content-Disposition": f'inline; filename="{code}.{language}.pdf"'}
    return Response(content, headers=headers, media_type="application/pdf")


@lru_cache(256)
def _printed(item: str, language: Language, edition: int, day: str, address: str) -> bytes:
    """Setting a page takes a core for a third of a second: whoever asks for many must leave the others their turn."""
    day_printed = datetime.fromisoformat(day).date()
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise later(503, "Many guides are being printed now.", _PATIENCE)
    try:
        return pdf(Item.model_validate_json(item), language, edition=edition, day=day_printed, address=address)
    finally:
        _AT_ONCE.release()


def _items(centre: Shared) -> list[Item]:
    centre.catalogue.look()
    return centre.catalogue.open_items()


def _item(centre: Shared, code: str) -> Item:
    found = next((item for item in _items(centre) if item.code == code), None)
    if found is None:
        raise Problem(404, "没有这份指南。", "Look at all guides: /guides.")
    return found


def _preferred(header: str) -> Language:
    """The first that is there of what a browser asks for."""
    for part in header.split(","):
        tag = part.partition(";")[0].strip().lower()
        if tag.startswith("en"):
            return "en"
        if tag.startswith("zh"):
            return "zh-Hant" if any(mark in tag for mark in ("hant", "-hk", "-mo", "-tw")) else "zh-Hans"
    return "zh-Hans"


def _page(template: str, language: Language, rest: str, **values: Any) -> Response:
    others = [(name, f"{PREFIX}/{other}{rest}", other) for other, name in _NAMES.items()]
    text = _TEMPLATES.get_template(f"guides/{template}").render(
        say=Words(language), language=language, languages=others, prefix=f"{PREFIX}/{language}", **values
    )
    return HTMLResponse(text, headers={"Cache-Control": "public, max-age=60", "Content-Language": language})


def _environment() -> jinja2.Environment:
    folder = Path(__file__).parents[1] / "templates"
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    known: dict[str, Any] = made.globals
    known.update(asset=asset, icon=icon, LANGUAGES=LANGUAGES)
    return made


_TEMPLATES: Final = _environment()
