import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from screens import fonts
from tests.screens.helpers import Terminal

SIZE = (540, 960)
SCREEN = "2400x1920x24"


@pytest.fixture(scope="session")
def display() -> Iterator[None]:
    """The display of the caller, or a virtual one of our own on a number that Xvfb finds free."""
    if os.environ.get("DISPLAY"):
        yield
        return
    if not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        os.close(write)
        with os.fdopen(read) as announced:
            os.environ["DISPLAY"] = f":{announced.readline().strip()}"
        yield
        server.terminate()
    del os.environ["DISPLAY"]


@pytest.fixture(scope="session")
def font_dir() -> Path:
    folder = Path(__file__).parents[2] / "var" / "fonts"
    fonts.extract(folder)
    return folder


@pytest.fixture(scope="session")
def terminal(display: None, font_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """The one window of this process: Kivy opens no second one."""
    terminal = Terminal(tmp_path_factory.mktemp("kivy"), font_dir, SIZE)
    yield terminal
    terminal.close()
