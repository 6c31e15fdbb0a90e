"""The pages in the console's menu, each for those who may see it. One line a page; who may is declared at its route."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from central.staff.roles import Employee, Role

_A, _C, _O, _U = Role.AUTHORITY, Role.CLERK, Role.OPERATOR, Role.AUDITOR


@dataclass(frozen=True)
class Entry:
    group: str
    title: str
    path: str
    icon: str
    """Of :mod:`central.console.icons`."""
    roles: tuple[Role, ...]


ENTRIES: Final[tuple[Entry, ...]] = (
    Entry("", "今日", "/console", "home", tuple(Role)),
    Entry("事项", "事项目录", "/console/catalogue", "catalogue", (_A, _O, _U)),
    Entry("办件", "办件队列", "/console/matters", "inbox", (_C, _U)),
    Entry("办件", "办件统计", "/console/statistics", "chart", (_A, _U)),
    Entry("办件", "整改工单", "/console/tickets", "star", (_C, _A, _U)),
    Entry("设备", "分布图", "/console/fleet/map", "map", (_O, _A, _U)),
    Entry("设备", "终端", "/console/fleet", "terminal", (_O, _A, _U)),
    Entry("设备", "分批更新", "/console/fleet/rollouts", "steps", (_O, _A, _U)),
    Entry("设备", "运维工单", "/console/fleet/orders", "wrench", (_O, _A, _U)),
    Entry("设备", "耗材", "/console/fleet/consumables", "paper", (_O, _A, _U)),
    Entry("设备", "用量", "/console/fleet/usage", "chart", (_O, _A, _U)),
    Entry("设备", "支撑平台", "/console/platforms", "key", (_O, _U)),
    Entry("管理", "工作人员账号", "/console/staff", "people", (Role.ADMINISTRATOR, _U)),
    Entry("管理", "操作记录", "/console/audit", "audit", (_U,)),
)


@dataclass(frozen=True)
class Group:
    title: str
    entries: Sequence[Entry]


def menu(employee: Employee, there: Iterable[str]) -> list[Group]:
    """What she may see of the pages that are ``there``, by their paths."""
    paths = set(there)
    hers = [entry for entry in ENTRIES if entry.path in paths and employee.may(*entry.roles)]
    return [Group(title, list(entries)) for title, entries in groupby(hers, lambda entry: entry.group)]


def current(path: str) -> str:
    """The path of the entry that a page belongs to: the longest that leads to it."""
    leading = [
        entry.path for entry in ENTRIES if path == entry.path or (entry.group and path.startswith(f"{entry.path}/"))
    ]
    return max(leading, key=len, default="")
