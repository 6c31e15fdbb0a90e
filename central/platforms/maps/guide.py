"""The centre's side of the map: sites of the platform, beside what the fleet's heartbeats say of their terminals."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from central.fleet.health import SERVING, Standing
from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer
from central.platforms.maps.contract import Map, Site
from central.platforms.maps.nearest import Found, Heard, Point, distance, nearest
from central.storage.database import Storage
from central.storage.fleet.states import StateRow

_NEAR: Final = 100
"""Sites by distance of which the fleet is asked."""
_WORKING: Final = frozenset({"online", "busy", "starting", "degraded"})
_SERVING: Final = frozenset(str(one) for one in SERVING)


@dataclass(frozen=True, repr=False)
class Guide:
    """Raises :class:`central.problems.Problem`, ``StorageUnavailable``."""

    desk: Desk[Map]
    storage: Storage
    now: Callable[[], float]

    def sites(self) -> Sequence[Site]:
        sites = self.desk.put(lambda map_: map_.sites())
        if any(abs(one.latitude) > 90 or abs(one.longitude) > 180 for one in sites):
            raise as_problem(self.desk.name, WrongAnswer())
        return sites

    def nearest(self, here: Point, needed: Collection[str], limit: int) -> tuple[Found, ...]:
        near = sorted(self.sites(), key=lambda site: distance(here, site))[:_NEAR]
        now = self.now()
        with self.storage.reading() as transaction:
            rows = transaction.fleet.states.of([site.code for site in near if site.kind == "terminal"])
        return nearest(near, {row.terminal: _heard(row, now) for row in rows}, here, needed, now, limit)


def _heard(row: StateRow, now: float) -> Heard:
    told = json.loads(row.document).get("devices", [])
    broken = frozenset(str(one["name"]) for one in told if one["state"] not in _WORKING)
    silent = row.standing == Standing.SILENT or now > row.silent_after
    return Heard(row.standing in _SERVING, silent, broken)
