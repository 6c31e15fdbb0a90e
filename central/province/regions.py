"""The geography the synthetic province lies in: cities and some of their districts."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("regions.toml")
_PROVINCE: Final = "广东省"


@dataclass(frozen=True)
class Region:
    code: str
    """Six digits (GB/T 2260)."""
    title: dict[str, str]
    latitude: float
    longitude: float
    city: str
    """Code of the city; its own for a city."""


@cache
def regions() -> dict[str, Region]:
    """By code, the cities first."""
    read = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {row[0]: _region(row) for table in ("city", "district") for row in read[table]}


@cache
def homes() -> tuple[Region, ...]:
    """Where people live: districts, and cities that are listed without any."""
    with_districts = {region.city for region in regions().values() if region.code != region.city}
    return tuple(region for region in regions().values() if region.code not in with_districts)


def written(code: str) -> str:
    """As an address begins: ``广东省佛山市顺德区``."""
    region = regions()[code]
    city = regions()[region.city].title["zh-Hans"]
    return _PROVINCE + city + (region.title["zh-Hans"] if region.code != region.city else "")


def _region(row: list[str | float]) -> Region:
    code, hans, hant, english, latitude, longitude = row
    title = {"zh-Hans": str(hans), "zh-Hant": str(hant), "en": str(english)}
    return Region(str(code), title, float(latitude), float(longitude), f"{str(code)[:4]}00")
