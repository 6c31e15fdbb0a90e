"""The map (地理信息公共平台)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from central.centre import Shared
from central.platforms.maps.contract import Site
from central.platforms.maps.nearest import Found, Hindrance, Point
from central.problems import Problem
from central.routes.platforms.shapes import Texts, problems
from central.signed import Caller, Signed

router = APIRouter(prefix="/v1/platforms/maps", tags=["maps"])
Latitude = Annotated[float, Query(ge=-90, le=90, description="degrees (WGS 84)")]
Longitude = Annotated[float, Query(ge=-180, le=180, description="degrees (WGS 84)")]


class SiteView(BaseModel):
    code: str
    kind: Literal["hall", "terminal"]
    title: Texts
    region: str
    address: str
    latitude: float
    longitude: float
    hours: list[tuple[int, int]]
    """Monday to Sunday, in minutes since midnight in China; equal ones: closed."""


class FoundView(BaseModel):
    site: SiteView
    metres: int
    can: bool
    hindrance: Hindrance | None
    heard: bool
    """Whether that is what the terminal says, and not what it was set up with alone."""


class Nearest(BaseModel):
    found: list[FoundView]


@router.get("/nearest", responses=problems(404, 422))
def nearest(
    caller: Annotated[Caller, Depends(Signed())],
    centre: Shared,
    latitude: Latitude | None = None,
    longitude: Longitude | None = None,
    item: Annotated[str, Query(pattern=r"^[a-z0-9-]{0,80}$")] = "",
    limit: Annotated[int, Query(ge=1, le=20)] = 5,
) -> Nearest:
    """Halls and terminals that can do ``item`` now, the nearest first; then those that cannot, and why not.

    Without a place it is the terminal's own, which is then left out.
    """
    needed = _needed(centre, item)
    if latitude is not None and longitude is not None:
        found = centre.platforms.maps.nearest(Point(latitude, longitude), needed, limit)
    else:
        here = _own(centre, caller.terminal)
        around = centre.platforms.maps.nearest(Point(here.latitude, here.longitude), needed, limit + 1)
        found = tuple(one for one in around if one.site.code != caller.terminal)[:limit]
    return Nearest(found=[_view(one) for one in found])


def _needed(centre: Shared, item: str) -> frozenset[str]:
    if not item:
        return frozenset()
    known = centre.catalogue.items().get(item)
    if known is None:
        raise Problem(404, "The catalogue has no such service.", "Fetch the catalogue anew.", kind="not-found")
    return frozenset(known.get("devices", ()))


def _own(centre: Shared, terminal: str) -> Site:
    for site in centre.platforms.maps.sites():
        if site.code == terminal:
            return site
    detail = "The map does not know where this terminal stands."
    raise Problem(404, detail, "Ask with latitude and longitude.", kind="not-on-map")


def _view(found: Found) -> FoundView:
    site = found.site
    view = SiteView(
        code=site.code, kind=site.kind, title=dict(site.title), region=site.region, address=site.address,
        latitude=site.latitude, longitude=site.longitude, hours=list(site.hours),
    )  # fmt: skip
    can = found.hindrance is None
    return FoundView(site=view, metres=round(found.metres), can=can, hindrance=found.hindrance, heard=found.heard)
