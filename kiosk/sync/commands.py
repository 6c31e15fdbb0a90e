"""The centre's commands on this terminal: taken once, done when nobody is disturbed, and told how they ended."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from kiosk.sync.fleet_client import Command, Commands
from kiosk.sync.ledger import End, Entry, Ledger

log = logging.getLogger(__name__)

DISTURBING: Final = frozenset({"restart", "out_of_service", "reconfigure", "update"})
"""These wait until nobody is at the terminal."""
MOST_TOLD: Final = 50
"""Results the centre takes with one heartbeat."""
_UNTOLD: Final = "the program ended in the middle of it"


@dataclass(frozen=True)
class Done:
    """``detail`` is for operators and holds nothing of a person."""

    state: End
    detail: str = ""
    artefact: str = ""
    """Digest of what was uploaded for it."""


UNSUPPORTED: Final = Done("unsupported", "this terminal has no means for it")


def line(text: str) -> str:
    """As the centre takes it: it reads no heartbeat with a longer one, or with other characters."""
    return "".join(one if one.isprintable() else " " for one in text)[:200]


Act = Callable[[Mapping[str, str]], Done]
"""Does it now, with the command's arguments, of which nobody has looked whether they are right."""


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
                self._end(command, self._done(command))

    @property
    def anything_to_do(self) -> bool:
        return bool(self._waiting)

    def untold(self) -> list[dict[str, Any]]:
        """Results for the next heartbeat: as many as it holds."""
        return list(islice(self._untold.values(), MOST_TOLD))

    def told(self, results: Iterable[Mapping[str, Any]]) -> None:
        """The centre has them."""
        for result in results:
            if self._untold.get(result["id"]) == result:
                del self._untold[result["id"]]

    def _done(self, command: Command) -> Done:
        try:
            return self._acts[command.kind](command.arguments)
        except Exception as error:  # noqa: BLE001 - arguments of any kind came over the line: the process goes on
            log.error("sync: command %s: %s", command.kind, type(error).__name__)
            return Done("failed", type(error).__name__)

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
        result = {"id": entry.id, "state": entry.state, "detail": line(entry.detail), "artefact": entry.artefact}
        self._untold[entry.id] = result
