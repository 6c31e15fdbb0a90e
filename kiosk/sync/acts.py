"""What this terminal can do of what the centre may ask. What is not here is answered ``unsupported``."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kiosk.bus.connection import BusError, request
from kiosk.bus.messages import Ok, Stop
from kiosk.sync.commands import UNSUPPORTED, Done

log = logging.getLogger(__name__)

SECONDS: Final = 5.0
CHILDREN: Final = ("vision", "ui")
"""Processes that end when they are asked to, and are started again by the supervisor."""


class RestartApp:
    def __init__(self, run_dir: Path, children: Sequence[str] = CHILDREN) -> None:
        self._run_dir = run_dir
        self._children = children

    def __call__(self, arguments: Mapping[str, str]) -> Done:
        if arguments.get("what") != "app":
            return UNSUPPORTED
        return restarted(self._run_dir, self._children)


def restarted(run_dir: Path, children: Sequence[str] = CHILDREN) -> Done:
    """Each is asked to end; whoever does not answer is killed by the supervisor, which pings it."""
    deaf = [name for name in children if not _asked(run_dir / f"{name}.sock")]
    if deaf:
        return Done("failed", f"no answer from {', '.join(deaf)}")
    return Done("done", f"{', '.join(children)} started again")


def _asked(socket: Path) -> bool:
    try:
        return isinstance(request(socket, Stop(), SECONDS), Ok)
    except BusError as error:
        log.warning("sync: %s", error)
        return False
