"""Which items are offered at this time, on a machine whose clock may be wrong. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime

from kiosk.catalogue.items import Catalogue, ServiceItem


def certain_time(
    catalogue: Catalogue, wall: float, *, is_synchronised: bool, skew: float | None = None
) -> datetime | None:
    """The centre's time as far as this machine can know it; ``None`` when it cannot.

    ``wall`` is seconds since 1970, ``skew`` by how many of them it is ahead of the centre's, once the centre was asked.
    With a clock that nothing keeps, what is certain is that it is not before the catalogue was made.
    """
    if skew is not None:
        return datetime.fromtimestamp(wall - skew, UTC)
    return datetime.fromtimestamp(wall, UTC) if is_synchronised else catalogue.made_at


def is_open(item: ServiceItem, now: datetime | None) -> bool:
    """Nobody who knows no time begins what has a beginning; what has an end goes on until that is known to be past: the
    centre has the last word on what is filed."""
    begun = item.starts_at is None or (now is not None and now >= item.starts_at)
    ended = item.ends_at is not None and now is not None and now >= item.ends_at
    return begun and not ended


def offered(catalogue: Catalogue, now: datetime | None, performs: Callable[[ServiceItem], bool]) -> Catalogue:
    """``performs`` tells what this program can do."""
    items = tuple(item for item in catalogue.items if is_open(item, now) and performs(item))
    return catalogue if items == catalogue.items else catalogue.model_copy(update={"items": items})
