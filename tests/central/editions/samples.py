"""Items to try things with: the smallest there is, and one that has everything."""

from typing import Any, cast

from central.editions.check import check_data
from central.editions.model import Item

LANGUAGES = ("zh-Hans", "zh-Hant", "en")


def texts(hans: str, hant: str = "", english: str = "words") -> dict[str, str]:
    return {"zh-Hans": hans, "zh-Hant": hant or hans, "en": english}


def small(code: str = "look", **changes: Any) -> dict[str, Any]:
    return {
        "code": code,
        "title": texts("查一查", "查一查", f"Look {code}"),
        "summary": texts("查一件事"),
        "department": texts("示例局"),
        "audience": ["everyone"],
        "region": "440000",
        "identity_level": "none",
        "steps": ["result"],
        "network": "online_only",
        "decision": "none",
        "pickup": texts("窗口"),
        **changes,
    }


def everything(**changes: Any) -> dict[str, Any]:
    """Every field there is, and every kind of question."""
    asked = {"label": texts("甲"), "question": texts("甲？")}
    return small(
        "everything",
        position=7,
        kind="payment",
        icon="shield",
        short_title=texts("全"),
        keywords=["全部", "all"],
        initials=["qb", "qbxm"],
        department_id="bureau-7",
        audience=["elders", "firms"],
        coverage=["440100", "440300005"],
        starts_at="2026-12-01T09:00:00+08:00",
        ends_at="2027-01-01T00:00:00+08:00",
        identity_level="card_person",
        persons=2,
        steps=[
            "notice",
            "consent",
            "identify",
            "verify_person",
            "prefill",
            "form",
            "materials",
            "sign",
            "pay",
            "confirm",
            "submit",
            "result",
            "output",
            "pickup",
            "farewell",
            "rate",
        ],
        consents=["data-1", "data-1-face"],
        notice=[{"icon": "card", "title": texts("读证"), "text": texts("读证件")}],
        form=[
            {
                "name": "way",
                "kind": "choice",
                "options": [{"value": "post", "label": texts("邮寄")}, {"value": "here", "label": texts("自取")}],
                **asked,
            },
            {
                "name": "many",
                "kind": "choice",
                "multiple": True,
                "required": False,
                "options": [{"value": "one", "label": texts("一")}],
                **asked,
            },
            {
                "name": "words",
                "kind": "text",
                "min_length": 1,
                "max_length": 50,
                "pattern": "[^0-9]*",
                "help": texts("写"),
                **asked,
            },
            {
                "name": "amount",
                "kind": "number",
                "minimum": 0,
                "maximum": 99,
                "decimals": 2,
                "unit": texts("元"),
                **asked,
            },
            {"name": "day", "kind": "date", "earliest": "today-60y", "latest": "2027-12-31", **asked},
            {"name": "place", "kind": "region", "depth": "street", "within": "440000", **asked},
            {
                "name": "home",
                "kind": "address",
                "within": "440100",
                "personal": True,
                "prefill": "residence.address",
                "only_when": {"field": "way", "values": ["post"]},
                **asked,
            },
            {"name": "phone", "kind": "phone", **asked},
            {"name": "account", "kind": "bank_card", **asked},
            {"name": "number", "kind": "id_number", **asked},
            {
                "name": "people",
                "kind": "rows",
                "min_rows": 1,
                "max_rows": 5,
                "columns": [{"name": "who", "kind": "text", "max_length": 20, **asked}],
                **asked,
            },
        ],
        materials=[
            {
                "code": "lease",
                "title": texts("租约"),
                "text": texts("原件"),
                "ways": ["document_camera", "licence", "phone", "counter"],
                "licence": "lease_record",
                "pages": 3,
                "required": False,
                "only_when": {"field": "way", "values": ["here"]},
            },
        ],
        fee_cents=1050,
        fee_from_bill=True,
        fee_basis=texts("价目"),
        devices=["id_card", "document_printer", "receipt_printer", "document_camera"],
        answer_seconds=12.5,
        decision="department",
        rules="prices",
        outputs=[
            {"kind": "certificate", "template": "plain", "needs_result": True},
            {"kind": "receipt"},
            {"kind": "screen"},
            {"kind": "licence"},
            {"kind": "map"},
            {"kind": "guide"},
        ],
        legal_limit_days=20,
        promised_days=5,
        pickup_ways=["terminal", "counter", "post", "electronic"],
        office_hours=[{"days": ["mon", "tue", "fri"], "opens": "09:00", "closes": "12:00"}],
        needs_office=True,
        guide={
            "conditions": [texts("住在这里")],
            "process": [texts("来")],
            "basis": [texts("法")],
            "notes": [texts("留心")],
            "faq": [{"question": texts("几时？"), "answer": texts("今天")}],
            "address": texts("一号"),
            "phone": "020-12345",
        },
        **changes,
    )


def item(data: dict[str, Any]) -> Item:
    return check_data(data).require()


def toml(data: dict[str, Any]) -> str:
    """As somebody would write it into a file."""
    return "\n".join(f"{name} = {_value(value)}" for name, value in data.items())


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            fields = cast("dict[str, Any]", value)
            return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in fields.items()) + " }"
        case list():
            return "[" + ", ".join(map(_value, cast("list[Any]", value))) + "]"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case _:
            return str(value)
