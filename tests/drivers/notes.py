"""A watch that keeps what a driver tells it."""

from drivers.monitor import Incident, Unwatched


class Notes(Unwatched):
    """``lines`` are what was sent and received, in its order."""

    def __init__(self) -> None:
        self.incidents: list[Incident] = []
        self.lines: list[bytes] = []

    def note(self, incident: Incident) -> None:
        self.incidents.append(incident)

    def sent(self, data: bytes) -> None:
        self.lines.append(data)

    received = sent

    @property
    def told(self) -> bytes:
        return b"".join(self.lines)
