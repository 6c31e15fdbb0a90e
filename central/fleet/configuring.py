"""Which of a terminal's settings the centre may set, and how a change looks. Pure.

Not here is what a terminal needs to be reached and known (address, identity, keys) and what is plugged in where: who
sets that stands before the machine. The terminal checks every value once more with its own rules and may refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from central.fleet.errors import BadSettings


@dataclass(frozen=True)
class Setting:
    title: str
    low: float | None = None
    high: float | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()
    longest: int = 0
    """Characters of a text."""

    def flaw(self, value: str) -> str:
        """Why not, for the operator; empty when it will do."""
        if self.choices:
            return "" if value in self.choices else f"只能是 {'、'.join(self.choices)}"
        if self.longest:
            fits = re.fullmatch(r"[^\x00-\x1f\x7f]+", value) and len(value) <= self.longest and value == value.strip()
            return "" if fits else f"1 到 {self.longest} 个字符，首尾没有空格"
        return "" if self._is_number(value) else f"{self.low:g} 到 {self.high:g} 之间的{'整' if self.whole else ''}数"

    def _is_number(self, value: str) -> bool:
        if not re.fullmatch(r"[0-9]{1,9}" if self.whole else r"[0-9]{1,9}(\.[0-9]{1,6})?", value):
            return False
        return (self.low or 0) <= float(value) <= (self.high or 0)


def _seconds(title: str, high: float = 3600) -> Setting:
    return Setting(f"{title}（秒）", low=1, high=high, whole=True)


SETTINGS: Final[Mapping[str, Setting]] = {
    "terminal.hall": Setting("所在大厅（显示在屏幕上方）", longest=60),
    "terminal.language": Setting("待机画面的语言", choices=("zh-Hans", "zh-Hant", "en")),
    "journey.idle_seconds": _seconds("无人操作多久后询问"),
    "journey.warning_seconds": _seconds("询问显示多久"),
    "journey.face_seconds": _seconds("一次人脸比对最长"),
    "journey.farewell_seconds": _seconds("等待取走证件和纸张"),
    "journey.rating_seconds": _seconds("评价页显示多久"),
    "journey.interrupted_seconds": _seconds("中断说明显示多久"),
    "journey.face_attempts": Setting("人脸比对次数", low=1, high=5, whole=True),
    "central.timeout_seconds": Setting("等待中心应答（秒）", low=1, high=60),
    "supervisor.longest_delay_seconds": _seconds("程序反复退出时最长的等待"),
    "sync.interval_seconds": _seconds("查看待传事项的间隔"),
    "queue.max_waiting": Setting("最多待传事项数", low=1, high=10_000_000, whole=True),
    "queue.max_megabytes": Setting("待传事项最多占用（MB）", low=1, high=1_000_000, whole=True),
    "queue.max_days": Setting("待传事项最长天数", low=1, high=3650, whole=True),
    "queue.keep_days": Setting("密封副本保留天数", low=1, high=3650, whole=True),
    "log.level": Setting("日志详细程度", choices=("debug", "info", "warning", "error")),
}
"""By ``section.key`` of kiosk.ini."""


@dataclass(frozen=True)
class Difference:
    key: str
    before: str | None
    """``None``: left to the terminal."""
    after: str | None

    @property
    def title(self) -> str:
        return SETTINGS[self.key].title if self.key in SETTINGS else self.key


def checked(settings: Mapping[str, str]) -> dict[str, str]:
    """Raises :class:`BadSettings` with all that is wrong."""
    flaws = {
        key: SETTINGS[key].flaw(value) if key in SETTINGS else "中心不能设置这一项" for key, value in settings.items()
    }
    if bad := {key: flaw for key, flaw in flaws.items() if flaw}:
        raise BadSettings("；".join(f"{key}：{flaw}" for key, flaw in sorted(bad.items())))
    return dict(settings)


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return [Difference(key, before.get(key), after.get(key)) for key in keys]


def changed(settings: Mapping[str, str], change: Mapping[str, str]) -> dict[str, str]:
    """With ``change`` over it; an empty value leaves that key to the terminal again."""
    return {key: value for key, value in sorted({**settings, **change}.items()) if value}
