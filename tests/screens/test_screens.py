"""Every sample view, drawn for real and looked over."""

import pytest

from kiosk.presenters.views import View
from screens.samples import samples
from tests.screens.helpers import Terminal

pytestmark = pytest.mark.xdist_group("kivy")
SAMPLES = dict(samples())


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_cut_small_or_overlapping(terminal: Terminal, name: str) -> None:
    from screens.inspect import problems

    terminal.show(SAMPLES[name])
    content = terminal.window.content()
    assert content is not None
    found = [problem for problem in problems(content) if not (_may_scroll(name) and problem.startswith("scrolls"))]
    assert found == []


def _may_scroll(name: str) -> bool:
    """Worst-case texts in large type, and a home screen full of services, scroll and show that they do."""
    return name.endswith(".elder") or name.startswith("home_many")


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.endswith("zh-Hans")])
def test_each_control_says_its_own_event(terminal: Terminal, name: str) -> None:
    view = SAMPLES[name]
    terminal.show(view)
    expected = _events(view)
    pressed = set[str]()
    for touchable in terminal.window.touchables():
        if touchable.id.startswith("dock."):
            continue
        terminal.events.clear()
        terminal.press(touchable)
        assert terminal.events == ([expected[touchable.id]] if touchable.enabled else [])
        pressed.add(touchable.id)
    assert pressed == set(expected) or name.startswith("home_many")


def _events(view: View) -> dict[str, object]:
    """Ids and events of every action that the view shows: those of the dialog alone when there is one."""
    found: dict[str, object] = {}
    _collect(view.dialog or view, found)
    return found


def _collect(value: object, found: dict[str, object]) -> None:
    from dataclasses import fields, is_dataclass

    from kiosk.presenters.views import Action

    if isinstance(value, Action):
        found[value.id] = value.event
    elif isinstance(value, tuple):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            _collect(item, found)  # pyright: ignore[reportUnknownArgumentType]
    elif is_dataclass(value):
        for field in fields(value):
            _collect(getattr(value, field.name), found)
