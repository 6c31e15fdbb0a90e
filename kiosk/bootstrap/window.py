"""Composition root of the window's process: journey, desks, device workers, screens."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from drivers.contract import DeviceStatus
from drivers.hotplug import Hotplug, kernel_bell
from drivers.inventory import Inventory, kernel_sources
from drivers.signature.driver import ON_SCREEN
from drivers.signature.surfaces import SCREEN
from kiosk.bootstrap import centre
from kiosk.bootstrap.devices import CabinetClient, any_simulated, host
from kiosk.bootstrap.processes import prepare
from kiosk.bus.connection import Server
from kiosk.hardware.disk import DiskWatch
from kiosk.hardware.host import Host
from kiosk.journey.events import DeviceChanged
from kiosk.journey.state import State
from kiosk.journey.timings import Timings
from kiosk.runner import Runner
from kiosk.settings import Settings
from kiosk.staff.pin import PinVerifier
from kiosk.ui import Ui
from kiosk.world.cards import CardDesk
from kiosk.world.faces import FaceDesk
from kiosk.world.link import Link
from kiosk.world.matters import MatterDesk
from kiosk.world.papers import PaperDesk
from kiosk.world.staff import StaffDesk
from screens.app import open_window
from screens.signing import Signing


def run_ui(settings: Settings) -> None:
    stop = prepare(settings, "ui")
    language = settings.terminal.language
    runner = Runner(State(timings=_timings(settings), default_language=language, language=language))
    devices = _devices(settings, runner)
    ui = Ui(runner, settings.terminal.hall, devices)
    with ExitStack() as closing:
        faces = _open_desks(settings, runner, devices, ui, closing)
        window = _open_window(settings, runner, faces, ui, devices, closing)
        ui.show_in(window)
        server = Server(settings.terminal.run_dir / "ui.sock", ui.answer)
        server.start()
        closing.callback(server.close)
        _when(stop, window.stop)
        window.run()


def _when(stop: threading.Event, action: Callable[[], None]) -> None:
    def wait() -> None:
        stop.wait()
        action()

    threading.Thread(target=wait, name="stop", daemon=True).start()


def _devices(settings: Settings, runner: Runner) -> Host:
    def changed(name: str, status: DeviceStatus) -> None:
        runner.post(DeviceChanged(name, status))

    return host(settings, "ui", changed, lambda: runner.state.session is not None)


def _open_desks(settings: Settings, runner: Runner, devices: Host, ui: Ui, closing: ExitStack) -> FaceDesk:
    """The order matters at start: the catalogue is known before a draft is looked at."""
    terminal, post = settings.terminal, runner.post
    queue = centre.open_queue(settings)
    link = Link(terminal.run_dir / "sync.sock", centre.catalogue_loader(settings), post)
    matters = MatterDesk(queue, post, link.nudge, draft_seconds=settings.queue.draft_hours * 3600.0)
    faces = FaceDesk(terminal.run_dir / "vision.sock", post)
    pins = PinVerifier(settings.staff.pin_file, settings.demo_pin, terminal.state_dir / "lockout.json")
    staff = StaffDesk(pins, post)
    printers = devices.worker("receipt_printer"), devices.worker("document_printer")
    papers = PaperDesk(*printers, queue, ui.scene, terminal.id, post)
    runner.use([CardDesk(devices.worker("id_card"), post), matters, faces, staff, papers])
    closing.callback(queue.close)
    plugs = Hotplug(Inventory(kernel_sources()).scan, devices.plugged, bell=kernel_bell())
    disk = DiskWatch(terminal.state_dir, devices.disk)
    for part in (link, matters, faces, staff, devices, plugs, disk):
        closing.callback(part.close)
    link.start()
    matters.start()
    faces.start()
    devices.start()
    plugs.start()
    disk.start()
    return faces


def _open_window(settings: Settings, runner: Runner, faces: FaceDesk, ui: Ui, devices: Host, closing: ExitStack) -> Any:
    terminal, size = settings.terminal, settings.window
    window = open_window(
        width=size.width,
        height=size.height,
        fullscreen=size.fullscreen,
        dock=CabinetClient(terminal.run_dir) if size.dock and any_simulated(settings) else None,
        act=runner.post,
        preview=faces.preview,
        on_frame=ui.on_frame,
        kivy_home=terminal.state_dir / "kivy",
        font_dir=terminal.cache_dir / "fonts",
        signing=_signing(devices),
    )
    closing.callback(window.close)
    return window


def _signing(devices: Host) -> Signing | None:
    """Where the terminal's own screen is the pad."""
    on_screen = devices.units["signature"].port == ON_SCREEN
    return Signing(SCREEN, devices.yield_to_citizen) if on_screen else None


def _timings(settings: Settings) -> Timings:
    seconds = settings.journey
    return Timings(
        idle=seconds.idle_seconds,
        warning=seconds.warning_seconds,
        face=seconds.face_seconds,
        farewell=seconds.farewell_seconds,
        rating=seconds.rating_seconds,
        interrupted=seconds.interrupted_seconds,
        face_attempts=seconds.face_attempts,
    )
