import copy
import tomllib
from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from central.editions.check import LARGEST, check_data, check_file
from central.editions.consistency import RULES
from central.editions.model import Item
from central.editions.translations import untranslated
from central.editions.vocabulary import KEYWORDS_OF, NAMES, FieldKind
from central.settings import BUNDLED_CATALOGUE
from tests.central.editions.samples import everything, item, small, texts, toml

BUNDLED = {file.name: file.read_bytes() for file in BUNDLED_CATALOGUE.glob("*.toml") if file.name != "catalogue.toml"}
PROOF = BUNDLED["social-insurance-proof.toml"]
QUESTION = {"name": "q", "label": texts("问"), "question": texts("问？")}


def flaws(data: dict[str, Any]) -> dict[str, str]:
    """By place."""
    return {flaw.place: str(flaw) for flaw in check_data(data).flaws}


@pytest.mark.parametrize("file", sorted(BUNDLED))
def test_what_comes_with_the_program_is_good(file: str) -> None:
    checked = check_file(BUNDLED[file], file)
    assert checked.flaws == ()
    assert checked.item
    assert checked.item.code == file.removesuffix(".toml")
    assert list(untranslated(checked.item)) == []


def test_an_item_with_everything_is_good_and_says_the_same_as_a_file() -> None:
    data = everything()
    checked = check_data(data)
    assert checked.flaws == ()
    assert check_file(toml(data).encode(), "everything.toml").item == checked.item
    assert {name for name in Item.model_fields if name not in data} == {"version"}


def test_what_was_written_is_read_back() -> None:
    for data in (small(), everything()):
        made = item(data)
        assert item(made.as_data()) == made
        assert item(made.as_whole()) == made


def test_what_has_its_default_is_not_written() -> None:
    assert item(small()).as_data() == small() | {"version": 1}


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = small(titel="x", fee_cents="ten", audience=["elder"], region="Guangdong", answer_seconds=float("nan"))
    del wrong["summary"]
    wrong["title"] = {"zh-Hans": "查", "en": 5, "zh-hant": "查"}
    wrong["form"] = [{"name": "A", "knd": "text"}]
    assert set(flaws(wrong)) == {
        "titel", "fee_cents", "audience.0", "region", "answer_seconds", "summary", "title.zh-Hant", "title.en",
        "title.zh-hant", "form.0.name", "form.0.knd", "form.0.kind", "form.0.label", "form.0.question",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "place", "meant"),
    [
        ({"titel": "x"}, "titel", "title"),
        ({"audience": ["elder"]}, "audience.0", "elders"),
        ({"steps": ["sumbit"]}, "steps.0", "submit"),
        ({"guide": {"condition": []}}, "guide.condition", "conditions"),
        ({"title": texts("查") | {"zh-hans": "查"}}, "title.zh-hans", "zh-Hans"),
        ({"form": [QUESTION | {"kind": "choise"}]}, "form.0.kind", "choice"),
        ({"office_hours": [{"days": ["monday"], "opens": "09:00", "closes": "10:00"}]}, "office_hours.0.days.0", "mon"),
        ({"qqqqqqqq": 1}, "qqqqqqqq", ""),
    ],
)
def test_a_near_miss_is_named(changes: dict[str, Any], place: str, meant: str) -> None:
    found = next(flaw for flaw in check_data(small(**changes)).flaws if flaw.place == place)
    assert found.meant == meant
    assert meant in found.in_chinese()
    assert (f"did you mean {meant}?" in str(found)) == bool(meant)


def test_a_flaw_names_its_file() -> None:
    assert str(check_file(b'code = "x', "x.toml").flaws[0]).startswith("x.toml: is not TOML")
    assert str(check_file(b"region = 5", "y.toml").flaws[-1]).startswith("y.toml: ")


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in names}


