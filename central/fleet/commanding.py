"""What a terminal may be told, for how long, and how it goes on from what the terminal tells. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from central.fleet.errors import BadCommand
from central.fleet.wire import Kind

_DEVICE: Final = r"[a-z][a-z0-9_]{0,31}"
_WORD: Final = r"[^\x00-\x1f\x7f]{1,64}"
_TEXT: Final = r"[^\x00-\x1f\x7f]{0,200}"
_NUMBER: Final = r"[1-9][0-9]{0,14}"
_VERSION: Final = r"[A-Za-z0-9.+-]{1,64}"


@dataclass(frozen=True)
class Rule:
    arguments: Mapping[str, str]
    """Each that there must be, with its pattern."""
    hours: float
    """After which it makes no sense any more."""
    title: str


RULES: Final[Mapping[Kind, Rule]] = {
    "restart": Rule({"what": "app|device|machine", "device": f"({_DEVICE})?"}, 2, "重新启动"),
    "out_of_service": Rule({"reason": _WORD, "elsewhere": _TEXT}, 12, "暂停服务"),
    "in_service": Rule({}, 12, "恢复服务"),
    "reconfigure": Rule({"version": _NUMBER}, 24, "更换配置"),
    "collect_bundle": Rule({}, 24, "收集诊断包"),
    "update": Rule({"version": _VERSION}, 7 * 24, "更新程序"),
    "sync_now": Rule({}, 1, "立即同步"),
    "refresh_catalogue": Rule({}, 2, "刷新事项目录"),
}
HOUR: Final = 3600.0
GRACE: Final = 300.0
"""Seconds after its end in which a terminal may still tell what became of a command."""


def checked(kind: Kind, arguments: Mapping[str, str]) -> dict[str, str]:
    """All arguments the kind has, empty where none was given. Raises :class:`BadCommand`."""
    rule = RULES[kind]
    if unknown := arguments.keys() - rule.arguments.keys():
        raise BadCommand(f"{kind}: {', '.join(sorted(unknown))}")
    whole = {name: arguments.get(name, "") for name in rule.arguments}
    if bad := [name for name, pattern in rule.arguments.items() if not re.fullmatch(pattern, whole[name])]:
        raise BadCommand(f"{kind}: {', '.join(bad)}")
    if kind == "restart" and (whole["what"] == "device") != bool(whole["device"]):
        raise BadCommand("restart: device")
    return whole


def expiry(kind: Kind, now: float) -> float:
    return now + RULES[kind].hours * HOUR
