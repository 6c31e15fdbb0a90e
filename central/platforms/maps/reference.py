"""The map of the synthetic province."""

from collections.abc import Sequence
from dataclasses import replace

from central.platforms.faults import Line
from central.platforms.maps.contract import Site
from central.province.records import Place
from central.province.register import Register


class ReferenceMap:
    def __init__(self, line: Line, register: Register) -> None:
        self._line = line
        self._register = register

    def sites(self) -> Sequence[Site]:
        return self._line.ask(lambda: tuple(map(_site, self._register.places())), _elsewhere)


def _site(place: Place) -> Site:
    return Site(
        place.code, place.kind, place.title, place.region, place.address,
        place.latitude, place.longitude, place.hours, frozenset(place.devices),
    )  # fmt: skip


def _elsewhere(sites: Sequence[Site]) -> Sequence[Site]:
    """A wrong answer: off the globe."""
    return tuple(replace(one, latitude=one.latitude + 90) for one in sites)
