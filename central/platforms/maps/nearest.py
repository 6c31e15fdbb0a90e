"""Which hall or terminal is the nearest that can do something now. Pure."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from central.desk import CHINA
from central.platforms.maps.contract import Site

_EARTH: Final = 6_371_000.0
"""Metres."""

Hindrance = Literal["closed", "device", "out_of_order", "silent"]


@dataclass(frozen=True)
class Point:
    """Degrees (WGS 84)."""

    latitude: float
    longitude: float


@dataclass(frozen=True)
class Heard:
    """What a terminal said last."""

    serving: bool
    silent: bool
    """Not heard of when it should have been."""
    broken: frozenset[str] = frozenset()
    """Classes of devices that do not work now."""


@dataclass(frozen=True)
class Found:
    site: Site
    metres: float
    hindrance: Hindrance | None
    """``None``: it can."""
    heard: bool
    """Whether that is what the terminal says, and not what it was set up with alone."""


def nearest(
    sites: Sequence[Site],
    heard: Mapping[str, Heard],
    here: Point,
    needed: Collection[str],
    now: float,
    limit: int,
) -> tuple[Found, ...]:
    """Those that can first, then by distance. A hall needs no devices: people are there."""
    found = [
        Found(site, distance(here, site), hindrance(site, heard.get(site.code), needed, now), site.code in heard)
        for site in sites
    ]
    return tuple(sorted(found, key=lambda one: (one.hindrance is not None, one.metres))[:limit])


def hindrance(site: Site, heard: Heard | None, needed: Collection[str], now: float) -> Hindrance | None:
    if not is_open(site, now):
        return "closed"
    if site.kind == "hall":
        return None
    if heard and heard.silent:
        return "silent"
    if heard and not heard.serving:
        return "out_of_order"
    missing = set(needed) - site.devices | (set(needed) & heard.broken if heard else set[str]())
    return "device" if missing else None


def is_open(site: Site, now: float) -> bool:
    moment = datetime.fromtimestamp(now, CHINA)
    first, end = site.hours[moment.weekday()]
    return first <= moment.hour * 60 + moment.minute < end


def distance(here: Point, site: Site) -> float:
    """Metres as the crow flies (haversine)."""
    north, east = math.radians(site.latitude - here.latitude), math.radians(site.longitude - here.longitude)
    across = math.cos(math.radians(here.latitude)) * math.cos(math.radians(site.latitude))
    half = math.sin(north / 2) ** 2 + across * math.sin(east / 2) ** 2
    return 2 * _EARTH * math.asin(math.sqrt(min(1.0, half)))
