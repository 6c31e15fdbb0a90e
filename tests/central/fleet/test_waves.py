"""Whether the next wave of a roll-out may begin, and who belongs to which: without a database."""

import pytest

from central.fleet.errors import BadPlan
from central.fleet.places import Place
from central.fleet.rollouts import Member, Next, Plan, Stop, Wait, Wave, waves_of
from central.fleet.rollouts import judge as judge_wave
from tests.central.fleet.fleet import NOON

PLAN = Plan((Wave(10), Wave(100)), watch=600.0, deadline=3600.0, tolerance=0.1)


def _member(number: int, **told: object) -> Member:
    fields: dict[str, object] = {
        "wave": 0, "heard_before": True, "silent": False, "applied": True, "refused": "", "faults_before": 0,
        "faults": 0,
    }  # fmt: skip
    return Member(**{"terminal": f"T{number}", **fields, **told})  # type: ignore[arg-type]


def _wave(**odd: object) -> list[Member]:
    """Ten that have it, and two otherwise."""
    return [_member(number) for number in range(8)] + [_member(number, **odd) for number in (8, 9)]


@pytest.mark.parametrize(
    ("members", "after", "verdict"),
    [
        (_wave(), 599, Wait(10, 10)),
        (_wave(), 600, Next()),
        (_wave(applied=False), 600, Wait(8, 10)),
        (_wave(applied=False, heard_before=False, silent=True), 600, Next()),
        ([_member(0, applied=False, heard_before=False)], 600, Next()),
        ([_member(number) for number in range(29)] + [_member(29, applied=False, silent=True)], 600, Next()),
    ],
)
def test_a_wave_ends_when_all_have_it_and_have_lived_with_it(
    members: list[Member], after: float, verdict: object
) -> None:
    assert judge_wave(PLAN, 0, NOON, members, NOON + after) == verdict


@pytest.mark.parametrize(
    ("members", "word"),
    [
        (_wave(applied=False, refused="face_attempts: more than 5"), "拒绝"),
        (_wave(silent=True), "失去联系"),
        (_wave(faults=1), "故障"),
    ],
)
def test_harm_stops_it_at_once_with_the_reason(members: list[Member], word: str) -> None:
    verdict = judge_wave(PLAN, 0, NOON, members, NOON + 1)
    assert isinstance(verdict, Stop)
    assert word in verdict.reason
    assert "T8" in verdict.reason


def test_what_harms_an_earlier_wave_stops_a_later_one() -> None:
    later = [_member(number, wave=1) for number in range(10, 14)]
    assert isinstance(judge_wave(PLAN, 1, NOON, [*_wave(faults=3), *later], NOON + 1), Stop)


def test_what_neither_ends_nor_fails_is_decided_at_the_deadline() -> None:
    stuck = _wave(applied=False)
    assert judge_wave(PLAN, 0, NOON, stuck, NOON + 3599) == Wait(8, 10)
    assert isinstance(judge_wave(PLAN, 0, NOON, stuck, NOON + 3600), Stop)
    nearly = [_member(number) for number in range(19)] + [_member(19, applied=False)]
    assert judge_wave(PLAN, 0, NOON, nearly, NOON + 3600) == Next()


def test_waves_are_spread_and_everybody_is_in_one() -> None:
    names = [f"GD{number:06}" for number in range(5000)]
    waves = waves_of(Plan((Wave(1), Wave(10), Wave(50), Wave(100))), names, {}, 1)
    sizes = [sum(wave == number for wave in waves.values()) for number in range(4)]

    assert sum(sizes) == 5000
    assert all(abs(size - share) < 0.02 * 5000 for size, share in zip(sizes, (50, 450, 2000, 2500), strict=True))
    other = waves_of(Plan((Wave(1), Wave(100))), names, {}, 2)
    first = {name for name, wave in waves.items() if wave == 0}
    assert first != {name for name, wave in other.items() if wave == 0}


def test_a_wave_may_be_of_some_regions_only() -> None:
    places = {"T1": Place(region="广州市"), "T2": Place(region="韶关市")}
    assert waves_of(Plan((Wave(100, ("韶关市",)),)), ["T1", "T2", "T3"], places, 1) == {"T2": 0}


@pytest.mark.parametrize(
    "plan",
    [
        Plan(()),
        Plan((Wave(0),)),
        Plan((Wave(101),)),
        Plan((Wave(100),), tolerance=1.0),
        Plan((Wave(100),), watch=10.0, deadline=10.0),
        Plan((Wave(100),) * 11),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(plan: Plan) -> None:
    with pytest.raises(BadPlan):
        plan.check()


def test_a_plan_comes_back_as_it_was_written() -> None:
    assert Plan.of(PLAN.as_json()) == PLAN
