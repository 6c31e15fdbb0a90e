"""The simulated cabinet: every simulated device in one process, which outlives the terminal's as hardware does."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from drivers.simulation.contract import SimulatedDevice
from kiosk.bus.connection import Connection, Server
from kiosk.bus.messages import (
    AnyMessage,
    Failed,
    Message,
    Ok,
    Simulate,
    SimulatedUnit,
    Simulation,
    SimulationRequest,
    Stop,
)

SOCKET = "sim.sock"

log = logging.getLogger(__name__)


class Cabinet:
    """Starts the devices and serves their verbs at ``run_dir/sim.sock``."""

    def __init__(self, devices: Sequence[SimulatedDevice], run_dir: Path) -> None:
        self._devices = {device.kind: device for device in devices}
        self._server = Server(run_dir / SOCKET, self._handle)
        self._stop = threading.Event()

    def run(self, stop: threading.Event) -> None:
        self._stop = stop
        for device in self._devices.values():
            device.start()
        self._server.start()
        try:
            stop.wait()
        finally:
            self._server.close()
            for device in self._devices.values():
                device.close()

    def _handle(self, message: AnyMessage, connection: Connection) -> None:
        match message:
            case SimulationRequest():
                connection.send(Simulation(units=[_unit(device) for device in self._devices.values()]))
            case Simulate():
                connection.send(self._simulate(message))
            case Stop():
                connection.send(Ok())
                self._stop.set()
            case _:
                connection.send(Ok())

    def _simulate(self, message: Simulate) -> Message:
        device = self._devices.get(message.kind)
        verb = device.verbs().get(message.verb) if device else None
        if verb is None:
            return Failed(reason=f"no verb {message.verb} on {message.kind}")
        try:
            verb(message.argument)
        except (ValueError, OSError) as error:
            return Failed(reason=str(error))
        log.info("simulated: %s %s %s", message.kind, message.verb, message.argument)
        return Ok()


def _unit(device: SimulatedDevice) -> SimulatedUnit:
    return SimulatedUnit(
        kind=device.kind, endpoint=device.endpoint, state=dict(device.state()), verbs=sorted(device.verbs())
    )
