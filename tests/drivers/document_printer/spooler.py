"""A real CUPS, a real IPP printer and whatever they need, each test's own; nothing else on the machine is touched."""

import fcntl
import io
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from tests.waiting import eventually

CUPSD, IPP_PRINTER, AVAHI = (Path("/usr/sbin", name) for name in ("cupsd", "ippeveprinter", "avahi-daemon"))
QUEUE: Final = "hall"
COMMAND_SECONDS: Final = 30
_STOP_SECONDS: Final = 10
_LOCK: Final = Path(tempfile.gettempdir(), "tests-avahi.lock")
NEEDS_CUPS: Final = pytest.mark.skipif(
    not CUPSD.exists() or shutil.which("lpadmin") is None, reason="needs Debian's packages cups and cups-client"
)
NEEDS_PRINTER: Final = pytest.mark.skipif(
    not (IPP_PRINTER.exists() and AVAHI.exists()) or shutil.which("dbus-daemon") is None,
    reason="needs Debian's packages cups-ipp-utils, avahi-daemon and dbus",
)

_CUPSD_CONF: Final = """
Listen 127.0.0.1:{port}
Listen {root}/cups.sock
Browsing Off
DefaultAuthType None
WebInterface No
JobRetryInterval 2
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy default>
  {policy}
  <Limit All>
    Order allow,deny
  </Limit>
</Policy>
"""
CANCEL_NEEDS_LOGIN: Final = """
  <Limit Cancel-Job>
    AuthType Basic
    Require user @SYSTEM
    Order deny,allow
  </Limit>
"""
"""Much as Debian's own cupsd.conf has it."""
OWNER_MAY_CANCEL: Final = """
  <Limit Cancel-Job>
    AuthType None
    Require user @OWNER
    Order deny,allow
  </Limit>
"""
"""What the page of the device tells operators to set."""
_FILES_CONF: Final = """
ServerRoot {root}
StateDir {root}/state
CacheDir {root}/cache
RequestRoot {root}/spool
TempDir {root}/spool/tmp
ErrorLog {root}/error_log
AccessLog {root}/access_log
PageLog {root}/page_log
"""
_BUS_CONF: Final = """
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={root}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_AVAHI_CONF: Final = """
[server]
host-name=hall
use-ipv6=no
allow-interfaces=lo
[publish]
publish-hinfo=no
publish-workstation=no
"""
_PRINT: Final = """#!/bin/sh
# Printing: stands still while there is a file named jam; a sheet is a file that appears at once and whole.
cd {root}
while [ -e jam ]; do echo "STATE: +media-jam" >&2; sleep 0.1; done
echo "STATE: -media-jam" >&2
cp "$1" "part.$$" && mv "part.$$" "sheets/$$.pdf"
"""


class Program:
    """A program in the foreground with a session of its own, so that it goes with all its children."""

    def __init__(self, log: Path, *command: object, env: Mapping[str, str] | None = None) -> None:
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=os.environ | (env or {}),
                start_new_session=True,
            )

    def waits_for(self, ready: Callable[[], bool]) -> None:
        """Until it is up. A program that ends by itself cannot run here: the test is skipped."""

        def up() -> bool:
            if self._process.poll() is not None:
                pytest.skip(f"{self._process.args} does not run here: {self.said().splitlines()[-1:]}")
            return ready()

        eventually(up, str(self._process.args))

    def said(self) -> str:
        return self._log.read_text(errors="replace").strip()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        for each in (how, signal.SIGKILL):
            if self._process.poll() is None:
                os.killpg(self._process.pid, each)
                try:
                    self._process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    continue


@contextmanager
def folder() -> Generator[Path]:
    """Not pytest's own: its parents are closed to the user that CUPS runs its backends as."""
    with tempfile.TemporaryDirectory(prefix="cups-") as name:
        Path(name).chmod(0o711)
        yield Path(name)


