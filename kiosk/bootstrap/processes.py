"""Composition root of every process but the window's."""
# ruff: noqa: PLC0415 - each process imports only what it needs: no face engine in the sync, no HTTP in the vision

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from drivers.simulation.contract import Place, SimulatedDevice
from kiosk import logs
from kiosk.bootstrap import centre
from kiosk.bootstrap.devices import any_simulated, host
from kiosk.device_settings import SIMULATED
from kiosk.last_good import Chosen, tell
from kiosk.settings import Settings


def prepare(settings: Settings, process: str) -> threading.Event:
    """What every process does first. The event is set by SIGTERM and SIGINT."""
    log = settings.log
    logs.set_up(process, log.level, log.file, max_megabytes=log.max_megabytes, keep=log.keep)
    make_folders(settings)
    stop = threading.Event()

    def ask_to_stop(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask_to_stop)
    return stop


def make_folders(settings: Settings) -> None:
    """Raises ``OSError``."""
    for folder in (settings.terminal.run_dir, settings.terminal.state_dir):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def run_supervisor(chosen: Chosen, command: Sequence[str], on_healthy: Callable[[], None]) -> int:
    """``command`` starts this program with the same settings; each child's name is added to it."""
    from kiosk.children import Child
    from kiosk.restarts import Timings
    from kiosk.supervisor import Supervisor

    settings, log = chosen.settings, chosen.settings.log
    logs.set_up("supervisor", log.level, log.file, max_megabytes=log.max_megabytes, keep=log.keep)
    tell(chosen)
    simulated = any_simulated(settings)
    children = [Child(name, [*command, name], after=("sim",) if simulated else ()) for name in ("vision", "sync", "ui")]
    if simulated:
        children.insert(0, Child("sim", [*command, "sim"]))
    if settings.central.embedded:
        children.insert(0, Child("central", _centre_command(settings, simulated=simulated), bus=False))
    timings = Timings(longest_delay=settings.supervisor.longest_delay_seconds)
    run_dir, file = settings.terminal.run_dir, str(chosen.file)
    return Supervisor(children, run_dir, timings, on_healthy=on_healthy, settings_file=file).run()


def _centre_command(settings: Settings, *, simulated: bool) -> list[str]:
    port = 0 if simulated else centre.EMBEDDED_PORT
    data = str(centre.central_folder(settings))
    return [sys.executable, "-m", "central", "serve", "--port", str(port), "--data", data]


def run_sim(settings: Settings) -> None:
    from kiosk.simulation.cabinet import Cabinet
    from kiosk.simulation.disk import SimulatedDisk
    from kiosk.simulation.network import SimulatedNetwork

    stop = prepare(settings, "sim")
    network = SimulatedNetwork(lambda: centre.address(settings))
    disk = SimulatedDisk(settings.queue.file, settings.queue.key_file)
    Cabinet((*_simulated_devices(settings), network, disk), settings.terminal.run_dir).run(stop)


def _simulated_devices(settings: Settings) -> Iterator[SimulatedDevice]:
    from kiosk.simulation import portraits

    pictures = portraits.find(settings.simulation.portraits)
    place = Place(settings.terminal.run_dir, settings.simulation.tray, pictures)
    for section in settings.devices.values():
        if section.driver == SIMULATED and section.chosen and section.chosen.simulated:
            yield section.chosen.simulated(place)


def run_vision(settings: Settings) -> None:
    from kiosk.vision.engine import DlibEngine
    from kiosk.vision.service import VisionService
    from kiosk.vision.verifier import Thresholds

    stop = prepare(settings, "vision")
    thresholds = Thresholds(settings.face.match_distance, settings.face.uncertain_distance)
    devices = host(settings, "vision", occupied=lambda: service.in_session)
    camera = devices.units["camera"].open
    service = VisionService(camera, _decoder(settings), DlibEngine, settings.terminal.run_dir, thresholds)
    service.run(stop, devices)


def _decoder(settings: Settings) -> Any:
    from kiosk.simulation import portraits
    from kiosk.vision.photo import MissingDecoder, SharedLibraryDecoder, SimulatedDecoder

    face = settings.face
    if face.photo_decoder == "library" and face.library:
        return SharedLibraryDecoder(face.library, face.symbol)
    if face.photo_decoder == "simulated":
        return SimulatedDecoder(portraits.find(settings.simulation.portraits))
    return MissingDecoder()


def run_sync(settings: Settings, file: Path, overrides: Sequence[str]) -> None:
    """``file`` and ``overrides`` are where the settings come from: the centre may change some of them."""
    from kiosk.bootstrap.fleet import reporting
    from kiosk.bootstrap.queue import QueuePlace
    from kiosk.bootstrap.remote import CentreSettings
    from kiosk.bootstrap.sending import Way, connected
    from kiosk.sync.central_client import HttpCentralClient
    from kiosk.sync.service import SyncService
    from kiosk.sync.timing import Periods
    from offline_queue.sole_sender import sole_sender

    stop = prepare(settings, "sync")
    place = QueuePlace.set_in(settings)
    cache = centre.wait_for("the centre's catalogue key", lambda: centre.catalogue_cache(settings))
    way = Way(centre.url(settings), settings.central.ca_file, settings.central.timeout_seconds)
    periods = Periods(heartbeat=settings.sync.heartbeat_seconds, look=settings.sync.interval_seconds)
    # somebody who sends from the command line may end first
    with sole_sender(place.file, stop), connected(place, way, lambda: centre.enrolment_code(settings)) as there:
        SyncService(
            place.open(),
            there.transport,
            HttpCentralClient(there.client),
            there.membership,
            cache,
            settings.terminal.run_dir,
            fleet=reporting(settings, there, way, cache, CentreSettings(file, overrides), stop),
            keep_days=settings.queue.keep_days,
            periods=periods,
        ).run(stop)
