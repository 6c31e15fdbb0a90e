"""A real sync process and a real centre: it reports, does what it is told, and takes its settings."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from central.fleet import operating
from central.fleet.configuring import SETTINGS
from central.fleet.wire import Kind
from central.storage.fleet.commands import CommandRow
from central.storage.fleet.states import StateRow
from kiosk import config
from kiosk.bootstrap.remote import MAY_SET, CentreSettings
from kiosk.settings import SECTIONS
from tests.central.helpers import Running
from tests.sync.test_condition import Process, there
from tests.waiting import eventually

TERMINAL = "GD4401009"


class Kiosk:
    """The centre's view of the terminal."""

    def __init__(self, centre: Running, folder: Path) -> None:
        self.centre = centre
        self.folder = folder

    def is_heard(self) -> bool:
        with self.centre.centre.storage.reading() as transaction:
            return transaction.fleet.states.one(TERMINAL) is not None

    def state(self) -> StateRow:
        with self.centre.centre.storage.reading() as transaction:
            found = transaction.fleet.states.one(TERMINAL)
        assert found
        return found

    def command(self, kind: Kind, **arguments: str) -> str:
        with self.centre.centre.fleet.work(TERMINAL) as (transaction, now):
            return operating.command(transaction, [TERMINAL], kind, arguments, now=now, by="operator")[0].id

    def ended(self, command_id: str) -> CommandRow:
        def end() -> CommandRow | None:
            with self.centre.centre.storage.reading() as transaction:
                found = transaction.fleet.commands.one(TERMINAL, command_id)
            return found if found and found.ended_at else None

        return eventually(end, f"the end of {command_id}")


def settings_file(folder: Path, centre: Running) -> Path:
    lines = [
        "[terminal]", f"id = {TERMINAL}", "state_dir = state", "run_dir = run",
        "[central]", "embedded = no", f"url = {centre.url}", f"catalogue_key_file = {centre.data / 'catalogue.pub'}",
        "[sync]", "interval_seconds = 1", "heartbeat_seconds = 1",
        "[queue]", "key = file",
        "[face]", "photo_decoder = none",
    ]  # fmt: skip
    devices = [name for name, section in SECTIONS.items() if "driver" in section.model_fields]
    lines += [line for name in devices for line in (f"[{name}]", "driver = none")]
    file = folder / "kiosk.ini"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


@contextmanager
def kiosk(folder: Path, centre: Running) -> Generator[Kiosk]:
    argv = [sys.executable, "-m", "kiosk", "--config", str(settings_file(folder, centre)), "sync"]
    with subprocess.Popen(argv, env=os.environ | {"KIVY_NO_ARGS": "1"}) as process:
        try:
            made = Kiosk(centre, folder)
            eventually(made.is_heard, "the first heartbeat")
            yield made
        finally:
            process.send_signal(signal.SIGTERM)


def test_it_reports_and_does_what_it_is_told(tmp_path: Path, centre: Running) -> None:
    with kiosk(tmp_path, centre) as terminal:
        newest = centre.centre.catalogue.number
        eventually(lambda: terminal.state().catalogue == newest, "the catalogue")
        assert terminal.state().program == version("gov-service-terminal")

        done = terminal.ended(terminal.command("sync_now"))
        assert (done.state, done.detail) == ("done", "0 waiting, 0 parked")
        assert terminal.ended(terminal.command("refresh_catalogue")).state == "done"
        assert terminal.ended(terminal.command("update", version="9.9")).state == "unsupported"

        busy = terminal.command("restart", what="app")
        run_dir = tmp_path / "run"
        with there(run_dir, "ui", Process()) as ui, there(run_dir, "vision", Process()) as vision:
            assert terminal.ended(busy).state == "done"
        assert (ui.stopped, vision.stopped) == (1, 1)


def test_it_takes_the_settings_of_the_centre_and_begins_anew(tmp_path: Path, centre: Running) -> None:
    run_dir = tmp_path / "run"
    with there(run_dir, "ui", Process()) as ui, kiosk(tmp_path, centre) as terminal:
        with centre.centre.fleet.work(TERMINAL) as (transaction, now):
            change = {"journey.idle_seconds": "45", "terminal.hall": "二楼大厅"}
            operating.configure(transaction, [TERMINAL], change, now=now, by="operator")
        terminal.command("sync_now")  # so that it need not wait for its next heartbeat
        eventually(lambda: ui.stopped, "the program to begin anew")

    taken = config.load(tmp_path / "kiosk.ini")
    assert (taken.journey.idle_seconds, taken.terminal.hall) == (45, "二楼大厅")
    assert CentreSettings(tmp_path / "kiosk.ini", ()).applied == 1


def test_settings_it_cannot_live_with_are_refused_with_the_reason(tmp_path: Path, centre: Running) -> None:
    settings = CentreSettings(settings_file(tmp_path, centre), ())

    assert "not for the centre" in settings.apply(1, {"central.url": "https://elsewhere.example"})
    assert "idle_seconds" in settings.apply(1, {"journey.idle_seconds": "0"})
    assert "no value" in settings.apply(1, {"terminal.hall": "a\n[central]"})
    assert settings.applied == 0
    assert not config.centre_file(tmp_path / "kiosk.ini").exists()


def test_both_sides_mean_the_same_settings(tmp_path: Path, centre: Running) -> None:
    assert SETTINGS.keys() == MAY_SET
    file = settings_file(tmp_path, centre)
    for key, setting in SETTINGS.items():
        bounds = [f"{one:.0f}" for one in (setting.low, setting.high) if one is not None]
        for value in (*setting.choices, *bounds):
            assert not setting.flaw(value)
            assert CentreSettings(file, ()).apply(1, {key: value}) == "", key
