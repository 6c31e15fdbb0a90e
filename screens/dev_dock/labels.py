"""Names of the dock's units, in the order of the dock, and the arguments it offers. A verb is its own label."""

from typing import Final

from kiosk.bus.messages import SimulatedUnit

UNITS: Final = {
    "network": ("network", "网络 Network"),
    "id_card": ("card", "读卡器 Card reader"),
    "camera": ("camera", "摄像头 Camera"),
    "receipt_printer": ("receipt", "凭条打印机 Receipts"),
    "document_printer": ("printer", "A4 打印机 Documents"),
}
CHOICES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("id_card", "place"): (
        "resident", "resident2", "expired", "bad_check_digit", "child", "hmt", "foreigner_2017", "foreigner_2023",
    ),
    ("camera", "show"): ("holder", "other", "two", "nobody"),
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


def rank(kind: str) -> int:
    """Where the unit stands on the dock; unknown ones come last."""
    return list(UNITS).index(kind) if kind in UNITS else len(UNITS)
