import pytest

from screens import theme
from screens.theme import ELDER, STANDARD, TEXT_ON_FILL, Theme


@pytest.mark.parametrize(("ink", "fill"), TEXT_ON_FILL)
@pytest.mark.parametrize("chosen", [STANDARD, ELDER], ids=["standard", "elder"])
def test_text_contrast_is_at_least_seven(chosen: Theme, ink: str, fill: str) -> None:
    assert theme.contrast(getattr(chosen.palette, ink), getattr(chosen.palette, fill)) >= 7


@pytest.mark.parametrize("colour", ["primary", "good", "wait", "bad", "border"])
@pytest.mark.parametrize("chosen", [STANDARD, ELDER], ids=["standard", "elder"])
def test_icons_and_strokes_stand_out(chosen: Theme, colour: str) -> None:
    assert theme.contrast(getattr(chosen.palette, colour), chosen.palette.surface) >= 3


def test_contrast_knows_the_ends_of_the_scale() -> None:
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert theme.contrast("#777777", "#777777") == pytest.approx(1)


def test_sizes_keep_the_rules_of_the_hall() -> None:
    for sizes, body, title, width, height in ((STANDARD.sizes, 4, 7, 12, 10), (ELDER.sizes, 6, 9, 16, 14)):
        assert (sizes.body, sizes.title) == (body, title)
        assert (sizes.touch_width, sizes.touch_height) == (width, height)
        assert sizes.small >= 3
        assert sizes.gap >= 2


def test_only_the_standard_theme_moves() -> None:
    assert theme.theme(elder=False).motion
    assert not theme.theme(elder=True).motion
