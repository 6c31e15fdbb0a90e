from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from screens.wrap import NOT_AT_END, NOT_AT_START, wrap


def cells(text: str) -> float:
    """A Chinese character is two cells wide, a Latin one is one."""
    return sum(1 if character.isascii() else 2 for character in text)


def test_chinese_breaks_anywhere() -> None:
    assert wrap("请把身份证放好", 8, cells) == ["请把身份", "证放好"]


def test_no_line_begins_with_a_pausing_mark() -> None:
    assert wrap("请放好，谢谢。", 6, cells) == ["请放", "好，谢", "谢。"]


def test_no_line_ends_with_an_opening_mark() -> None:
    assert wrap("依据《办法》", 6, cells) == ["依据", "《办", "法》"]


def test_latin_words_and_numbers_stay_whole() -> None:
    assert wrap("拨打 12345 查询", 9, cells) == ["拨打", "12345 查", "询"]


def test_a_compound_may_break_after_its_hyphen() -> None:
    assert wrap("social-insurance", 10, cells) == ["social-", "insurance"]


def test_a_word_wider_than_the_line_is_broken_at_last() -> None:
    assert wrap("W" * 10, 4, cells) == ["WWWW", "WWWW", "WW"]


def test_balanced_lines_are_about_equal() -> None:
    assert wrap("Welcome to the terminal", 20, cells) == ["Welcome to the", "terminal"]
    assert wrap("Welcome to the terminal", 20, cells, balanced=True) == ["Welcome to", "the terminal"]


def test_a_balanced_title_parts_where_one_pauses() -> None:
    assert wrap("您好，欢迎使用自助服务", 18, cells, balanced=True) == ["您好，", "欢迎使用自助服务"]


def test_newlines_and_empty_text_are_kept() -> None:
    assert wrap("一\n\n二", 8, cells) == ["一", "", "二"]
    assert wrap("", 8, cells) == [""]


@given(st.text(alphabet="一二三，。《》ab 1-（）", max_size=40), st.integers(4, 30), st.booleans())
def test_nothing_is_lost_and_marks_keep_their_place(text: str, width: int, balanced: bool) -> None:
    lines = wrap(text, width, cells, balanced=balanced)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines[1:]:
        assert not line or line[0] not in NOT_AT_START or cells(line[0]) + cells(text) > width
    for line, following in pairwise(lines):
        if following and cells(line) < width:
            assert line[-1:] not in NOT_AT_END or cells(f"{line} {following[0]}") > width  # a space may have been there


def test_two_lines_part_where_a_reader_pauses() -> None:
    assert wrap("打印您的证明，约三分钟", 16, cells) == ["打印您的证明，", "约三分钟"]
    assert wrap("We read name, number and birth date.", 30, cells) == ["We read name, number and", "birth date."]


def test_no_single_character_is_left_on_the_last_line() -> None:
    assert wrap("一二三四五六七八九十甲", 20, cells) == ["一二三四五六七八九", "十甲"]
    assert wrap("一二三四五六七八九十" * 2 + "甲", 20, cells)[-1] != "甲"
