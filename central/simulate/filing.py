"""What a simulated terminal files, with the synthetic person of all simulations."""

import random
import time
from dataclasses import dataclass, field
from typing import Any, Final

from uuid6 import uuid7

from central.rules import INSURANCE_PROOF, RATING
from offline_queue import envelope as wire
from offline_queue.envelope import Created, Envelope

_BOOT: Final = "51111111-0000-4000-8000-000000000000"
_PERSON: Final = {
    "card_type": "resident",
    "name": "模拟样本",
    "number": "11010519491231002X",
    "birth": "1949-12-31",
    "address": "模拟省样本市" * 20,
}
"""The number is the example of GB 11643-1999, nobody's."""


@dataclass
class Book:
    """Of one terminal: numbers its matters and chains them."""

    terminal: str
    epoch: int
    _seq: int = 0
    _last: str = ""
    _unrated: Envelope | None = field(default=None, repr=False)

    def matter(self) -> Envelope:
        payload = {"person": _PERSON, "verified_by": "face", "answers": {"period": "all", "purpose": "loan"}}
        self._unrated = self._file(str(uuid7()), "", INSURANCE_PROOF, payload)
        return self._unrated

    def rating(self, chance: random.Random) -> Envelope | None:
        """Of the newest matter, of whose case it is; ``None`` when that has one."""
        rated, self._unrated = self._unrated, None
        if rated is None:
            return None
        payload = {"reference": rated.reference, "stars": chance.randint(3, 5)}
        return self._file(str(uuid7()), rated.case, RATING, payload)

    def _file(self, matter_id: str, case: str, item: str, payload: dict[str, Any]) -> Envelope:
        self._seq += 1
        envelope = Envelope(
            id=matter_id,
            terminal=self.terminal,
            epoch=self.epoch,
            seq=self._seq,
            reference=wire.reference(self.terminal, self.epoch, self._seq),
            case=case or matter_id,
            item=item,
            item_version=1,
            created=Created(time.time(), time.monotonic(), _BOOT, trusted=True),
            payload=payload,
            previous=self._last,
            consents=("social-insurance-proof-1",) if item == INSURANCE_PROOF else (),
        )
        self._last = wire.digest(envelope)
        return envelope
