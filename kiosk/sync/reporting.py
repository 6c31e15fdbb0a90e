"""This terminal as part of a fleet: reports how it is, takes what it is told, and has what it should have."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from kiosk.sync.commands import Act, Desk, Done, line
from kiosk.sync.condition import Condition, Figures
from kiosk.sync.fleet_client import Commands, FleetClient, Orders
from kiosk.sync.prompt import Prompt
from offline_queue.retry import FailureKind
from offline_queue.transport import TransportFailed

log = logging.getLogger(__name__)


class Configuring(Protocol):
    @property
    def applied(self) -> int:
        """The version of the centre's settings in use; 0: none."""
        ...

    def apply(self, version: int, settings: Mapping[str, str]) -> str:
        """From the next start of the program on. Why not, for operators; empty when it was done."""
        ...


class Reporting:
    """Used by the thread of the sync process, but for :meth:`took`."""

    def __init__(
        self,
        condition: Condition,
        client: FleetClient,
        desk: Desk,
        configuring: Configuring,
        restart: Callable[[], None],
        stop: threading.Event,
    ) -> None:
        """``restart`` has the program begin anew with its new settings, this process too."""
        self._condition = condition
        self._client = client
        self._desk = desk
        self._configuring = configuring
        self._restart = restart
        self._came: deque[Commands] = deque()
        self._wake: Callable[[], None] = _nothing
        self._prompt = Prompt(client, self.took, stop)
        self._wanted = 0
        self._refused = 0
        self._reason = ""
        self._announced: set[str] = set()
        """Results a heartbeat was made for: once each, whether the centre takes them or not."""

    def serve(self, wake: Callable[[], None], acts: Mapping[str, Act]) -> None:
        """``wake`` is called from any thread when there is something to do; ``acts`` are those of the sync process."""
        self._wake = wake
        self._desk.learn({**acts, "reconfigure": self._reconfigure})

    def beat(self, figures: Figures) -> Orders:
        """Raises ``TransportFailed``."""
        results = self._desk.untold()
        body = self._condition.heartbeat(figures)
        told = {"applied": self._configuring.applied, "refused": self._refused, "reason": line(self._reason)}
        try:
            orders = self._client.heartbeat({**body, "configuration": told, "results": results})
        except TransportFailed as error:
            self._prompt.forbid()
            if error.failure.kind is FailureKind.REJECTED:
                self._desk.told(results)  # else one that it cannot read would keep all others from it
            raise
        self._desk.told(results)
        self._came.append(orders)
        self._wanted = orders.desired.configuration
        self._prompt.allow(orders.wait, max((one.id for one in orders.commands), default=""))
        return orders

    def took(self, commands: Commands) -> None:
        """From the thread that waits for them."""
        self._came.append(commands)
        self._wake()

    def work(self) -> bool:
        """Do what may be done now. Whether there is something to tell at once."""
        try:
            while self._came:
                self._desk.take(self._came.popleft())
            self._desk.work(self._is_idle)
        except OSError as error:
            log.error("sync: no command is begun: %s", error)
            return False
        if self._has_another_wish and self._is_idle():
            self._configure(self._wanted)
        ended = {result["id"] for result in self._desk.untold() if result["state"] != "accepted"}
        news, self._announced = ended - self._announced, ended
        return bool(news)

    def _reconfigure(self, arguments: Mapping[str, str]) -> Done:
        version = int(arguments["version"])
        if version != self._wanted:
            return Done("refused", f"the centre wants version {self._wanted}")
        if version != self._configuring.applied:
            self._configure(version)
        return Done("refused", self._reason) if self._refused == version else Done("done")

    @property
    def in_waiting(self) -> bool:
        """Whether something is to be done as soon as nobody is there."""
        return self._desk.anything_to_do or self._has_another_wish

    @property
    def _has_another_wish(self) -> bool:
        return self._wanted not in (0, self._configuring.applied, self._refused)

    def _is_idle(self) -> bool:
        return self._condition.session() == "idle"

    def _configure(self, version: int) -> None:
        try:
            settings = self._client.settings(version)
        except TransportFailed as error:
            log.warning("sync: the settings of the centre could not be fetched: %s", error)
            return
        reason = self._configuring.apply(version, settings)
        if reason:
            log.error("sync: the settings of the centre, version %d, are not taken: %s", version, reason)
            self._refused, self._reason = version, reason
            return
        log.info("sync: settings of the centre, version %d", version)
        self._restart()


def _nothing() -> None:
    """Nobody is woken before the process has begun."""
