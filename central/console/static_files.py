"""Style and script of the console: named by what they hold, so that browsers may keep them for ever."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Path as InPath

from central.problems import Problem
from central.staff.access import public

PREFIX: Final = "/console/static"
_FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
router = APIRouter(prefix=PREFIX, include_in_schema=False)


@dataclass(frozen=True)
class _Static:
    name: str
    """With the first letters of its hash before the ending."""
    content: bytes
    media_type: str


def _load(path: Path) -> _Static:
    content = path.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:12]
    return _Static(f"{path.stem}.{mark}{path.suffix}", content, _TYPES[path.suffix])


_BY_FILE: Final[Mapping[str, _Static]] = {
    path.name: _load(path) for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES
}
_BY_NAME: Final = {one.name: one for one in _BY_FILE.values()}


def asset(file: str) -> str:
    """The address of a file in ``static/``. Raises ``KeyError``."""
    return f"{PREFIX}/{_BY_FILE[file].name}"


@router.get("/{name}", dependencies=[Depends(public)])
def static(name: Annotated[str, InPath(max_length=100)]) -> Response:
    found = _BY_NAME.get(name)
    if found is None:
        raise Problem(404, "没有这个文件。", "Reload the page that names it.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, headers=headers, media_type=found.media_type)
