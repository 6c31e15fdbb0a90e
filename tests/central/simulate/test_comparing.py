"""A comparison that finds nothing must be able to find something."""

from dataclasses import replace

import pytest

from central.simulate.comparing import Comparison, Kept, Told, compare

TOLD = {"S000001": Told(frozenset({"a", "b"}), {"a": "1", "b": "2"}), "S000002": Told(frozenset({"a"}), {"a": "3"})}
A = Kept("S000001", "a", (1, 1), "case", "1")
B = Kept("S000001", "b", (1, 2), "case", "2")
OTHER = Kept("S000002", "a", (1, 1), "case", "3")


def test_all_is_well() -> None:
    assert compare(TOLD, [OTHER, B, A]).is_well


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ([A, OTHER], Comparison(lost=1)),
        ([A, replace(B, number="4"), OTHER], Comparison(lost=1)),
        ([A, B, B, OTHER], Comparison(twice=3)),
        ([A, B, OTHER, replace(OTHER, id="c", place=(1, 2), number="4")], Comparison(unknown=1)),
        ([replace(A, place=(1, 2)), replace(B, place=(1, 1)), OTHER], Comparison(out_of_order=1)),
    ],
)
def test_what_is_wrong_is_found(kept: list[Kept], found: Comparison) -> None:
    assert compare(TOLD, kept) == found
    assert not found.is_well


def test_what_was_not_answered_waits() -> None:
    told = TOLD | {"S000003": Told(frozenset({"x"}), {})}
    assert compare(told, [A, B, OTHER]) == Comparison(waiting=1)
