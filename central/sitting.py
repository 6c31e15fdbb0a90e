"""One batch of a terminal: what is known of it before, what it adds, and what an operator should know. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from central.numbers import Place
from central.storage.matters import Mark, StoredMatter
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
        self, terminal: str, number: int, now: float, known: Mapping[str, StoredMatter], around: Iterable[Mark]
    ) -> None:
        self.terminal = terminal
        self.number = number
        """Of the batch."""
        self.now = now
        self.known = known
        """Matters stored before, by id."""
        self.new: dict[str, New] = {}
        """By id, in the order they came."""
        self.notices: list[Notice] = []
        self.held: set[str] = set()
        """Cases of which a matter must wait, and so must those after it."""
        self._stars: dict[str, int] = {}
        self._marks: dict[Place, list[Mark]] = {}
        for mark in around:
            self._mark(mark)

    def add(self, new: New) -> None:
        matter = new.matter
        mark = Mark(matter.id, matter.epoch, matter.seq, matter.digest, matter.previous)
        if self._marks.get(matter.place):
            self.notice("sequence_reused", matter.id, matter.digest, matter.place)
        elif not self._fits(mark):
            self.notice("chain_broken", matter.id, matter.digest, matter.place)
        self.new[matter.id] = new
        self._mark(mark)

    def matters(self, numbers: Mapping[str, str]) -> list[StoredMatter]:
        """What is new, with its number and the stars it was given in the same batch."""
        return [
            replace(new.matter, number=numbers.get(one), stars=self._stars.get(one)) for one, new in self.new.items()
        ]

    def filed(self) -> list[str]:
        """Ids of what is new and needs a number."""
        return [one for one, new in self.new.items() if new.matter.state == "filed"]

    def at(self, place: Place) -> Mark | None:
        """The matter that stands there; the last, should there be several."""
        marks = self._marks.get(place)
        return marks[-1] if marks else None

    def is_rated(self, mark: Mark) -> bool:
        return mark.stars is not None or mark.id in self._stars

    def rate(self, mark: Mark, stars: int) -> None:
        self._stars[mark.id] = stars

    def rated_before(self) -> dict[str, int]:
        """Stars for matters that were stored before this batch, by id."""
        return {one: stars for one, stars in self._stars.items() if one not in self.new}

    def notice(self, kind: NoticeKind, matter_id: str, digest: str, place: Place, detail: str = "") -> None:
        self.notices.append(Notice(self.terminal, kind, matter_id, digest, *place, self.now, detail))

    def _mark(self, mark: Mark) -> None:
        self._marks.setdefault((mark.epoch, mark.seq), []).append(mark)

    def _fits(self, mark: Mark) -> bool:
        """Whether it names the one before it, and the one after it names it, as far as they are here."""
        before = self._marks.get((mark.epoch, mark.seq - 1), ())
        after = self._marks.get((mark.epoch, mark.seq + 1), ())
        names_it = not before or mark.previous in (one.digest for one in before)
        is_named = not after or mark.digest in (one.previous for one in after)
        return names_it and is_named
