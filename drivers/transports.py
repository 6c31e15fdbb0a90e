"""From a port's text, as in the settings, to the port."""
# ruff: noqa: PLC0415 - a process imports only the transports it uses

from typing import Final
from urllib.parse import urlsplit

from drivers.errors import NotConnected
from drivers.ports import Port

BAUD: Final = 115200


def open_port(text: str, *, baud: int = BAUD, tcp_port: int | None = None) -> Port:
    """``/dev/ttyUSB0`` (8N1 at ``baud``), ``tcp://host:port`` (``tcp_port`` if none is named), ``usb:04b8:0202`` (bulk
    endpoints; ``usb+unix:/run/usb.sock:04b8:0202`` on a simulated bus) or ``replay:FILE`` (a saved trace). Does no I/O.
    Raises ``NotConnected`` for any other text.
    """
    scheme, colon, rest = text.partition(":")
    if text.startswith("/"):
        from drivers.serial_port import SerialPort

        return SerialPort(text, baud)
    match scheme if colon else "":
        case "tcp":
            return _tcp(text, tcp_port)
        case "usb" | "usb+unix":
            from drivers.usb.port import UsbBulkPort

            return UsbBulkPort(text)
        case "replay":
            from drivers.replay import ReplayPort

            return ReplayPort(rest)
        case _:
            raise NotConnected(f"{text!r} is no port: /dev/..., tcp://host:port, usb:vendor:product or replay:FILE")


def _tcp(text: str, default: int | None) -> Port:
    from drivers.tcp_port import TcpPort

    try:
        address = urlsplit(text)
        host, number = address.hostname, address.port or default
    except ValueError:
        host, number = None, None
    if not host or not number:
        raise NotConnected(f"{text!r}: not tcp://host:port")
    return TcpPort(host, number)