PAID = small(steps=["pay"], fee_cents=5)
ASKED = small(steps=["form"], form=[QUESTION | {"kind": "text"}])


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (ASKED | {"form": [*ASKED["form"], *ASKED["form"]]}, "form"),
        (small(steps=["form"], form=[QUESTION | {"kind": "choice"}]), "form.0.options"),
        (small(steps=["form"], form=[QUESTION | {"kind": "rows"}]), "form.0.columns"),
        (small(steps=["form"], form=[QUESTION | {"kind": "phone", "max_length": 3}]), "form.0.max_length"),
        (small(steps=["form"], form=[QUESTION | {"kind": "number", "minimum": 3, "maximum": 2}]), "form.0.maximum"),
        (small(steps=["form"], form=[QUESTION | {"kind": "text", "pattern": "("}]), "form.0.pattern"),
        (
            ASKED | {"form": [ASKED["form"][0] | {"only_when": {"field": "later", "values": ["a"]}}]},
            "form.0.only_when.field",
        ),
        (small(steps=["form"]), "form"),
        (without(ASKED, "steps") | {"steps": ["result"]}, "steps"),
        (PAID | {"network": "queueable"}, "network"),
        (small(steps=["pay"]), "fee_cents"),
        (small(steps=["submit", "confirm"]), "steps.0"),
        (small(steps=["result", "result"]), "steps"),
        (small(identity_level="card"), "steps"),
        (small(steps=["identify"], devices=["id_card"]), "identity_level"),
        (small(steps=["identify"], identity_level="card"), "devices"),
        (small(steps=["output"], outputs=[{"kind": "receipt"}]), "devices"),
        (small(decision="department"), "promised_days"),
        (small(decision="at_once", steps=["submit"]), "rules"),
        (small(decision="department", legal_limit_days=3, promised_days=4), "promised_days"),
        (small(needs_office=True), "office_hours"),
        (small(office_hours=[{"days": ["mon"], "opens": "10:00", "closes": "09:00"}]), "office_hours.0.closes"),
        (small(starts_at="2026-01-02T00:00:00+08:00", ends_at="2026-01-01T00:00:00+08:00"), "ends_at"),
        (small(starts_at="2026-01-02T00:00:00"), "starts_at"),
        (small(notice=[{"icon": "card", "title": texts("甲"), "text": texts("乙")}]), "steps"),
        (small(steps=["materials"], materials=[{"code": "a", "title": texts("甲"), "ways": ["licence"]}]),
         "materials.0.licence"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_told_at_its_place(data: dict[str, Any], place: str) -> None:
    assert place in flaws(data), check_data(data).flaws


def test_each_rule_lets_pass_what_fits() -> None:
    assert [flaw for rule in RULES for flaw in rule(item(everything()))] == []


@pytest.mark.parametrize("kind", get_args(FieldKind))
def test_every_kind_of_question_has_its_keywords_and_its_name(kind: str) -> None:
    assert kind in KEYWORDS_OF
    assert kind in NAMES


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_an_item_or_a_list_of_flaws(content: bytes) -> None:
    checked = check_file(content, "f.toml")
    assert bool(checked.flaws) != bool(checked.item)
    assert all(flaw.file == "f.toml" and str(flaw) and flaw.in_chinese() for flaw in checked.flaws)


@settings(deadline=None)
@given(st.integers(0, len(PROOF) - 1), st.integers(0, 200), st.binary(max_size=6))
def test_a_damaged_file_is_an_item_or_a_list_of_flaws(place: int, length: int, instead: bytes) -> None:
    checked = check_file(PROOF[:place] + instead + PROOF[place + length :], "f.toml")
    assert bool(checked.flaws) != bool(checked.item)


@pytest.mark.parametrize("deep", ["a=" + "[" * 50_000, "a=" + "{b=" * 5_000, "a" + ".a" * 50_000 + "=1"])
def test_what_is_too_deep_is_a_flaw(deep: str) -> None:
    assert check_file(deep.encode(), "f.toml").flaws


def test_what_is_too_large_is_a_flaw() -> None:
    assert check_file(b"#" * (LARGEST + 1), "f.toml").flaws
    assert check_file(b"fee_cents = " + b"9" * 5000, "f.toml").flaws


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates() | st.datetimes(),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.data())
def test_any_value_at_any_field_is_an_item_or_a_list_of_flaws(data: st.DataObject) -> None:
    changed = copy.deepcopy(everything())
    holder: dict[Any, Any] | list[Any] = changed
    while True:
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else list(range(len(holder)))))
        inside: Any = holder[key]
        if not isinstance(inside, dict | list) or not inside or data.draw(st.booleans()):
            break
        holder = cast("dict[Any, Any] | list[Any]", inside)
    holder[key] = data.draw(JUNK)
    checked = check_data(changed)
    assert bool(checked.flaws) != bool(checked.item)


def test_untranslated_texts_are_doubted() -> None:
    doubted = item(small(title=texts("查询", "查询", "查询"), summary=texts("醫院", "醫院", "hospital")))
    assert {flaw.place: flaw.chinese for flaw in untranslated(doubted)} == {
        "title.en": "英文里还是中文",
        "title.zh-Hant": "繁体里有简体字：询",
        "summary.zh-Hans": "简体里有繁体字：醫",
    }


def test_the_example_of_the_docs_is_good() -> None:
    text = (BUNDLED_CATALOGUE.parents[1] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    examples = [part.partition("```")[0] for part in text.split("```toml\n")[1:]]
    assert examples
    for example in examples:
        assert tomllib.loads(example)
    assert check_file(examples[0].encode(), "example").flaws == ()
