"""The fault catalogue: one row a fault, from the id a driver reports to what each kind of person must do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from drivers.errors import Who
from kiosk.catalogue.items import Language
from kiosk.text.catalogue import texts
from kiosk.text.chapters import READERS, rows


@dataclass(frozen=True)
class Scenario:
    """What to do to a simulated device: ``receipt_printer jam``, or with an argument ``id_card garbage 3``."""

    device: str
    verb: str
    argument: str = ""


@dataclass(frozen=True)
class Fault:
    """``id`` is ``device.cause``; ``scenario`` is ``None`` when nothing simulated produces it yet."""

    id: str
    who: Who
    scenario: Scenario | None

    @property
    def device(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Advice:
    """What happened in the citizen's words, and what staff and technicians do about it."""

    citizen: str
    staff: str
    technician: str


@cache
def faults() -> Mapping[str, Fault]:
    """All rows by id. Raises ``ValueError`` or ``KeyError`` for a wrong row."""
    return MappingProxyType({fault_id: _fault(fault_id, row) for fault_id, row in rows()})


def find(fault_id: str) -> Fault | None:
    """The row of one fault; ``None`` for an id that is in no row, and for the empty id of a device without fault."""
    return faults().get(fault_id)


def advice(fault: Fault, language: Language) -> Advice:
    text = texts(language)
    return Advice(*(text(f"faults.{fault.id}.{reader}") for reader in READERS))


def _fault(fault_id: str, row: Mapping[str, Any]) -> Fault:
    words = row["scenario"].split(maxsplit=1)
    scenario = Scenario(fault_id.partition(".")[0], *words) if words else None
    return Fault(fault_id, Who(row["who"]), scenario)
