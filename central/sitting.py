"""One batch of a terminal: what is known of it before, what it adds, and what an operator should know. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from central.casework.supplements import Supplements
from central.numbers import Place
from central.storage.matters import StoredMatter
from central.storage.receipts import Notice, NoticeKind


@dataclass(frozen=True, repr=False)
class New:
    """A matter the centre speaks on for the first time."""

    matter: StoredMatter
    """Without its number as yet."""
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Open."""


class Sitting:
    def __init__(
        self, terminal: str, number: int, now: float, near: Iterable[StoredMatter], supplements: Supplements
    ) -> None:
        """``near``: what is stored with an id of the batch, or beside a place of it."""
        self.supplements = supplements
        self.terminal = terminal
        self.number = number
        """Of the batch."""
        self.now = now
        self.known: dict[str, StoredMatter] = {}
        """Matters stored before, by id."""
        self.new: dict[str, New] = {}
        """By id, in the order they came."""
        self.notices: list[Notice] = []
        self.settled: dict[int, int] = {}
        """How many there are now, of epochs in which it adds something."""
        self.held: set[str] = set()
        """Cases of which a matter must wait, and so must those after it."""
        self._stars: dict[str, int] = {}
        self._places: dict[Place, list[StoredMatter]] = {}
        for matter in near:
            self.known[matter.id] = matter
            self._stand(matter)

    def add(self, new: New) -> None:
        matter = new.matter
        if self._places.get(matter.place):
            self.notice("sequence_reused", matter.id, matter.digest, matter.place)
        elif not self._fits(matter):
            self.notice("chain_broken", matter.id, matter.digest, matter.place)
        self.new[matter.id] = new
        self._stand(matter)

    def matters(self, numbers: Mapping[str, str]) -> list[StoredMatter]:
        """What is new, with its number and the stars it was given in the same batch."""
        return [
            new.matter._replace(number=numbers.get(one), stars=self._stars.get(one)) for one, new in self.new.items()
        ]

    def filed(self) -> list[str]:
        """Ids of what is new and needs a number."""
        return [one for one, new in self.new.items() if new.matter.state == "filed"]

    def at(self, place: Place) -> StoredMatter | None:
        """The matter that stands there; the last, should there be several."""
        here = self._places.get(place)
        return here[-1] if here else None

    def is_rated(self, matter: StoredMatter) -> bool:
        return matter.stars is not None or matter.id in self._stars

    def rate(self, matter: StoredMatter, stars: int) -> None:
        self._stars[matter.id] = stars

    def rated(self) -> list[tuple[StoredMatter, int]]:
        """What this batch gave stars to, and how many."""
        all_here = self.known | {one: new.matter for one, new in self.new.items()}
        return [(all_here[one], stars) for one, stars in self._stars.items()]

    def rated_before(self) -> dict[str, int]:
        """Stars for matters that were stored before this batch, by id."""
        return {one: stars for one, stars in self._stars.items() if one not in self.new}

    def notice(self, kind: NoticeKind, matter_id: str, digest: str, place: Place, detail: str = "") -> None:
        self.notices.append(Notice(self.terminal, kind, matter_id, digest, *place, self.now, detail))

    def _stand(self, matter: StoredMatter) -> None:
        self._places.setdefault(matter.place, []).append(matter)

    def _fits(self, matter: StoredMatter) -> bool:
        """Whether it names the one before it, and the one after it names it, as far as they are here."""
        before = self._places.get((matter.epoch, matter.seq - 1), ())
        after = self._places.get((matter.epoch, matter.seq + 1), ())
        names_it = not before or matter.previous in (one.digest for one in before)
        is_named = not after or matter.digest in (one.previous for one in after)
        return names_it and is_named
