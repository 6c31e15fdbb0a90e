"""Every screen of the journey in every language and type size: laid out for real and looked over."""

from collections.abc import Iterator

import pytest

from kiosk.catalogue.items import LANGUAGES
from kiosk.presenters.views import View
from screens.gallery import journey_views
from tests.screens.helpers import Terminal

pytestmark = pytest.mark.xdist_group("kivy")
VIEWS = dict(journey_views())
FOLDERS = [f"{language}{mode}" for language in LANGUAGES for mode in ("", "-elder")]


def views_of(folder: str) -> Iterator[tuple[str, View]]:
    return ((name, view) for name, view in VIEWS.items() if name.startswith(f"{folder}/"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_real_screen_fits_a_portrait_panel(terminal: Terminal, folder: str) -> None:
    """Nothing cut, nothing scrolls, targets large enough and apart."""
    from screens.inspect import problems

    found: list[str] = []
    for name, view in views_of(folder):
        terminal.lay_out(view)
        content = terminal.window.content()
        assert content is not None
        found += [f"{name}: {problem}" for problem in problems(content)]
    assert found == []
