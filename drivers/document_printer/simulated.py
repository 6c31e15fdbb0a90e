"""A simulated A4 printer: IPP over HTTP at a port of its own; its sheets fall into a folder."""

import math
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drivers.document_printer.mechanism import Mechanism
from drivers.document_printer.simulated_http import HUNG_UP, Answer, converse
from drivers.simulation.on_network import DeviceOnNetwork, Manner
from drivers.simulation.server import Connection

PATH: Final = "/ipp/print"
_PRINT_SECONDS: Final = 60.0
_NOISE: Final = random.Random(1).randbytes(48)  # noqa: S311 - noise, and the same one every time
_WEB_PAGE: Final = b"<!DOCTYPE html><title>Router</title><h1>Welcome</h1>"
_NEXT: Final = "next"


class SimulatedDocumentPrinter(DeviceOnNetwork):
    """``tray`` gets ``document-0001.pdf`` ... Verbs that take ``next`` strike while the next document is printing."""

    kind = "document_printer"

    def __init__(self, tray: Path, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(host, port)
        self._tray = tray
        self._mechanism = Mechanism(tray)
        self._hang_up_next = False

    @property
    def endpoint(self) -> str:
        return "ipp://{}:{}{}".format(*self._server.address, PATH)

    def start(self) -> None:
        self._tray.mkdir(parents=True, exist_ok=True)
        super().start()

    def state(self) -> Mapping[str, str]:
        with self._lock:
            seen = self._mechanism.status()
            fault = seen.fault if self._server.plugged else "document_printer.not_connected"
            return {"paper": seen.paper, "fault": fault, "documents": str(self._mechanism.printed)}

    # --- the cable ---------------------------------------------------------------------------------------------------

    def simulate_unplug(self, after: str = "") -> None:
        """Now, after so many bytes, or ``next``: when the next document was taken and before that is said."""
        if after == _NEXT:
            with self._lock:
                self._hang_up_next = True
        else:
            super().simulate_unplug(after)

    def simulate_wrong_model(self, _: str = "") -> None:
        """Something with a web page stands at the printer's address."""
        super().simulate_wrong_model()

    def simulate_busy(self, seconds: str = "") -> None:
        """Refuse every request with ``server-error-busy``."""
        self._mechanism.be_busy(float(seconds or math.inf))

    def simulate_refuse(self, _: str = "") -> None:
        """Refuse every request as not authorised."""
        self._mechanism.refuse()

    def simulate_heal(self, _: str = "") -> None:
        """Everything as new, unfinished jobs forgotten, and plugged in."""
        with self._lock:
            self._hang_up_next = False
        self._mechanism.heal()
        super().simulate_heal()

    # --- paper and toner ---------------------------------------------------------------------------------------------

    def simulate_jam(self, when: str = "") -> None:
        self._report("media-jam-error", when)

    def simulate_clear(self, _: str = "") -> None:
        """Staff pull the sheet out; the printer goes on with its job."""
        self._mechanism.take_back("media-jam-error")

    def simulate_paper_out(self, when: str = "") -> None:
        self._report("media-empty-error", when)

    def simulate_paper_low(self, _: str = "") -> None:
        self._report("media-low-warning")

    def simulate_refill(self, _: str = "") -> None:
        self._mechanism.take_back("media-empty-error", "media-low-warning")

    def simulate_toner_low(self, _: str = "") -> None:
        self._report("toner-low-warning")

    def simulate_toner_empty(self, when: str = "") -> None:
        self._report("toner-empty-error", when)

    def simulate_tray_full(self, when: str = "") -> None:
        self._report("output-area-full-error", when)

    def simulate_cover_open(self, when: str = "") -> None:
        self._report("cover-open-error", when)

    def simulate_cover_closed(self, _: str = "") -> None:
        self._mechanism.take_back("cover-open-error")

    def simulate_pause(self, when: str = "") -> None:
        self._report("paused", when)

    def simulate_resume(self, _: str = "") -> None:
        self._mechanism.take_back("paused")

    def simulate_reason(self, keyword: str = "") -> None:
        """Report any other printer-state-reason of IPP: ``marker-waste-full-error``."""
        if not keyword or " " in keyword:
            raise ValueError(f"{keyword!r} is no printer-state-reason")
        self._report(keyword)

    # --- jobs --------------------------------------------------------------------------------------------------------

    def simulate_print_time(self, seconds: str = "") -> None:
        """Let every document take so long."""
        self._mechanism.seconds = float(seconds or _PRINT_SECONDS)

    def simulate_abort(self, _: str = "") -> None:
        """The printer ends the next job in its middle."""
        self._mechanism.strike = "abort"

    def simulate_lose_job(self, _: str = "") -> None:
        """As CUPS does after a power cut: the next job ends as completed and nothing comes out."""
        self._mechanism.strike = "lose"

    def simulate_restart(self, _: str = "") -> None:
        """Off and on: all jobs are forgotten, and their numbers begin anew."""
        self._mechanism.restart()

    # --- the line ----------------------------------------------------------------------------------------------------

    def _report(self, reason: str, when: str = "") -> None:
        if when not in ("", _NEXT):
            raise ValueError(f"{when!r} is not {_NEXT!r}")
        self._mechanism.report(reason, at_once=not when)

    def _serve(self, connection: Connection) -> None:
        converse(connection, self._answer)

    def _answer(self, request: bytes) -> Answer:
        match self._considered():
            case Manner.SILENCE:
                return HUNG_UP
            case Manner.NOISE:
                return Answer(_NOISE)
            case Manner.FOREIGN:
                return Answer(_WEB_PAGE, "text/html")
            case Manner.ITS_OWN:
                return self._ipp(request)

    def _ipp(self, request: bytes) -> Answer:
        answer = self._mechanism.answer(request)
        with self._lock:
            if self._hang_up_next and self._mechanism.took_a_document:
                self._hang_up_next = False
                self._server.unplug()
                return HUNG_UP
        return Answer(answer)
