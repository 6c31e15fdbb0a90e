from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions import editing
from central.editions.check import check_data
from central.editions.editing import Group, Input
from tests.central.editions.samples import everything, item, small


def sent(nodes: Iterable[Input | Group]) -> Iterator[tuple[str, Sequence[str]]]:
    """As a browser sends the form when nothing was changed: what is not ticked is left out."""
    for node in nodes:
        if isinstance(node, Group):
            yield from sent(node.children)
        elif node.widget == "checks":
            if node.values:
                yield node.name, node.values
        elif node.widget != "tick" or node.value:
            yield node.name, [node.value.replace("\n", "\r\n")]


def names(nodes: Iterable[Input | Group]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        found += [node.name] + (names(node.children) if isinstance(node, Group) else [])
    return found


@pytest.mark.parametrize("data", [small(), everything()], ids=["small", "everything"])
def test_a_form_that_is_sent_as_it_came_changes_nothing(data: dict[str, Any]) -> None:
    nodes, rest = editing.form(item(data).as_data())
    assert rest == []
    assert check_data(editing.read(dict(sent(nodes)))).require() == item(data)


def test_every_field_of_the_schema_is_on_the_form() -> None:
    found = names(editing.form(everything())[0])
    assert len(found) == len(set(found))
    expected = {"title.zh-Hant", "form.10.columns.0.label.en", "materials.0.ways", "guide.faq.0.answer.en", "starts_at"}
    assert expected <= set(found)


def test_what_is_wrong_stands_beside_its_field() -> None:
    wrong = small(fee_cents="ten", audience=["elder"], steps=["sumbit"], form=[{"name": "A"}])
    nodes, rest = editing.form(wrong, check_data(wrong).flaws)

    def errors(nodes: Iterable[Input | Group]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for node in nodes:
            found |= {node.name: node.error} if node.error else {}
            found |= errors(node.children) if isinstance(node, Group) else {}
        return found

    told = errors(nodes)
    assert {"fee_cents", "audience", "steps", "form.0.name", "form.0.kind", "form.0.label"} <= told.keys()
    assert "elders" in told["audience"]
    assert rest == []


def test_what_is_wrong_at_no_field_is_told_all_the_same() -> None:
    wrong = small(titel="x")
    assert editing.form(wrong, check_data(wrong).flaws)[1] == ["titel：不认识这个字段，是不是“title”？"]


def test_the_buttons_beside_a_list() -> None:
    data = everything()
    assert len(editing.changed(everything(), "add:notice")["notice"]) == 2
    assert editing.changed(small(), "add:materials")["materials"] == [{}]
    assert editing.changed(everything(), "add:form.10.columns")["form"][10]["columns"][1] == {}
    assert editing.changed(small(), "add:guide.faq")["guide"] == {"faq": [{}]}
    assert [one["name"] for one in editing.changed(everything(), "up:form.1")["form"][:2]] == ["many", "way"]
    assert editing.changed(everything(), "remove:form.0")["form"] == data["form"][1:]


@settings(deadline=None)
@given(
    st.text(max_size=30) | st.from_regex(r"(add|up|remove):(form|title|notice)(\.[0-9a-z]{1,3}){0,3}", fullmatch=True)
)
def test_any_button_leaves_an_item_that_can_be_shown(action: str) -> None:
    editing.form(editing.changed(everything(), action))


FIELDS = st.sampled_from(
    [*dict(sent(editing.form(everything())[0])), "form.99999999999999999999.name", "form.x.name", "q"]
)


@settings(deadline=None)
@given(st.dictionaries(FIELDS, st.lists(st.text(max_size=10), max_size=2), max_size=20))
def test_whatever_is_sent_is_an_item_or_a_list_of_flaws(told: dict[str, list[str]]) -> None:
    data = editing.read(told)
    checked = check_data(data)
    assert bool(checked.flaws) != bool(checked.item)
    editing.form(data, checked.flaws)
