"""Scenario files: what is wrong with one is told, and each fault falls due once, at its place and time."""

from pathlib import Path

import pytest

from kiosk.demo.play import WAY
from kiosk.demo.scenario import Fault, Scenario, ScenarioError, Timeline, load
from kiosk.simulation.network import SimulatedNetwork

SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").glob("*.toml"))


def fault(**fields: object) -> Fault:
    return Fault.model_validate({"device": "receipt_printer", "do": "jam", **fields})


def written(folder: Path, text: str) -> Path:
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


# --- files ------------------------------------------------------------------------------------------------------------


def test_there_are_scenarios() -> None:
    assert len(SHIPPED) >= 7


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_scenario_is_whole(path: Path) -> None:
    scenario = load(path)
    assert scenario.title
    assert scenario.fault
    assert {each.step.partition(".")[0] for each in scenario.fault if each.step} <= {
        *(turn.place.partition(".")[0] for turn in WAY),
        "output",
        "submit",
        "verify_person",
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault]\n", "scenario.toml: "),
        ('[[fault]]\ndevice = "camera"\ndo = "x"\n', "either step or at"),
        ('[[fault]]\ndevice = "camera"\ndo = "x"\nat = 1\nstep = "home.idle"\n', "either step or at"),
        ('[[fault]]\ndo = "x"\nat = 1\n', "fault.0.device: Field required"),
        ('[[fault]]\ndevice = "camera"\ndo = "x"\nat = -1\n', "fault.0.at"),
        ('[[turn]]\nplace = "nowhere"\n', "turn.0.place"),
        ("[expect]\nrecieps = 1\n", "expect.recieps"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ScenarioError, match=r"scenario\.toml") as caught:
        load(written(tmp_path, text))
    assert complaint in str(caught.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load(tmp_path / "none.toml")


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load(written(tmp_path, "")) == Scenario()


# --- the timeline -----------------------------------------------------------------------------------------------------


def test_a_fault_at_a_time_falls_due_once() -> None:
    timeline = Timeline((fault(at=3),), began=100.0)
    assert timeline.due("home.idle", 102.9) == []
    assert timeline.due("home.idle", 103.0) == [fault(at=3)]
    assert timeline.due("home.idle", 110.0) == []
    assert timeline.left == []


def test_a_fault_at_a_step_waits_for_it() -> None:
    timeline = Timeline((fault(step="confirm.review", after=2),), began=0.0)
    assert timeline.due("form.period", 50.0) == []
    assert timeline.due("confirm.review", 60.0) == []
    assert timeline.due("output.printing", 62.0) == [fault(step="confirm.review", after=2)]
    assert timeline.due("confirm.review", 99.0) == []


def test_faults_come_in_the_order_in_which_they_fall_due() -> None:
    early, late = fault(at=1, do="cover_open"), fault(at=2)
    assert Timeline((late, early), began=0.0).due("home.idle", 5.0) == [early, late]


def test_a_fault_that_never_fell_due_is_known() -> None:
    timeline = Timeline((fault(step="nowhere.ever"), fault(at=500)), began=0.0)
    timeline.due("home.idle", 10.0)
    assert timeline.left == [fault(step="nowhere.ever"), fault(at=500)]


def test_verbs_of_the_shipped_scenarios_exist() -> None:
    from drivers.registry import simulated_driver, table
    from drivers.simulation.contract import Place

    for path in SHIPPED:
        for each in load(path).fault:
            if each.device == "network":
                device = SimulatedNetwork(lambda: ("127.0.0.1", 1))
            else:
                assert each.device in table()
                driver = simulated_driver(each.device)
                assert driver
                assert driver.simulated
                device = driver.simulated(Place(Path("/nowhere"), Path("/nowhere")))
            assert each.do in device.verbs(), path.name
