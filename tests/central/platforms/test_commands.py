"""The commands around platforms and province, and a connector from outside the repository."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from central.cli import main
from central.platforms.errors import BadSettings
from central.platforms.identity.contract import Claim
from central.platforms.opening import Ground, Platforms
from central.storage.database import Storage
from tests.central.platforms.people import NAME, NUMBER, Clock
from tests.central.platforms.test_identity_contract import IdentityContract, Known

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "central").mkdir()

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--data", str(tmp_path / "central")], catch_exceptions=False)

    return invoke


def test_a_province_is_made_grown_and_made_anew(run: Run) -> None:
    for arguments in (("--persons", "40"), ("--persons", "80"), ("--persons", "40", "--seed", "other", "--anew")):
        assert run("province", *arguments).exit_code == 0
    refused = run("province", "--persons", "40", "--seed", "third")
    assert refused.exit_code == 1
    assert "--anew" in refused.output


def test_a_fault_is_set_shown_and_cleared(run: Run) -> None:
    assert run("platforms", "fault", "payments", "slow=3", "--for", "10").exit_code == 0
    assert run("platforms", "fault", "identity", "down").exit_code == 0
    shown = run("platforms", "show").output
    assert "payments   reference    5 s  fault: slow=3" in shown
    assert run("platforms", "clear", "payments").exit_code == 0
    assert "slow" not in run("platforms", "show").output
    assert "down" in run("platforms", "show").output


@pytest.mark.parametrize("arguments", [("payments", "slow"), ("payments", "late=3"), ("nothing", "down")])
def test_a_fault_that_is_none_is_refused(run: Run, arguments: tuple[str, str]) -> None:
    assert run("platforms", "fault", *arguments).exit_code == 2


def test_the_code_of_a_phone_is_printed(run: Run) -> None:
    run("province", "--persons", "4")
    printed = run("platforms", "code", NUMBER)
    assert printed.output.splitlines()[-1].startswith("KIC1.")
    assert run("platforms", "code", "449900190001010006").exit_code == 1


def test_the_day_is_reconciled(run: Run) -> None:
    run("province", "--persons", "4")
    found = run("platforms", "reconcile", "2026-11-22")
    assert found.exit_code == 0
    assert json.loads(found.output) == {
        "day": "2026-11-22", "agreed": 0, "agreed_amount": 0, "only_ours": [], "only_theirs": [], "unequal": [],
    }  # fmt: skip


def test_settings_that_are_none_are_one_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "central" / "platforms.toml").write_text("[nonsense]")
    shown = run("platforms", "show")
    assert shown.exit_code == 1
    assert "nonsense" in shown.output


# --- somebody else's connector ---------------------------------------------------------------------------------------

TOY = '''
"""An identity authority that knows one person."""

from central.platforms.errors import Denied
from central.platforms.identity.contract import Claim, Holder, Verdict


class Toy:
    def __init__(self, name: str, number: str) -> None:
        self.name, self.number, self.asked = name, number, 0

    def verify(self, claim: Claim) -> Verdict:
        self.asked += 1
        known = claim.number == self.number
        outcome = "unknown" if not known else "match" if claim.name == self.name else "mismatch"
        standing = "in_force" if known else "not_on_file"
        portrait = "not_offered" if claim.portrait else "not_asked"
        return Verdict(claim.number, outcome, standing, portrait, f"TOY-{self.asked}")

    def redeem(self, code: str) -> Holder:
        raise Denied("code-invalid")

    def code_key(self) -> bytes:
        return bytes(32)


def open(context):
    return Toy(context.options["name"], context.options["number"])
'''


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platforms]:
    """A centre whose identity authority is a package that is merely installed."""
    site = tmp_path / "site"
    about = site / "toy_identity-1.0.dist-info"
    about.mkdir(parents=True)
    (site / "toy_identity.py").write_text(TOY)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-identity\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[central.platforms]\nidentity.toy = toy_identity:open\n")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    data = tmp_path / "central"
    data.mkdir()
    options = f'options = {{ name = "某某", number = "{NUMBER}" }}'
    (data / "platforms.toml").write_text(f'[identity]\nuse = "toy"\n{options}\n[province]\npersons = 0\n')
    storage = Storage(f"sqlite:///{data / 'central.db'}")
    opened = Platforms.open(data, storage, bytes(32), Clock())
    yield opened
    opened.closing()
    storage.close()
    sys.modules.pop("toy_identity", None)


def test_a_real_authority_is_plugged_in_by_settings_alone(plugged: Platforms) -> None:
    plugged.populate()
    assert plugged.register.person(NUMBER) is None, "persons = 0: no synthetic province beside real platforms"
    assert plugged.identity.verify("GD440100", Claim("某某", NUMBER)).outcome == "match"
    assert plugged.identity.verify("GD440100", Claim(NAME, NUMBER)).outcome == "mismatch"


class TestToy(IdentityContract):
    """The suite of every connector holds for this one."""

    @pytest.fixture
    def known(self, plugged: Platforms) -> Known:
        return Known(plugged.identity.desk.ask(lambda authority: authority), "某某", NUMBER, "449900190001010006")


def test_a_connector_that_is_not_installed_is_one_line(ground: Ground) -> None:
    (ground.folder / "platforms.toml").write_text('[maps]\nuse = "none"\n')
    with pytest.raises(BadSettings, match=r"maps\.none"):
        Platforms.open(ground.folder, ground.storage, bytes(32), Clock())
