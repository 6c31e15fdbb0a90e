"""A real pcscd with a virtual card, in namespaces of its own: its socket and its ports are fixed."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
SUITE: Final = Path(__file__).with_name("pcscd_suite.py")
VPCD: Final = Path("/etc/reader.conf.d/vpcd")
ISOLATE: Final = ("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child")
AS_ROOT: Final = ((), ("--map-root-user",))
"""Root may be allowed namespaces, or a user namespaces in which to be root."""
PREPARE: Final = "ip link set lo up && mount -t tmpfs tmpfs /run && mkdir /run/pcscd"


@pytest.mark.timeout(110)
def test_the_driver_over_a_real_pcscd(tmp_path: Path) -> None:
    isolate = _isolation()
    ran = subprocess.run(
        [*isolate, "sh", "-c", f'{PREPARE} && exec "$@"', "sh", *_pytest(tmp_path)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "passed" in ran.stdout


def _pytest(folder: Path) -> list[str]:
    quiet = ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:hypothesispytest", "--basetemp", str(folder)]
    return [sys.executable, "-m", "pytest", "-q", "--rootdir", str(ROOT), *quiet, str(SUITE)]


def _isolation() -> tuple[str, ...]:
    missing = [package for package, there in _packages().items() if not there]
    if missing:
        pytest.skip(f"needs the Debian packages {', '.join(missing)}")
    for how in AS_ROOT:
        tried = subprocess.run(
            [*ISOLATE, *how, "sh", "-c", PREPARE], check=False, capture_output=True, text=True, timeout=10
        )
        if tried.returncode == 0:
            return (*ISOLATE, *how)
    pytest.skip("this machine allows no namespaces")


def _packages() -> dict[str, bool]:
    return {
        "pcscd": shutil.which("pcscd") is not None,
        "vsmartcard-vpcd": VPCD.exists(),
        "util-linux": shutil.which("unshare") is not None,
        "iproute2": shutil.which("ip") is not None,
    }
