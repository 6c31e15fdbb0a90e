"""Names of the dock's controls, for developers; whatever is not listed shows its own id."""

from typing import Final

from kiosk.bus.messages import SimulatedUnit

UNITS: Final = {
    "id_card": ("card", "读卡器 ID card reader"),
    "camera": ("camera", "摄像头 Camera"),
    "receipt_printer": ("receipt", "凭条打印机 Receipt printer"),
    "document_printer": ("printer", "A4 打印机 Document printer"),
    "network": ("network", "网络 Network"),
}
CHOICES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("id_card", "place"): (
        "resident", "resident2", "expired", "bad_check_digit", "child", "hmt", "foreigner_2017", "foreigner_2023",
    ),
    ("camera", "show"): ("holder", "other", "two", "nobody"),
}  # fmt: skip
"""Arguments offered for a verb; any other verb is called without one."""
WORDS: Final = {
    "place": "放卡 place", "take": "取走 take", "lift_during_read": "读时抬起 lift early",
    "sam_fault": "模块故障 SAM fault",
    "resident": "居民 resident", "resident2": "居民二 resident2", "expired": "过期 expired",
    "bad_check_digit": "校验错 bad digit", "child": "儿童 child", "hmt": "港澳台 HMT",
    "foreigner_2017": "外国人 2017", "foreigner_2023": "外国人 2023",
    "show": "镜头前 show", "holder": "本人 holder", "other": "他人 other", "two": "两人 two", "nobody": "无人 nobody",
    "far": "太远 far", "near": "太近 near", "freeze": "定格 freeze", "black": "黑屏 black",
    "jam": "卡纸 jam", "clear": "清纸 clear", "paper_out": "缺纸 paper out", "paper_low": "纸少 paper low",
    "refill": "加纸 refill", "cover_open": "开盖 open", "cover_close": "关盖 close",
    "unplug": "拔线 unplug", "plug": "插线 plug", "slow": "变慢 slow", "garbage": "乱码 garbage", "mute": "无应答 mute",
    "heal": "复原 heal", "cut": "断网 cut", "restore": "恢复 restore",
}  # fmt: skip

Control = tuple[str, str, str]
"""Id, label, argument."""


def word(name: str) -> str:
    return WORDS.get(name, name.replace("_", " "))


def controls(unit: SimulatedUnit, verb: str) -> list[Control]:
    prefix = f"dock.{unit.kind}.{verb}"
    choices = CHOICES.get((unit.kind, verb))
    if choices is None:
        return [(prefix, word(verb), "")]
    return [(f"{prefix}.{choice}", word(choice), choice) for choice in choices]
