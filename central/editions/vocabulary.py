"""The words a service item is written in. A terminal that does not know one of them does not offer the item."""

from typing import Final, Literal

Language = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-Hans", "zh-Hant", "en")

ItemKind = Literal["application", "query", "certificate", "payment", "appointment", "guide"]
Audience = Literal["everyone", "elders", "students", "workers", "families", "firms", "newcomers", "disabled"]
IdentityLevel = Literal["none", "card", "card_person", "legal_person"]
Step = Literal[
    "notice", "consent", "identify", "verify_person", "prefill", "form", "materials", "sign", "pay", "confirm",
    "submit", "result", "output", "pickup", "farewell", "rate",
]  # fmt: skip
FieldKind = Literal[
    "text", "number", "date", "choice", "region", "address", "phone", "bank_card", "id_number", "rows"
]  # fmt: skip
RegionDepth = Literal["province", "city", "district", "street"]
MaterialWay = Literal["document_camera", "licence", "phone", "counter"]
OutputKind = Literal["certificate", "receipt", "screen", "licence", "map", "guide"]
Device = Literal[
    "id_card", "document_printer", "receipt_printer", "smart_card", "camera", "document_camera", "code_scanner",
    "signature", "audio",
]  # fmt: skip
Network = Literal["online_only", "queueable"]
Decision = Literal["at_once", "department", "none"]
PickupWay = Literal["terminal", "counter", "post", "electronic"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

KEYWORDS_OF: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"min_length", "max_length", "pattern"}),
    "number": frozenset({"minimum", "maximum", "decimals", "unit"}),
    "date": frozenset({"earliest", "latest"}),
    "choice": frozenset({"options", "multiple"}),
    "region": frozenset({"depth", "within"}),
    "address": frozenset({"within"}),
    "phone": frozenset(),
    "bank_card": frozenset(),
    "id_number": frozenset(),
    "rows": frozenset({"columns", "min_rows", "max_rows"}),
}
"""By kind of a question, the keywords that only go with it."""

NAMES: Final[dict[str, str]] = {
    "application": "申请", "query": "查询", "certificate": "证明", "payment": "缴费", "appointment": "预约",
    "guide": "指南", "everyone": "所有人", "elders": "老年人", "students": "学生", "workers": "职工",
    "families": "家庭", "firms": "企业", "newcomers": "新市民", "disabled": "残疾人", "none": "无需",
    "card": "刷身份证", "card_person": "身份证和本人核验", "legal_person": "法人登录", "notice": "告知",
    "consent": "同意", "identify": "读证", "verify_person": "本人核验", "prefill": "自动填写", "form": "填表",
    "materials": "材料", "sign": "签名", "pay": "缴费", "confirm": "核对", "submit": "提交", "result": "结果",
    "output": "出件",
    "pickup": "领取", "farewell": "结束", "rate": "评价", "text": "文字", "number": "数字", "date": "日期",
    "choice": "选择", "region": "行政区划", "address": "地址", "phone": "手机", "bank_card": "银行卡号",
    "id_number": "证件号码", "rows": "多行", "province": "省", "city": "市", "district": "县区", "street": "街道",
    "document_camera": "高拍仪", "licence": "电子证照", "counter": "窗口", "receipt": "回执", "screen": "屏幕显示",
    "map": "地图", "id_card": "身份证阅读器", "smart_card": "社保卡读卡器", "receipt_printer": "回执打印机",
    "document_printer": "A4 打印机", "camera": "摄像头", "code_scanner": "扫码器", "signature": "签名板",
    "audio": "语音",
    "online_only": "必须联网", "queueable": "断网可先存", "at_once": "当场办结", "department": "部门审批",
    "terminal": "本机", "post": "邮寄", "electronic": "电子送达", "mon": "周一", "tue": "周二", "wed": "周三",
    "thu": "周四", "fri": "周五", "sat": "周六", "sun": "周日",
}  # fmt: skip
"""What people call them in the console."""
