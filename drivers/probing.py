"""Finds out which driver serves what is plugged in, and writes the lines of ``kiosk.ini`` for it."""

import logging
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from drivers.discovery import Attachment, Finding
from drivers.errors import DriverError
from drivers.registry import FAMILIES, Driver

log = logging.getLogger(__name__)

ASK: Final = 4.0
"""Seconds for one driver's question at one port."""
AT_ONCE: Final = 8
"""Ports asked in parallel; each has its own cable."""
HARMLESS: Final = 1
"""The highest rank that is asked at a raw printing port: whatever comes after is printed there as text."""
_RAW_PRINTING: Final = re.compile(r"tcp://.*:910\d/?")


@dataclass(frozen=True)
class Candidate:
    """A driver and what it found."""

    driver: Driver
    finding: Finding


@dataclass(frozen=True)
class Probed:
    """What became of one attachment. The first of ``candidates`` is the likeliest and the only one if it is sure;
    ``trouble`` is why nothing could be asked, as "another program has it open"."""

    attachment: Attachment
    candidates: tuple[Candidate, ...] = ()
    trouble: str = ""

    @property
    def sure(self) -> bool:
        return any(candidate.finding.sure for candidate in self.candidates)


def _silent(_probed: Probed) -> None: ...


def probe(
    attachments: Sequence[Attachment],
    drivers: Iterable[Driver],
    timeout: float = 60.0,
    on_progress: Callable[[Probed], None] = _silent,
) -> tuple[Probed, ...]:
    """Ask every attachment, at most ``timeout`` seconds in all; the result has the order of ``attachments``.

    ``on_progress`` is called in the caller's thread, with each result as it comes.
    """
    deadline = monotonic() + timeout
    search = _Search(attachments, list(drivers), deadline)
    done: dict[Attachment, Probed] = {}
    while len(done) < len(search.wanted):
        try:
            probed = search.results.get(timeout=max(0.0, deadline - monotonic()))
        except queue.Empty:
            break
        done[probed.attachment] = probed
        on_progress(probed)
    return tuple(done.get(each) or Probed(each, trouble="no answer in time") for each in search.wanted)


class _Search:
    """Groups of attachments that share a cable wait in a queue; a few threads take one group after another.

    The threads are daemons and nobody waits for them: a driver that hangs must not hang the search.
    """

    def __init__(self, attachments: Sequence[Attachment], drivers: list[Driver], deadline: float) -> None:
        self.wanted = tuple(dict.fromkeys(attachments))
        self.results: queue.SimpleQueue[Probed] = queue.SimpleQueue()
        self._drivers = drivers
        self._deadline = deadline
        self._groups: queue.SimpleQueue[list[Attachment]] = queue.SimpleQueue()
        groups = _by_cable(self.wanted)
        for group in groups:
            self._groups.put(group)
        for _ in range(min(AT_ONCE, len(groups))):
            threading.Thread(target=self._work, name="probe", daemon=True).start()

    def _work(self) -> None:
        while monotonic() < self._deadline:
            try:
                group = self._groups.get_nowait()
            except queue.Empty:
                return
            self._ask(group)

    def _ask(self, group: Iterable[Attachment]) -> None:
        """What turns out to be a serial line or a camera is not asked again as the bare USB device it also is: that
        would take it away from the kernel's driver."""
        known = ""
        for attachment in sorted(group, key=lambda each: each.transport == "usb"):
            if known and attachment.transport == "usb":
                self.results.put(Probed(attachment, trouble=f"the same device as {known}"))
                continue
            probed = _probed(attachment, self._drivers, self._deadline)
            self.results.put(probed)
            known = attachment.port if probed.sure else known


def _by_cable(attachments: Iterable[Attachment]) -> list[list[Attachment]]:
    """One physical device may be listed as several: a USB device and the serial line or the camera it is."""
    groups: dict[str, list[Attachment]] = {}
    for each in attachments:
        groups.setdefault(each.location or each.port, []).append(each)
    return list(groups.values())


def _probed(attachment: Attachment, drivers: Iterable[Driver], deadline: float) -> Probed:
    found: list[Candidate] = []
    for driver in _askable(attachment, drivers):
        timeout = min(ASK, deadline - monotonic())
        if timeout <= 0:
            return Probed(attachment, tuple(found), "no time left to ask all drivers")
        try:
            finding = driver.probe.ask(attachment, timeout) if driver.probe else None
        except DriverError as error:
            return Probed(attachment, tuple(found), error.detail or str(error))
        except Exception as error:  # noqa: BLE001 - one driver's fault must not end the search
            log.error("%s in the probe of %s", type(error).__name__, driver.id)
            continue
        if finding and finding.sure:
            return Probed(attachment, (Candidate(driver, finding),))
        if finding:
            found.append(Candidate(driver, finding))
    return Probed(attachment, tuple(found))


def _askable(attachment: Attachment, drivers: Iterable[Driver]) -> Iterator[Driver]:
    """In the order of rank; drivers of one rank in the order of the registry."""
    highest = HARMLESS if _RAW_PRINTING.fullmatch(attachment.port) else 9
    ranked = sorted((driver.probe.rank, at, driver) for at, driver in enumerate(drivers) if driver.probe)
    for rank, _, driver in ranked:
        if driver.probe and attachment.transport in driver.probe.transports and rank <= highest:
            yield driver


# --- what to write into the settings ---------------------------------------------------------------------------------


def propose(probed: Iterable[Probed]) -> list[str]:
    """Lines of ``kiosk.ini``: a section for each device found, its evidence above it. What is a guess, or the second of
    its class, is commented out; what could not be asked or is known to nobody comes last, as comments."""
    results = sorted(probed, key=lambda each: (not each.sure, each.attachment.port))
    pairs = [(each, candidate) for each in results for candidate in each.candidates]
    pairs.sort(key=lambda pair: _place(pair[1].driver.kind))
    taken: set[str] = set()
    lines: list[str] = []
    for each, candidate in pairs:
        kind = candidate.driver.kind
        reason = f"a second {kind}" if kind in taken else "" if candidate.finding.sure else "a guess"
        lines += _section(each.attachment, candidate, reason)
        taken |= {kind} if not reason else set()
    return lines + [_remark(each) for each in results if not each.candidates]


def _place(kind: str) -> tuple[int, str]:
    return (FAMILIES.index(kind) if kind in FAMILIES else len(FAMILIES), kind)


def _section(attachment: Attachment, candidate: Candidate, reason: str) -> Iterator[str]:
    finding, mark = candidate.finding, "# " if reason else ""
    told = ", ".join(filter(None, (finding.model, attachment.description, finding.evidence)))
    yield f"# {_plain(told)}" + (f" ({reason})" if reason else "")
    yield f"{mark}[{candidate.driver.kind}]"
    settings = {"driver": candidate.driver.name, "port": finding.port, **finding.options}
    for key, value in settings.items():
        yield f"{mark}{key} = {_plain(value)}"
    yield ""


def _remark(probed: Probed) -> str:
    it = probed.attachment
    ids = "{:04x}:{:04x}".format(*it.ids) if it.ids else ""
    what = ", ".join(filter(None, (it.description, ids)))
    return (
        f"# {_plain(it.port)}{f' ({_plain(what)})' if what else ''}: {_plain(probed.trouble or 'no driver knows it')}"
    )


def _plain(text: str) -> str:
    """On one line: what a device says must not become settings of its own."""
    return "".join(each if each.isprintable() else " " for each in text).strip()
