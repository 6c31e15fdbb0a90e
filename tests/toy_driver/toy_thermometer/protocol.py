"""The thermometer's language: ``T?`` and a line feed; it answers ``T=23.5`` and a line feed."""

from drivers.errors import ProtocolError

QUESTION = b"T?"
ASK = b"\n" + QUESTION + b"\n"
"""A line feed first: what somebody else left in its memory must not become part of the question."""
LONGEST = 16


def decode(line: bytes) -> float:
    """Degrees Celsius. Raises ``ProtocolError``."""
    try:
        word, equals, number = line.decode("ascii").strip().partition("=")
        if (word, equals) == ("T", "="):
            return float(number)
    except ValueError:
        pass
    raise ProtocolError("no answer of a thermometer")


def encode(degrees: float) -> bytes:
    return f"T={degrees:.1f}\n".encode("ascii")
