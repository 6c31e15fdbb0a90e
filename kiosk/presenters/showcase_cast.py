"""Who and what the showcase shows: invented people and numbers, the longest of their kind."""

from dataclasses import replace
from datetime import date
from typing import Final

from drivers.id_card.contract import CardType, IdCard, Sex

HALL: Final = "广东省佛山市顺德区北滘镇政务服务中心二十四小时自助服务区"
SESSION: Final = "0198c0de-0000-7000-8000-000000000001"
OTHER_SESSION: Final = "0198c0de-0000-7000-8000-000000000002"
REFERENCE: Final = "GD4401001-000042-K"
NUMBER: Final = "SB20260715004821"
RULE: Final = "您选的时间段里没有参保记录（《社会保险个人权益记录管理办法》第十四条）。"
REMEDY: Final = {
    "zh-Hans": "请改选其他时间再申请一次，或者到社保窗口核对单位缴费情况。",
    "zh-Hant": "請改選其他時間再申請一次，或者到社保櫃枱核對單位繳費情況。",
    "en": "Apply again for another period, or ask at the social insurance counter.",
}
WALL: Final = 1_784_101_320.0

CARD: Final = IdCard(
    CardType.RESIDENT, "阿布都热合曼·买买提", "11010519491231002X", Sex.MALE, date(1949, 12, 31),
    date(2020, 1, 1), date(2040, 1, 1),
)  # fmt: skip
FOREIGNER: Final = replace(
    CARD, type=CardType.FOREIGNER_2023, name="", latin_name="WOLFESCHLEGELSTEINHAUSENBERGER ALEXANDER",
    number="911156198607210018",
)  # fmt: skip
