import pytest

from drivers.actions import Actions
from drivers.contract import Outcome, PrintResult
from drivers.errors import Cancelled

PRINTED = PrintResult(Outcome.PRINTED)


class Counter:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> PrintResult:
        self.calls += 1
        return PRINTED


def test_a_repeated_id_is_performed_once() -> None:
    actions, perform = Actions[PrintResult](), Counter()
    assert actions.once("a", perform) is actions.once("a", perform)
    assert perform.calls == 1
    actions.once("b", perform)
    assert perform.calls == 2


def test_an_exception_is_no_result() -> None:
    def cancelled() -> PrintResult:
        raise Cancelled

    actions, perform = Actions[PrintResult](), Counter()
    with pytest.raises(Cancelled):
        actions.once("a", cancelled)
    assert actions.once("a", perform) is PRINTED


def test_only_the_oldest_is_forgotten() -> None:
    actions, perform = Actions[PrintResult](remembered=2), Counter()
    for action_id in ("a", "b", "c"):
        actions.once(action_id, perform)
    actions.once("b", perform)
    actions.once("c", perform)
    assert perform.calls == 3
    actions.once("a", perform)
    assert perform.calls == 4
