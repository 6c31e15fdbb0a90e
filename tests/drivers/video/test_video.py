import numpy as np
import pytest

from drivers.video.picture import (
    BLACK_AFTER,
    FROZEN_AFTER,
    Frame,
    Image,
    Picture,
    PictureWatch,
    brightness,
    frame_rate,
)
from drivers.video.shape import fit, sharpness, turned

OK = Picture.OK


def plain(light: int) -> Image:
    return np.full((48, 64, 3), light, np.uint8)


class TestWatch:
    def faults(self, *seen: tuple[float, int]) -> list[Picture]:
        watch, faults = PictureWatch(), list[Picture]()
        for number, (at, light) in enumerate(seen):
            watch.see(Frame(plain(light), number, at))
            faults.append(watch.picture)
        return faults

    def test_frozen_after_its_time_and_not_before(self) -> None:
        just_before = FROZEN_AFTER - 0.01
        assert self.faults((0, 90), (just_before, 90), (FROZEN_AFTER, 90)) == [OK, OK, Picture.FROZEN]

    def test_any_change_is_life(self) -> None:
        assert self.faults((0, 90), (0.9, 91), (1.8, 91), (1.95, 91)) == [OK, OK, OK, Picture.FROZEN]

    def test_black_is_not_called_frozen(self) -> None:
        assert self.faults((0, 90), (0.1, 0), (1.5, 0), (BLACK_AFTER, 0)) == [OK, OK, OK, Picture.BLACK]

    def test_a_dim_room_is_not_black(self) -> None:
        assert self.faults((0, 12), (0.9, 13), (1.8, 12), (2.5, 13)) == [OK] * 4


def test_what_does_not_fit_is_cut_equally_on_both_sides() -> None:
    wide = np.zeros((720, 1280, 3), np.uint8)
    wide[:, 620:660] = 255
    fitted = fit(wide, (640, 480))
    assert fitted.shape == (480, 640, 3)
    assert fitted[:, 312:328].mean() > 200
    assert not fitted[:, :300].any()
    assert not fitted[:, 340:].any()
    assert fit(np.zeros((480, 320, 3), np.uint8), (640, 480)).shape == (480, 640, 3)


def test_a_turned_picture_shows_its_top_left_where_it_went() -> None:
    image = np.zeros((2, 3, 3), np.uint8)
    image[0, 0] = 255
    places = {degrees: turned(image, degrees)[:, :, 0].nonzero() for degrees in (0, 90, 180, 270)}
    assert {degrees: (int(row[0]), int(column[0])) for degrees, (row, column) in places.items()} == {
        0: (0, 0),
        90: (0, 1),
        180: (1, 2),
        270: (2, 0),
    }
    assert turned(image, 0, mirror=True)[0, 2].all()
    assert turned(image, 90).shape == (3, 2, 3)


def test_measures_of_pictures() -> None:
    stripes = plain(0)
    stripes[:, ::2] = 255
    assert brightness(plain(90)) == 90
    assert sharpness(plain(90)) == 0
    assert sharpness(stripes) > 1000
    assert frame_rate([1.0, 1.5, 2.0]) == pytest.approx(2.0)
    assert frame_rate([]) == frame_rate([1.0]) == 0


def test_a_frame_keeps_its_picture_to_itself() -> None:
    assert repr(Frame(plain(7), 3, 1.5)) == "Frame(number=3, captured=1.5)"