@contextmanager
def name_service(root: Path) -> Generator[Mapping[str, str]]:
    """A message bus with Avahi, without which ``ippeveprinter`` does not start; the environment that finds it.

    One at a time: the place of Avahi's own socket is compiled in.
    """
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with _name_service(root) as env:
            yield env


@contextmanager
def _name_service(root: Path) -> Generator[Mapping[str, str]]:
    if subprocess.run([AVAHI, "--check"], check=False).returncode == 0:
        yield {}  # the machine has one
        return
    (root / "bus.conf").write_text(_BUS_CONF.format(root=root).strip())
    (root / "avahi.conf").write_text(_AVAHI_CONF)
    env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={root}/bus"}
    bus = Program(root / "bus.log", "dbus-daemon", f"--config-file={root}/bus.conf", "--nofork", "--nopidfile")
    bus.waits_for((root / "bus").exists)
    options = ("-f", root / "avahi.conf", "--no-drop-root", "--no-chroot", "--no-rlimits")
    avahi = Program(root / "avahi.log", AVAHI, *options, env=env)
    try:
        avahi.waits_for(lambda: "Server startup complete" in avahi.said())
        yield env
    finally:
        avahi.stop()
        bus.stop()


class RealPrinter:
    """``ippeveprinter``: the sample printer of CUPS, which prints by a shell script."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._root, self._env = root, env
        self.port = free_port()
        self.uri = f"ipp://localhost:{self.port}/ipp/print"
        (root / "sheets").mkdir()
        (root / "printed").mkdir()
        (root / "print.sh").write_text(_PRINT.format(root=root))
        (root / "print.sh").chmod(0o755)
        self.start()

    @property
    def sheets(self) -> list[Path]:
        return list((self._root / "sheets").iterdir())

    def start(self) -> None:
        options = ("-p", self.port, "-n", "localhost", "-f", "application/pdf", "-M", "Sample", "-m", "Laser 1")
        rest = ("-K", self._root, "-c", self._root / "print.sh", "-d", self._root / "printed", "Sample")
        self._program = Program(self._root / "printer.log", IPP_PRINTER, *options, *rest, env=self._env)
        self._program.waits_for(lambda: _listens(self.port))

    @property
    def tls_uri(self) -> str:
        """It has made itself a certificate."""
        return self.uri.replace("ipp:", "ipps:")

    def kill(self) -> None:
        """As a power cut does."""
        self._program.stop(signal.SIGKILL)

    def jam(self) -> None:
        (self._root / "jam").touch()

    def clear(self) -> None:
        (self._root / "jam").unlink()


class Cups:
    def __init__(self, root: Path, policy: str = "") -> None:
        self._root = root
        self.port = free_port()
        for name in ("state", "cache", "spool/tmp"):
            (root / name).mkdir(parents=True)
        (root / "cupsd.conf").write_text(_CUPSD_CONF.format(root=root, port=self.port, policy=policy))
        (root / "cups-files.conf").write_text(_FILES_CONF.format(root=root))
        options = ("-f", "-c", root / "cupsd.conf", "-s", root / "cups-files.conf")
        self._program = Program(root / "cupsd.log", CUPSD, *options)
        self._program.waits_for(lambda: _listens(self.port))

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/printers/{QUEUE}"

    def add_queue(self, device: str, *options: str) -> None:
        self.run("lpadmin", "-p", QUEUE, "-v", device, *options, "-E")
        if "raw" not in options:
            eventually((self._root / "ppd" / f"{QUEUE}.ppd").exists, "the queue's description")

    def run(self, program: str, *arguments: str) -> None:
        command = [program, "-h", f"127.0.0.1:{self.port}", *arguments]
        done = subprocess.run(command, check=False, timeout=COMMAND_SECONDS, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def stop(self) -> None:
        self._program.stop()


def a_page() -> bytes:
    """A page that the filters of CUPS take for a document."""
    out = io.BytesIO()
    Image.new("1", (595, 842), 1).save(out, "PDF")
    return out.getvalue()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
