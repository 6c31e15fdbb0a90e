"""One terminal's data folder as the library keeps it."""

import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from kiosk.bootstrap.queue import QueuePlace
from offline_queue.contract import NewMatter, Quota
from offline_queue.store import SqliteQueue

NAME: Final = "GD440100"
CANARY: Final = "金丝雀证件样本"
CANARY_NUMBER: Final = "11010519491231002X"
SECRETS: Final = (CANARY, CANARY_NUMBER)
PAGE: Final = CANARY.encode() * 4000
"""Of an attachment: more than one segment."""
QUOTA: Final = Quota(free=0, age=math.inf)
"""Room enough, on a full disk and after a leap of the clock too."""


def place(folder: Path, name: str = NAME) -> QueuePlace:
    return QueuePlace(folder / "queue.db", "file", folder / "queue.key", folder / "identity", name, quota=QUOTA)


@contextmanager
def open_queue(folder: Path, name: str = NAME) -> Generator[SqliteQueue]:
    """As at the start of a service: looked through, and what a crash left half tidied."""
    queue = place(folder, name).open()
    try:
        queue.file.check()
        queue.attachments.tidy(now=time.time())
        yield queue
    finally:
        queue.close()


def identity(number: int) -> str:
    """A UUIDv7 that is the same in every run."""
    return f"01890000-0000-7000-8000-{number:012x}"


def matter(number: int, **changes: Any) -> NewMatter:
    person = {"card_type": "resident", "name": CANARY, "number": CANARY_NUMBER, "birth": "1949-12-31"}
    payload = {"person": person, "verified_by": "face", "answers": {"period": "all", "purpose": "loan"}}
    return replace(NewMatter(identity(number), "social-insurance-proof", 1, payload, ("notice-1",)), **changes)
