from pathlib import Path

from fontTools.ttLib import TTFont

from screens import fonts, icons
from screens.fonts import face_file


def test_the_faces_are_the_regional_ones(font_dir: Path) -> None:
    for region in fonts.REGIONS:
        for weight in fonts.WEIGHTS:
            with TTFont(face_file(font_dir, region, weight), lazy=True) as face:
                assert f"CJK {region}" in str(face["name"].getDebugName(4))


def test_faces_in_place_are_not_written_again(font_dir: Path) -> None:
    before = face_file(font_dir, "SC", "Bold").stat().st_mtime_ns
    fonts.extract(font_dir)
    assert face_file(font_dir, "SC", "Bold").stat().st_mtime_ns == before
    assert not list(font_dir.glob("*.part"))


def test_every_icon_is_in_the_icon_font() -> None:
    with TTFont(icons.FONT_FILE, lazy=True) as font:
        known = set(font.getBestCmap() or {})
    assert {name for name, glyph in icons.ICONS.items() if ord(glyph) not in known} == set()


def test_every_icon_of_the_view_models_exists() -> None:
    promised = (
        "card face printer receipt check clock warning stop info person network network_off help home back language "
        "elder star document shield"
    )
    assert set(promised.split()) <= set(icons.ICONS)
