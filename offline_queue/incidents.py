"""What befell a queue file, and when it has to begin a new epoch so that no number is used twice. Pure, but for
:func:`this_machine`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast

IncidentKind = Literal["damaged", "missing", "restored", "cloned"]

_MACHINE: Final = {"board": Path("/sys/class/dmi/id/product_uuid"), "system": Path("/etc/machine-id")}


@dataclass(frozen=True)
class Incident:
    kind: IncidentKind
    """``restored``: older than what was here before; ``cloned``: from another machine."""
    noticed: float
    """Seconds since 1970, by the terminal's clock."""
    epoch: int
    """The one that began with it."""
    file: str = ""
    """Name of the file that was set aside, in the queue's folder."""
    saved: int = 0
    """Matters."""
    lost: int = 0
    detail: str = ""


def this_machine() -> dict[str, str]:
    """What tells this machine from others, as far as this user may read it."""
    found: dict[str, str] = {}
    for name, path in _MACHINE.items():
        try:
            found[name] = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
    return found


def origin(remembered: int, epoch: int, machine: str, here: Mapping[str, str]) -> IncidentKind | None:
    """What to think of a file in ``epoch`` that notes ``machine``, in a place that remembers an epoch, on this machine.

    Another machine's: where a part is known of both, it differs.
    """
    there = _parts(machine)
    if any(there[name] != here[name] for name in there.keys() & here.keys()):
        return "cloned"
    return "restored" if remembered > epoch else None


def together(noted: str, here: Mapping[str, str]) -> str:
    """The machine to note from now on: one user may read a part of it that another may not."""
    return json.dumps({**_parts(noted), **here}, sort_keys=True)


def _parts(noted: str) -> dict[str, str]:
    try:
        return cast("dict[str, str]", json.loads(noted or "{}"))
    except ValueError:
        return {}
