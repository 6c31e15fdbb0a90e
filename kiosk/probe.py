"""What is plugged into this machine, and the settings for it: asked port by port, from nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from drivers.inventory import Inventory, all_sources
from drivers.probing import Probed, probe, propose
from drivers.registry import table
from kiosk.bootstrap.devices import CabinetClient
from kiosk.bus.connection import BusError
from kiosk.settings import Settings

USUAL_PORTS: Final = (9100, 631, 502, 3493, 80)
"""Of a machine in the network: receipt printer, document printer, signals board, power supply, network camera."""

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """``unseen``: what kinds of device could not be listed here, and why."""

    probed: Sequence[Probed]
    unseen: Mapping[str, str]

    def lines(self) -> list[str]:
        """For ``kiosk.ini``, with the evidence as comments."""
        return [*propose(self.probed), *(f"# {kind}: {reason}" for kind, reason in self.unseen.items())]

    def as_dicts(self) -> list[dict[str, Any]]:
        return [each for probed in self.probed for each in _as_dicts(probed)]


def search(settings: Settings, hosts: Iterable[str], timeout: float, tell: Progress) -> Found:
    """Ask everything that is plugged in, the simulated cabinet's devices if it runs, and ``hosts``."""
    inventory = Inventory(all_sources(neighbours=lambda: [*_cabinet(settings), *_addresses(hosts)]))
    attachments = inventory.scan()
    tell(f"{len(attachments)} ports to ask")
    drivers = [driver for each in table().values() for driver in each.values()]
    probed = probe(attachments, drivers, timeout, lambda each: tell(_progress(each)))
    return Found(probed, inventory.reasons)


def _cabinet(settings: Settings) -> Iterator[str]:
    """Where its cables end, and nothing of what is at the other end."""
    try:
        units = CabinetClient(settings.terminal.run_dir).units()
    except BusError:
        return
    yield from (unit.endpoint for unit in units if unit.kind in table())


def _addresses(hosts: Iterable[str]) -> Iterator[str]:
    for host in hosts:
        name, _, port = host.rpartition(":")
        yield from [f"tcp://{host}"] if name and port.isdecimal() else [f"tcp://{host}:{each}" for each in USUAL_PORTS]


def _progress(probed: Probed) -> str:
    names = " or ".join(candidate.driver.id for candidate in probed.candidates)
    return f"{probed.attachment.port}: {names or probed.trouble or 'no driver knows it'}"


def _as_dicts(probed: Probed) -> Iterator[dict[str, Any]]:
    it = probed.attachment
    plug = {"port": it.port, "transport": it.transport, "description": it.description, "location": it.location}
    if not probed.candidates:
        yield {**plug, "driver": "", "trouble": probed.trouble}
    for candidate in probed.candidates:
        found = candidate.finding
        settings = {"driver": candidate.driver.name, "port": found.port, **found.options}
        yield {
            **plug,
            "driver": candidate.driver.id,
            "sure": found.sure,
            "model": found.model,
            "evidence": found.evidence,
            "settings": settings,
        }
