"""Where a queue and what belongs to it lie, and how they are opened: as the settings say, or all beside one file.

Imports nothing of the devices: commands that only need the queue start at once.
"""
# ruff: noqa: PLC0415 - nor what is only needed to send

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from offline_queue.contract import Outcome, Quota
from offline_queue.hashing import Suite
from offline_queue.keys import PlacedKeys, choose_keys
from offline_queue.store import SqliteQueue

if TYPE_CHECKING:
    from kiosk.settings import Settings
    from offline_queue.credentials import CredentialStore

DEFAULT_TERMINAL: Final = "GD4401001"
WIDE: Final = Quota(count=10_000_000, size=1 << 40, age=10 * 365 * 86400.0)


Tell = Callable[[Sequence[Outcome]], None]


class _TellingQueue(SqliteQueue):
    tell: Tell | None = None

    def settle(self, outcomes: Sequence[Outcome], *, now: float) -> None:
        super().settle(outcomes, now=now)
        if self.tell:
            self.tell(outcomes)


@dataclass(frozen=True)
class QueuePlace:
    file: Path
    key: Literal["auto", "file", "tpm"]
    key_file: Path
    identity: Path
    """Folder of the terminal's own key and certificate."""
    terminal: str
    suite: Suite = "standard"
    quota: Quota = field(default_factory=Quota)

    @classmethod
    def set_in(cls, settings: "Settings") -> "QueuePlace":
        queue = settings.queue
        return cls(
            queue.file,
            queue.key,
            queue.key_file,
            settings.central.identity,
            settings.terminal.id,
            queue.profile,
            queue.quota,
        )

    @classmethod
    def beside(cls, file: Path, terminal: str) -> "QueuePlace":
        """Key in ``FILE.key``, identity in ``FILE.identity``; the disk's floor alone limits what it takes."""
        key_file, identity = (file.with_name(f"{file.name}.{kind}") for kind in ("key", "identity"))
        return cls(file, "auto", key_file, identity, terminal, quota=WIDE)

    def open(self, tell: Tell | None = None) -> SqliteQueue:
        """Does no I/O on the queue file yet. ``tell`` is called with outcomes once they are durable."""
        keys = choose_keys(self.key_file, self.key)
        queue = _TellingQueue(self.file, keys, self.terminal, suite=self.suite, quota=self.quota)
        queue.tell = tell
        return queue

    def credentials(self) -> "CredentialStore":
        """Sealed under a key of their own, for that of the queue changes. Raises ``QueueUnavailable``, ``OSError``."""
        from offline_queue.credentials import CredentialStore

        return CredentialStore(self.identity, self.identity_keys().create(), self.terminal, self.suite)

    def identity_keys(self) -> PlacedKeys:
        return choose_keys(self.identity / "identity.key", self.key)
