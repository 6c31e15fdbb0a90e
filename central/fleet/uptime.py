"""How much of a time a terminal was of use. Time in which it was not heard of counts as down. Pure."""

from collections import Counter
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
    total: Counter[str] = Counter()
    for span in spans:
        if (seconds := min(until, span.until_at) - max(start, span.from_at)) > 0:
            total[span.standing] += seconds  # pyright: ignore[reportArgumentType] - a Counter counts floats as well
    whole = max(0.0, until - start)
    silent = max(0.0, whole - sum(total.values()))
    return Uptime(whole, {**total, Standing.SILENT: silent})


def together(parts: Iterable[Uptime]) -> Uptime:
    """Of a hall: all its terminals' time."""
    parts = list(parts)
    names = {name for part in parts for name in part.by_standing}
    sums = {name: sum(part.by_standing.get(name, 0.0) for part in parts) for name in names}
    return Uptime(sum(part.seconds for part in parts), sums)
