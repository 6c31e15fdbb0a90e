import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions.delta import delta
from kiosk.catalogue.delta import BadDelta, joined

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "你好", "}"]), max_size=12).map("\n".join)


@settings(deadline=None)
@given(LINES | st.text(), LINES | st.text())
def test_a_delta_applied_to_the_old_gives_the_new(old: str, new: str) -> None:
    assert joined(old, json.loads(json.dumps(delta(old, new)))) == new


@settings(deadline=None)
@given(LINES)
def test_nothing_new_is_one_run(text: str) -> None:
    lines = text.split("\n")
    if len(set(lines)) == len(lines):
        assert delta(text, text) == [(0, len(lines))]


@pytest.mark.parametrize("piece", [(0, 3), (-1, 1), (2, 1), (5, 0)])
def test_lines_that_are_not_there_are_refused(piece: tuple[int, int]) -> None:
    with pytest.raises(BadDelta):
        joined("a\nb", [piece])


def test_a_delta_cannot_grow_beyond_all_bounds() -> None:
    with pytest.raises(BadDelta, match="too long"):
        joined("x" * 100_000, [(0, 1)] * 1000)
