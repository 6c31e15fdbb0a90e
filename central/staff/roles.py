"""Who works with the console, and what may not lie in one pair of hands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from central.staff.errors import BadRoles


class Role(StrEnum):
    AUTHORITY = "authority"
    """What is offered: catalogue, departments and their rules."""
    CLERK = "clerk"
    """Works the matters of her department."""
    OPERATOR = "operator"
    """How it runs: fleet, roll-outs, orders."""
    AUDITOR = "auditor"
    """Reads all of it and the audit, changes nothing."""
    ADMINISTRATOR = "administrator"
    """Staff accounts alone."""


TITLES: Final[Mapping[Role, str]] = {
    Role.AUTHORITY: "业务主管",
    Role.CLERK: "经办人员",
    Role.OPERATOR: "运维人员",
    Role.AUDITOR: "审计人员",
    Role.ADMINISTRATOR: "账号管理员",
}
_ALONE: Final = (Role.ADMINISTRATOR, Role.AUDITOR)
"""Who gives out accounts must not use them; who checks the others must not be one of them."""
_APART: Final = frozenset({Role.AUTHORITY, Role.OPERATOR})


@dataclass(frozen=True)
class Employee:
    id: str
    """The name she signs in with."""
    name: str
    """As people call her."""
    roles: frozenset[Role]
    department: str | None = None
    """Whose matters she works; needed by clerks alone."""

    def may(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def titles(self) -> str:
        return "、".join(TITLES[role] for role in Role if role in self.roles)


def check(roles: Iterable[Role], department: str | None) -> frozenset[Role]:
    """What an account may hold. Raises :class:`BadRoles`, with the reason in Chinese."""
    held = frozenset(roles)
    if not held:
        raise BadRoles("请至少选择一个角色。")
    for role in _ALONE:
        if role in held and len(held) > 1:
            raise BadRoles(f"“{TITLES[role]}”不能兼任其他角色。")
    if held >= _APART:
        raise BadRoles("“业务主管”和“运维人员”必须由不同的人担任。")
    if Role.CLERK in held and not department:
        raise BadRoles("“经办人员”必须写明所属部门。")
    return held
