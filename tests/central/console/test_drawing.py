"""Charts, map, differences, words: well-formed, escaped, and telling in words what they draw."""

import math
from xml.etree import ElementTree

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from central.console import charts, difference, icons, maps, paging, wording
from central.console.maps import Point
from central.console.paging import Column

COLUMNS = (Column("id", "编号", sorts=True), Column("at", "时间", sorts=True), Column("note", "说明"))
texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=30)
amounts = st.floats(0, 1e9)


def drawn(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{text}</div>")  # noqa: S314 - our own


@given(texts, st.lists(st.tuples(texts, amounts), max_size=5))
def test_bars_of_anything(title: str, rows: list[tuple[str, float]]) -> None:
    tree = drawn(charts.bars(title, rows, "件"))
    assert len(tree.findall(".//rect")) == len(rows)
    assert [cell.text or "" for cell in tree.findall(".//tbody//th")] == [label for label, _ in rows]
    assert (tree.findtext(".//svg/title") or "") == title


@given(st.lists(st.none() | amounts, max_size=30), st.lists(st.none() | amounts, max_size=30))
def test_lines_have_gaps_where_nothing_is_known(one: list[float | None], other: list[float | None]) -> None:
    length = min(len(one), len(other))
    one, other = one[:length], other[:length]
    tree = drawn(charts.lines("t", [str(at) for at in range(length)], {"a": one, "b": other}))
    known = sum(value is not None for value in (*one, *other))
    places = [place for line in tree.findall("./figure/svg/polyline") for place in line.attrib["points"].split()]
    assert known <= len(places) <= 2 * known
    for place in places:
        x, y = map(float, place.split(","))
        assert 0 <= x <= charts.WIDTH + 1
        assert math.isfinite(y)


def test_series_differ_by_more_than_colour() -> None:
    tree = drawn(charts.lines("t", ["1", "2"], {name: [1, 2] for name in "abc"}))
    styles = [line.attrib["class"] for line in tree.findall("./figure/svg/polyline")]
    assert styles == ["line s0", "line s1", "line s2"]
    assert len(tree.findall(".//ul/li")) == 3


@given(texts, st.lists(st.none() | amounts, max_size=20))
def test_a_spark_of_anything(title: str, values: list[float | None]) -> None:
    assert (drawn(charts.spark(title, values)).findtext("svg/title") or "") == title


places = st.builds(
    Point,
    st.floats(100, 130),
    st.floats(10, 30),
    st.sampled_from(["good", "wait", "bad", "off"]),
    texts,
    st.just("/x?a=1&b=2"),
)


@given(st.lists(places, max_size=20))
def test_a_map_shows_every_terminal_of_the_province_once(rows: list[Point]) -> None:
    tree = drawn(maps.points("终端", rows, more="/list?west={west}&south={south}&east={east}&north={north}"))
    inside = [row for row in rows if 109.4 <= row.longitude <= 117.6 and 20 <= row.latitude <= 25.7]
    counts = [int(text.text or "0") for text in tree.findall(".//text[@class='inside']")]
    links = tree.findall(".//a")
    assert sum(counts) + len(links) - len(counts) == len(inside)
    assert all(link.attrib["aria-label"] == link.findtext("title") for link in links)


def test_a_spot_shows_the_worst_of_its_terminals() -> None:
    rows = [
        Point(113.26, 23.13, "good", "天河"),
        Point(113.26, 23.13, "bad", "越秀"),
        Point(113.26, 23.13, "off", "海珠"),
    ]
    tree = drawn(maps.points("终端", rows))
    assert "天河 等 3 台：故障 1，离线 1，正常 1" in [title.text for title in tree.findall(".//g/title")]
    assert [shape.attrib["class"] for shape in tree.findall("./figure/svg/g/polygon")] == ["point bad"]


@given(texts, texts)
def test_differences_put_both_texts_together_again(before: str, after: str) -> None:
    lines = difference.compare(before, after)
    assert [line.text for line in lines if line.side != "new"] == before.splitlines()
    assert [line.text for line in lines if line.side != "gone"] == after.splitlines()


def test_what_did_not_change_is_left_out_but_for_its_neighbours() -> None:
    before = [str(at) for at in range(20)]
    after = [*before[:10], "x", *before[11:]]
    shown = difference.shortened(difference.compare("\n".join(before), "\n".join(after)), around=2)
    assert [line.text if line else "…" for line in shown] == ["…", "8", "9", "10", "x", "11", "12", "…"]
    assert difference.shortened(difference.compare("a", "a")) == []


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 秒"), (59.9, "59 秒"), (60, "1 分钟"), (7199, "1 小时"), (86400 * 2.9, "2 天")]
)
def test_spans(seconds: float, text: str) -> None:
    assert wording.span(seconds) == text


def test_times_are_those_of_china() -> None:
    assert wording.when(1_790_049_600.0) == "2026-09-22 12:00:00"
    assert wording.ago(1_790_049_600.0, 1_790_049_600.0 + 200) == "3 分钟前"
    assert wording.ago(1_790_049_600.0, 1_790_049_600.0 - 7200) == "2 小时后"
    assert {wording.when(None), wording.day(None), wording.ago(None, 0), wording.number(None)} == {"—"}


@pytest.mark.parametrize(
    ("share", "text"), [(1, "100%"), (0.99996, "99.99%"), (0, "0%"), (0.5, "50%"), (0.12345, "12.34%")]
)
def test_a_hundred_percent_is_said_of_all_alone(share: float, text: str) -> None:
    assert wording.percent(share) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 B"), (1023, "1,023 B"), (1536, "1.5 KB"), (5 << 30, "5 GB")])
def test_sizes(count: int, text: str) -> None:
    assert wording.size(count) == text


def test_every_icon_can_be_drawn() -> None:
    for name in ("good", "wait", "bad", "off", "info"):
        assert drawn(icons.icon(name)).find("svg/path") is not None


def request(query: str) -> Request:
    return Request({"type": "http", "path": "/console/x", "query_string": query.encode(), "headers": []})


def test_links_of_a_table_keep_its_filters() -> None:
    asked = paging.asked(request("who=%E6%9E%97&empty=&sort=-at&page=3"), COLUMNS)
    assert (asked.page, asked.sort, asked.descending, asked.offset) == (3, "at", True, 100)
    assert asked.link(page=4) == "/console/x?who=%E6%9E%97&sort=-at&page=4"
    table = paging.listing(COLUMNS, list(range(50)), 1000, asked)
    assert (table.first, table.last, table.pages) == (101, 150, 20)
    assert table.named == [1, 2, 3, 4, 5, None, 20]
    assert (table.order(COLUMNS[1]), table.order(COLUMNS[0])) == ("descending", "none")
    assert table.order_link(COLUMNS[1]).endswith("sort=at")
    assert table.order_link(COLUMNS[0]).endswith("sort=id")


@given(st.text(max_size=30))
def test_no_address_asks_for_what_is_not_there(query: str) -> None:
    asked = paging.asked(request(query), COLUMNS, default="-id")
    assert asked.page >= 1
    assert asked.sort in ("id", "at")


def test_a_column_that_does_not_sort_does_not() -> None:
    assert paging.asked(request("sort=note"), COLUMNS, default="id").sort == "id"


def test_rows_at_hand_are_cut_to_a_page() -> None:
    asked = paging.asked(request("page=2"), COLUMNS, rows=3)
    assert list(paging.cut(COLUMNS, list("abcde"), asked).rows) == ["d", "e"]
    assert paging.cut(COLUMNS, [], asked).first == 0
