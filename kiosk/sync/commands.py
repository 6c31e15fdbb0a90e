"""The centre's commands on this terminal: taken once, done when nobody is disturbed, and told how they ended."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kiosk.sync.fleet_client import Command, Commands
from kiosk.sync.ledger import End, Entry, Ledger

DISTURBING: Final = frozenset({"restart", "out_of_service", "reconfigure", "update"})
"""These wait until nobody is at the terminal."""
_UNTOLD: Final = "the program ended in the middle of it"


@dataclass(frozen=True)
class Done:
    """``detail`` is for operators and holds nothing of a person."""

    state: End
    detail: str = ""
    artefact: str = ""
    """Digest of what was uploaded for it."""


UNSUPPORTED: Final = Done("unsupported", "this terminal has no means for it")


Act = Callable[[Mapping[str, str]], Done]
"""Does it now, with the command's arguments. Raises nothing."""


@dataclass(frozen=True)
class _Waiting:
    command: Command
    until: float
    """By this machine's clock that never goes back."""


class Desk:
    """Used by one thread."""

    def __init__(self, ledger: Ledger, acts: Mapping[str, Act], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ledger = ledger
        self._acts = dict(acts)
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}
        self._untold: dict[str, dict[str, Any]] = {}

    def learn(self, acts: Mapping[str, Act]) -> None:
        """To do these as well."""
        self._acts |= acts

    def take(self, orders: Commands) -> None:
        """What came, again or for the first time. Raises ``OSError``."""
        for command in orders.commands:
            known = self._ledger.find(command.id)
            if known is not None:
                self._tell(self._concluded(known))
            elif command.id not in self._waiting:
                self._waiting[command.id] = _Waiting(command, self._clock() + command.expires - orders.time)
                self._untold[command.id] = {"id": command.id, "state": "accepted"}

    def work(self, is_idle: Callable[[], bool]) -> None:
        """Whatever may be done now, the oldest first. Raises ``OSError``: what cannot be written down is not begun."""
        for command_id in sorted(self._waiting):
            waiting = self._waiting[command_id]
            command = waiting.command
            if self._clock() >= waiting.until:
                self._end(command, Done("expired"))
            elif command.kind not in self._acts:
                self._end(command, UNSUPPORTED)
            elif command.kind not in DISTURBING or is_idle():
                self._ledger.write(Entry(id=command.id, kind=command.kind, state="begun"))
                self._end(command, self._acts[command.kind](command.arguments))

    @property
    def anything_to_do(self) -> bool:
        return bool(self._waiting)

    def untold(self) -> list[dict[str, Any]]:
        """Results for the next heartbeat."""
        return list(self._untold.values())

    def told(self, results: Iterable[Mapping[str, Any]]) -> None:
        """The centre has them."""
        for result in results:
            if self._untold.get(result["id"]) == result:
                del self._untold[result["id"]]

    def _concluded(self, entry: Entry) -> Entry:
        """One that was begun before this process was: a restart has come about, of others nobody knows."""
        if entry.state != "begun":
            return entry
        done = Done("done") if entry.kind == "restart" else Done("failed", _UNTOLD)
        ended = Entry(id=entry.id, kind=entry.kind, state=done.state, detail=done.detail)
        self._ledger.write(ended)
        return ended

    def _end(self, command: Command, done: Done) -> None:
        entry = Entry(id=command.id, kind=command.kind, **vars(done))
        self._ledger.write(entry)
        del self._waiting[command.id]
        self._tell(entry)

    def _tell(self, entry: Entry) -> None:
        result = {"id": entry.id, "state": entry.state, "detail": entry.detail[:200], "artefact": entry.artefact}
        self._untold[entry.id] = result
