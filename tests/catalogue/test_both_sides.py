"""Any item that the centre lets pass is one that a terminal can read, and means the same to both."""

import copy
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions import model, vocabulary
from central.editions.check import check_data
from kiosk.catalogue import items
from kiosk.journey.performs import performs
from tests.central.editions.samples import everything, item, small

PARTS = {
    "Condition", "NoticePoint", "Option", "Question", "FormField", "Material", "Output", "Hours", "Faq", "Guide",
}  # fmt: skip


@settings(deadline=None)
@given(st.data())
def test_whatever_is_published_is_read(data: st.DataObject) -> None:
    """Parts of an item with everything are left out; what the check still lets pass is sent."""
    sent = copy.deepcopy(everything())
    for name in data.draw(st.sets(st.sampled_from(sorted(sent)), max_size=12)):
        if isinstance(sent[name], list) and len(sent[name]) > 1:
            sent[name] = sent[name][: data.draw(st.integers(1, len(sent[name])))]
        else:
            del sent[name]
    if checked := check_data(sent).item:
        assert items.ServiceItem.model_validate(checked.as_data()).code == checked.code


@pytest.mark.parametrize("data", [small(), everything()], ids=["small", "everything"])
def test_both_read_the_same(data: dict[str, Any]) -> None:
    written = item(data)
    for sent in (written.as_data(), written.as_whole()):
        read = items.ServiceItem.model_validate(sent)
        assert read.model_dump(mode="json") == written.model_dump(mode="json")


@pytest.mark.parametrize("name", sorted(PARTS))
def test_each_part_has_the_same_fields(name: str) -> None:
    assert getattr(model, name).model_fields.keys() == getattr(items, name).model_fields.keys()


def test_both_know_the_same_words() -> None:
    assert model.Item.model_fields.keys() == items.ServiceItem.model_fields.keys()
    assert get_args(vocabulary.Step) == get_args(items.StepName)
    assert get_args(vocabulary.FieldKind) == get_args(items.FieldKind)
    assert vocabulary.LANGUAGES == items.LANGUAGES


def reads(**changes: Any) -> items.ServiceItem:
    return items.ServiceItem.model_validate(item(small(**changes)).as_data())


CHOICE = {
    "name": "q",
    "kind": "choice",
    "label": small()["title"],
    "question": small()["title"],
    "options": [{"value": "a", "label": small()["title"]}],
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"steps": ["form"], "form": [CHOICE]}, True),
        ({"steps": ["form"], "form": [CHOICE | {"kind": "text", "options": []}]}, False),
        ({"steps": ["form"], "form": [CHOICE | {"multiple": True}]}, False),
        ({"steps": ["form"], "form": [CHOICE | {"required": False}]}, False),
        ({"steps": ["sign"]}, False),
        ({"steps": ["output"], "outputs": [{"kind": "receipt"}], "devices": ["receipt_printer"]}, True),
        ({"steps": ["output"], "outputs": [{"kind": "map"}]}, False),
        ({"steps": ["farewell"], "persons": 2}, False),
        ({"steps": ["farewell"]}, True),
    ],
)
def test_a_terminal_offers_what_its_program_can_perform(changes: dict[str, Any], expected: bool) -> None:
    assert performs(reads(**changes)) == expected
