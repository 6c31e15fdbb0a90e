import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions.differences import between, label, of_item
from central.editions.edition import Edition, Head, in_order
from central.editions.model import Item
from central.editions.scope import Override
from tests.central.editions.samples import everything, item, small, texts

OLD = everything()


def words(**changes: Any) -> list[str]:
    return [one.in_chinese() for one in of_item(item(OLD), item(copy.deepcopy(OLD) | changes))]


def test_a_changed_field_is_said_as_the_console_calls_it() -> None:
    assert words(promised_days=3) == ["承诺时限（工作日）：“5”改为“3”"]
    assert words(network="online_only", needs_office=False) == ["只在办公时间可办：删除“是”"]
    assert words(title=texts("新", "新", "Look everything")) == [
        "事项名称 › 简体：“查一查”改为“新”",
        "事项名称 › 繁体：“查一查”改为“新”",
    ]


def test_entries_are_told_apart_by_what_they_are_called() -> None:
    form = copy.deepcopy(OLD["form"])
    form[3]["maximum"] = 100
    del form[7]
    form.insert(0, {"name": "extra", "kind": "phone", "label": texts("乙"), "question": texts("乙？")})
    assert words(form=form) == [
        "表单 › “extra”：新增“乙”",
        "表单 › “amount” › 最大值：“99”改为“100”",
        "表单 › “phone”：删除“甲”",
    ]


def test_words_of_a_list_and_another_order() -> None:
    assert words(keywords=["all", "every"]) == ["搜索词：新增“every”", "搜索词：删除“全部”"]
    assert words(keywords=["all", "全部"]) == ["搜索词：调整了次序"]
    assert words(devices=list(reversed(OLD["devices"]))) == []


def test_a_place_is_named() -> None:
    assert label(("form", 0, "options", 2, "label", "en")) == "表单 › 第 1 项 › 选项 › 第 3 项 › 名称 › 英文"


def edition(*items: dict[str, Any], overrides: tuple[Override, ...] = ()) -> Edition:
    made: dict[str, Item] = {one.code: one for one in map(item, items)}
    return Edition(Head(1, "published", 0.0, "anna"), in_order(made), overrides)


def test_items_and_overrides_that_come_and_go() -> None:
    withheld = (Override("aa", "440300", "withheld"),)
    old, new = edition(small("aa"), small("bb")), edition(small("aa"), small("cc"), overrides=withheld)
    assert [str(one) for one in between(old, new)] == ["cc: added", "bb: removed", "aa.places.440300: added"]
    assert [one.kind for one in between(None, new)] == ["added", "added", "added"]
    assert between(new, new) == []


@settings(deadline=None)
@given(st.integers(0, 20), st.sampled_from(["aa", "bb"]), st.booleans())
def test_editions_differ_exactly_when_something_is_said(days: int, code: str, required: bool) -> None:
    form = [{"name": "q", "kind": "text", "required": required, "label": texts("问"), "question": texts("问？")}]
    old = edition(small("aa", legal_limit_days=3, steps=["form"], form=form))
    new = edition(small(code, legal_limit_days=days, steps=["form"], form=[form[0] | {"required": True}]))
    assert bool(between(old, new)) == (old.items != new.items)
