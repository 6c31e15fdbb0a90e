"""Pages on a citizen's phone: three languages by what the browser asks for, no script, nothing from elsewhere."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

_HERE: Final = Path(__file__).parent
_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TRADITIONAL: Final = ("zh-hant", "zh-hk", "zh-mo", "zh-tw")
DEFAULT: Final = "zh-Hans"


def language_of(request: Request) -> str:
    """The first that the browser asks for and we speak."""
    for wanted in request.headers.get("Accept-Language", "").lower().split(","):
        tag = wanted.partition(";")[0].strip()
        if tag.startswith(_TRADITIONAL):
            return "zh-Hant"
        if tag.startswith("zh"):
            return DEFAULT
        if tag.startswith("en"):
            return "en"
    return DEFAULT


def say(name: str, language: str) -> str:
    return _texts()[name][language]


def page(request: Request, template: str, *, status: int = 200, refresh: int = 0, **values: Any) -> HTMLResponse:
    """``refresh``: seconds after which the page is asked for anew."""
    language = language_of(request)

    def told(name: str) -> str:
        return say(name, language)

    static = f"/{request.url.path.split('/')[1]}/static/"
    text = _TEMPLATES.get_template(template).render(
        language=language, say=told, static=static, refresh=refresh, **values
    )
    return HTMLResponse(text, status)


def message(request: Request, name: str, tone: str, *, code: str = "", status: int = 200) -> HTMLResponse:
    """The text ``name`` and below it what comes next."""
    language = language_of(request)
    title, text = say(name, language), say(f"{name}_next", language)
    return page(request, "message.html", status=status, title=title, text=text, tone=tone, code=code)


def style() -> bytes:
    return (_HERE / "static" / "citizen.css").read_bytes()


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((_HERE / "texts.toml").read_text(encoding="utf-8"))
