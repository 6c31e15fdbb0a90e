"""Which work orders there should be: one a fault and terminal, one a silent terminal, one a region that is silent
altogether. Pure.

A hundred terminals that fall silent together are one line or one power cut, and one order; and a centre that was away
itself calls nobody silent before they had the time to report.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from central.fleet.health import WITHIN, Fault, Severity
from central.fleet.places import NOWHERE, Place
from central.fleet.wire import Who
from central.storage.fleet.orders import NewOrder, OrderRow, open_key

FAULT: Final = "fault"
SILENCE: Final = "silence"
HELP: Final = "help"

LASTING: Final = 120.0
"""Seconds a fault lasts before somebody is sent: paper is changed in less."""
SILENT: Final = 600.0
TOGETHER: Final = 5
"""So many silent terminals of one region, or more, may be one cause,"""
PART: Final = 0.5
"""if they are at least this part of it."""
CLEARED: Final = "cleared"
"""Reason of an order that closed itself."""
SYSTEM: Final = "central"
"""Who closes those."""


@dataclass(frozen=True)
class Heard:
    """What is known of one terminal. Times are seconds since 1970."""

    terminal: str
    silent_after: float
    faults: tuple[tuple[Fault, float], ...] = ()
    """Each with the time since which it is there."""


@dataclass(frozen=True)
class Changes:
    opened: tuple[NewOrder, ...] = ()
    closed: tuple[int, ...] = ()
    """By number: what they are about is over."""


def plan(
    fleet: Sequence[Heard],
    places: Mapping[str, Place],
    orders: Iterable[OrderRow],
    dismissed: Mapping[str, float],
    now: float,
    listening_since: float,
) -> Changes:
    """``orders`` are the open ones; ``dismissed`` says when a person last closed one, by its key: nobody is sent again
    for the same; ``listening_since`` is the time since which the centre itself was there without a break."""
    silent = [one for one in fleet if now - max(one.silent_after, listening_since) >= SILENT]
    began = _began(fleet)
    wanted = {one.open_key: one for one in [*_faults(fleet, now), *_silences(fleet, silent, places, now)]}
    mine = {order.open_key: order for order in orders if order.source in (FAULT, SILENCE)}
    new = [one for key, one in wanted.items() if key not in mine and dismissed.get(key, -inf) < began.get(key, inf)]
    unheard = {one.terminal for one in fleet if one.silent_after < now}
    over = [order.number for key, order in mine.items() if key not in wanted and _may_close(order, unheard, silent)]
    return Changes(tuple(new), tuple(over))


def help_order(terminal: str, call: str, now: float) -> NewOrder:
    return NewOrder(terminal, HELP, call, "staff", "high", now, now + WITHIN["staff", "high"])


def _faults(fleet: Iterable[Heard], now: float) -> list[NewOrder]:
    return [
        _order(heard.terminal, FAULT, fault.subject, fault.who, fault.severity, now)
        for heard in fleet
        for fault, since in heard.faults
        if now - since >= LASTING
    ]


def _silences(
    fleet: Sequence[Heard], silent: Sequence[Heard], places: Mapping[str, Place], now: float
) -> list[NewOrder]:
    sizes: defaultdict[str, int] = defaultdict(int)
    by_region: defaultdict[str, list[str]] = defaultdict(list)
    for one in fleet:
        sizes[places.get(one.terminal, NOWHERE).region] += 1
    for one in silent:
        by_region[places.get(one.terminal, NOWHERE).region].append(one.terminal)
    orders: list[NewOrder] = []
    for region, names in by_region.items():
        if len(names) >= max(TOGETHER, PART * sizes[region]):
            orders.append(_order("", SILENCE, f"region {region}".rstrip(), "technician", "high", now))
        else:
            orders += [_order(name, SILENCE, "terminal", "technician", "high", now) for name in sorted(names)]
    return orders


def _order(terminal: str, source: str, subject: str, who: Who, severity: Severity, now: float) -> NewOrder:
    return NewOrder(terminal, source, subject, who, severity, now, now + WITHIN[who, severity])


def _began(fleet: Iterable[Heard]) -> dict[str, float]:
    """Since when what an order is about is so, by its key."""
    began = {open_key(one.terminal, SILENCE, "terminal"): one.silent_after for one in fleet}
    return began | {open_key(one.terminal, FAULT, fault.subject): since for one in fleet for fault, since in one.faults}


def _may_close(order: OrderRow, unheard: Collection[str], silent: Collection[Heard]) -> bool:
    """What is wrong with a terminal that does not speak stays as it was last heard."""
    if order.source == FAULT:
        return order.terminal not in unheard
    return order.terminal not in {one.terminal for one in silent}
