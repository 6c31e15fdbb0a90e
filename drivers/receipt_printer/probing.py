"""Is there a receipt printer at this port? Asked with real-time status requests, which no device takes for work."""

from typing import Final

from drivers.discovery import Attachment, Finding
from drivers.errors import DriverError
from drivers.ports import Port
from drivers.receipt_printer import protocol
from drivers.receipt_printer.dialogue import Dialogue
from drivers.receipt_printer.models import GENERIC
from drivers.transports import open_port

NETWORK_PORT: Final = 9100
RATES: Final = (9600, 115200, 38400, 19200)
"""As printers leave the factories, the most common first."""
_QUESTIONS: Final = len(GENERIC.questions) + 2
_PROFILES: Final = {"EPSON": "epson", "CITIZEN": "citizen", "CUSTOM": "custom"}
"""A maker's name within the answer to GS I 66 -> row of ``models.MODELS``."""


def ask(attachment: Attachment, timeout: float) -> Finding | None:
    """Within ``timeout`` seconds, at each rate of a serial line. Raises ``NotConnected`` if the port does not open."""
    serial = attachment.transport == "serial"
    for rate in RATES if serial else RATES[:1]:
        port = open_port(attachment.port, baud=rate, tcp_port=NETWORK_PORT)
        port.open()
        try:
            told = _told(port, timeout / (len(RATES) if serial else 1))
        finally:
            port.close()
        if told:
            profile, model, evidence = told
            options = {"profile": profile} | ({"baud": str(rate)} if serial else {})
            return Finding(attachment.port, evidence, options, model)
    return None


def _told(port: Port, timeout: float) -> tuple[str, str, str] | None:
    """Profile, model and evidence; ``None`` if this is no receipt printer, or not at this rate."""
    try:
        port.discard_input()
        dialogue = Dialogue(port, GENERIC, timeout / _QUESTIONS)
        bits = dialogue.ask()
        maker = "" if protocol.stopped(bits) else dialogue.identify(protocol.MAKER)
        model = dialogue.identify(protocol.MODEL) if maker else ""
    except DriverError:
        return None
    profile = next((profile for name, profile in _PROFILES.items() if name in maker.upper()), "generic")
    return profile, f"{maker} {model}".strip(), f"answers DLE EOT 1 to 4: {', '.join(sorted(bits)) or 'ready'}"
