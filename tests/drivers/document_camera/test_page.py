"""Finding, straightening and judging pages, on photos whose corners are known."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.document_camera.contract import Corners, Page, PageWarning, Paper
from drivers.document_camera.outline import find, ordered
from drivers.document_camera.page import Thresholds, assess, straightened
from drivers.document_camera.specimens import Laid, original, photo
from drivers.document_camera.upright import quarter_turns
from drivers.video.picture import Image
from tests.drivers.document_camera.measure import FLAWS, PAPERS, corner_error, measure


def page_of(name: str, laid: Laid, **settings: Paper | int) -> tuple[Page, Corners]:
    picture, corners = photo(name, laid)
    page = assess(picture, Thresholds(), **settings)  # pyright: ignore[reportArgumentType]
    assert isinstance(page, Page)
    assert corners is not None
    return page, corners


@pytest.mark.parametrize("name", sorted(PAPERS))
def test_each_sheet_is_found_to_a_pixel_and_named(name: str) -> None:
    page, corners = page_of(name, Laid(turn=4, tilt=6, clutter=True))
    assert corner_error(page.corners, corners) < 1
    assert (page.paper, page.warnings, page.dpi) == (PAPERS[name], (), 150)


@pytest.mark.parametrize("turn", [-30, 17, 45, 90, 200])
def test_a_turned_page_comes_out_straight_and_upright(turn: float) -> None:
    page, corners = page_of("a5", Laid(turn=turn))
    assert corner_error(page.corners, corners) < 1
    assert page.upright
    assert page.image.shape == (1240, 874, 3)
    drawn = original("a5")
    lines = np.flatnonzero(drawn.min(axis=(1, 2)) < 120)
    seen = np.flatnonzero(page.image.min(axis=(1, 2)) < 120)
    scale = page.image.shape[0] / drawn.shape[0]
    assert abs(seen[0] - lines[0] * scale) < 6  # the title, not the last line


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_is_told(flaw: PageWarning) -> None:
    page, _ = page_of("text", FLAWS[flaw])
    assert page.warnings[0] is flaw
    assert not page.good


def test_an_empty_table_and_a_dark_room() -> None:
    assert assess(photo("", Laid())[0], Thresholds()) is PageWarning.NO_PAGE
    assert assess(photo("", Laid(clutter=True))[0], Thresholds()) is PageWarning.NO_PAGE
    assert assess(photo("text", Laid(light=0))[0], Thresholds()) is PageWarning.TOO_DARK


def test_paper_and_resolution_that_are_asked_for() -> None:
    page, _ = page_of("a5", Laid(), paper=Paper.A4, dpi=100)
    assert (page.paper, page.image.shape) == (Paper.A4, (1169, 827, 3))


def test_thresholds_decide() -> None:
    picture, _ = photo("text", Laid(light=0.5))
    page = assess(picture, Thresholds(dark=200))
    assert isinstance(page, Page)
    assert page.warnings == (PageWarning.TOO_DARK,)


def test_a_blank_page_is_judged_by_its_border() -> None:
    sharp, _ = page_of("blank", Laid())
    blurred, _ = page_of("blank", Laid(blur=4))
    assert sharp.good
    assert blurred.warnings == (PageWarning.BLURRED,)


def test_a_table_does_not_tell_which_way_up_it_is() -> None:
    page, _ = page_of("form", Laid())
    assert not page.upright
    assert page.image.shape[0] > page.image.shape[1]


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_lines_tell_where_up_is(turns: int) -> None:
    laid = np.ascontiguousarray(np.rot90(original("text"), -turns))
    assert quarter_turns(laid, landscape=False) == (turns, True)


def test_straightening_undoes_what_a_leaning_camera_did() -> None:
    picture, corners = photo("text", Laid(tilt=12))
    assert corners is not None
    flat = straightened(picture, ordered(np.array(corners, np.float32)), Paper.A4, 100)
    rows = (flat.min(axis=2) < 120).any(axis=0)
    columns = np.flatnonzero(rows)
    assert flat.shape == (827, 1169, 3)
    assert 60 < columns[0] < columns[-1] < 1169 - 60


def test_corners_go_clockwise_from_the_top_left() -> None:
    square = np.array([[10, 10], [0, 10], [0, 0], [10, 0]], np.float32)
    assert ordered(square) == ((0, 0), (10, 0), (10, 10), (0, 10))


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((480, 640, 3), np.uint8),
        np.full((480, 640, 3), 255, np.uint8),
        np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8),
        np.full((3, 4, 3), 9, np.uint8),
        np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2),
    ],
    ids=["black", "white", "noise", "tiny", "slope"],
)
def test_pictures_without_a_page(image: Image) -> None:
    assert find(image) is None
    assert isinstance(assess(image, Thresholds()), PageWarning)


@given(st.integers(0, 2**32), st.integers(30, 240), st.integers(30, 320))
@settings(max_examples=40, deadline=None)
def test_any_heap_of_shapes_is_a_page_or_none(seed: int, height: int, width: int) -> None:
    dice = np.random.default_rng(seed)
    image = np.full((height, width, 3), dice.integers(0, 256, 3), np.uint8)
    for _ in range(int(dice.integers(1, 6))):
        corners = dice.integers(-60, 380, (int(dice.integers(3, 7)), 2)).astype(np.int32)
        cv2.fillPoly(image, [corners], dice.integers(0, 256, 3).tolist())
    found = assess(image, Thresholds(), dpi=72)
    assert isinstance(found, PageWarning) or np.isfinite(found.corners).all()


def test_a_page_keeps_its_content_to_itself() -> None:
    page, _ = page_of("card", Laid())
    assert "array" not in repr(page)
    assert "corners" not in repr(page)


def test_the_figures_of_many_photos() -> None:
    figures = measure(photos=8, flawed=1)
    assert figures.found == figures.paper_right == 1
    assert figures.worst_error < 2
    assert figures.false_alarms == 0
    assert figures.upright_wrong == figures.empty_found == 0
    assert min(figures.hits.values()) == 1
