"""Two of the shipped scenarios, played for real: what came out is verified as after every demonstration."""

import shutil
from pathlib import Path

import pytest

from kiosk.demo.play import How, play
from kiosk.demo.scenario import load
from tests.paths import FONTS, KIOSK_INI, PORTRAITS, ROOT

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300), pytest.mark.xdist_group("scenarios")]


@pytest.mark.parametrize(
    ("name", "brings"),
    [
        ("reader-unplugged", {"identify-no_reader"}),
        ("receipt-paper-out", {"output-paper_unknown", "output-paper_failed"}),
    ],
)
def test_a_scenario_ends_well(tmp_path: Path, name: str, brings: set[str]) -> None:
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        pytest.skip("needs the Debian packages xvfb and xdotool")
    if not PORTRAITS.exists():
        pytest.skip("needs the portraits that set-up unpacks")
    settings = (f"terminal.cache_dir={FONTS.parent}", f"simulation.portraits={PORTRAITS}")
    assert play(tmp_path, KIOSK_INI, settings, How(scenario=load(ROOT / "scenarios" / f"{name}.toml")))
    assert {path.stem[3:] for path in (tmp_path / "steps").iterdir()} & brings, "the mishap was seen"
