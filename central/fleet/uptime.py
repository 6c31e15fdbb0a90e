"""How much of a time a terminal was of use. Time in which it was not heard of counts as down. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from central.fleet.health import SERVING, Standing
from central.storage.fleet.states import SpanRow, StateRow


@dataclass(frozen=True)
class Uptime:
    seconds: float
    """That are counted: since the terminal was first heard of, if that was later than the time asked for."""
    by_standing: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def share(self) -> float | None:
        """0 to 1; ``None`` when there is no time to speak of."""
        if self.seconds <= 0:
            return None
        return min(1.0, sum(self.by_standing.get(one, 0.0) for one in SERVING) / self.seconds)


def open_span(state: StateRow) -> SpanRow:
    """The one that goes on, as far as the terminal was heard."""
    return SpanRow(state.terminal, state.span_from, state.heard_at, state.standing)


def uptime(spans: Iterable[SpanRow], first_at: float, since: float, until: float) -> Uptime:
    """``spans`` of one terminal do not overlap."""
    start = max(since, first_at)
    totals: defaultdict[str, float] = defaultdict(float)
    for span in spans:
        totals[span.standing] += max(0.0, min(until, span.until_at) - max(start, span.from_at))
    return _whole(totals, max(0.0, until - start))


def summed(totals: Mapping[str, float], state: StateRow, since: float, until: float) -> Uptime:
    """``totals`` by standing of the spans that ended, in that time; the one that goes on is added."""
    start = max(since, state.first_at)
    going_on = max(0.0, min(until, state.heard_at) - max(start, state.span_from))
    return _whole({**totals, state.standing: totals.get(state.standing, 0.0) + going_on}, max(0.0, until - start))


def _whole(totals: Mapping[str, float], seconds: float) -> Uptime:
    """What is in no span was silence."""
    told = {standing: spent for standing, spent in totals.items() if spent > 0}
    return Uptime(seconds, {**told, Standing.SILENT: max(0.0, seconds - sum(told.values()))})


def together(parts: Iterable[Uptime]) -> Uptime:
    """Of a hall: all its terminals' time."""
    parts = list(parts)
    names = {name for part in parts for name in part.by_standing}
    sums = {name: sum(part.by_standing.get(name, 0.0) for part in parts) for name in names}
    return Uptime(sum(part.seconds for part in parts), sums)
