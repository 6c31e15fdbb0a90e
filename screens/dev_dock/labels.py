"""Names of the dock's units, in the order of the dock, and the arguments it offers. A verb is its own label."""

from typing import Final

from kiosk.bus.messages import SimulatedUnit

UNITS: Final = {
    "network": ("network", "网络 Network"),
    "id_card": ("card", "读卡器 Card reader"),
    "camera": ("camera", "摄像头 Camera"),
    "receipt_printer": ("receipt", "凭条打印机 Receipts"),
    "document_printer": ("printer", "A4 打印机 Documents"),
    "smart_card": ("card", "社保卡读卡器 Chip card"),
    "document_camera": ("camera", "高拍仪 Document camera"),
    "code_scanner": ("code", "扫码器 Code scanner"),
    "signature": ("edit", "签字板 Signature"),
    "audio": ("sound", "声音 Sound"),
    "signals": ("light", "灯和门 Signals"),
    "power": ("power", "不间断电源 UPS"),
    "queue": ("warning", "队列硬盘 Disk"),
}
OPEN: Final = frozenset({"network", "id_card", "camera"})
"""Units whose section is unfolded at first: the journey of the demonstration needs them at hand."""
CABLE: Final = ("heal", "unplug", "plug", "slow", "mute", "garbage", "busy", "wrong_model")
"""Verbs that every device has, in a row of their own."""
CHOICES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("id_card", "place"): (
        "resident", "resident2", "expired", "bad_check_digit", "child", "moved", "hmt", "foreigner_2017",
        "foreigner_2023",
    ),
    ("camera", "show"): ("holder", "other", "two", "nobody"),
    ("document_camera", "put"): ("text", "form", "a5", "card", "blank"),
    ("smart_card", "put"): ("person", "other", "expired", "pin", "bank", "broken"),
}  # fmt: skip
"""Arguments offered for a verb; any other verb is called without one."""
Control = tuple[str, str, str]
"""Id, label, argument."""


def word(name: str) -> str:
    return name.replace("_", " ")


def controls(unit: SimulatedUnit, verb: str) -> list[Control]:
    prefix = f"dock.{unit.kind}.{verb}"
    choices = CHOICES.get((unit.kind, verb))
    if choices is None:
        return [(prefix, word(verb), "")]
    return [(f"{prefix}.{choice}", word(choice), choice) for choice in choices]


def groups(unit: SimulatedUnit) -> list[tuple[str, list[str]]]:
    """Title and verbs of each row of buttons: what is offered with arguments, what is its own, what all have."""
    choices = [verb for verb in unit.verbs if (unit.kind, verb) in CHOICES]
    own = [verb for verb in unit.verbs if verb not in choices and verb not in CABLE]
    common = [verb for verb in CABLE if verb in unit.verbs]
    rows = [*((word(verb), [verb]) for verb in choices), ("", own), ("线缆 cable" if own else "", common)]
    return [row for row in rows if row[1]]


def rank(kind: str) -> int:
    """Where the unit stands on the dock; unknown ones come last."""
    return list(UNITS).index(kind) if kind in UNITS else len(UNITS)
