"""What operators do with the fleet. Each function works in a transaction of its caller, who writes the audit in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from uuid6 import uuid7

from central.fleet import configuring
from central.fleet.commanding import checked, expiry
from central.fleet.errors import BadSettings, NotNow
from central.fleet.wire import Kind
from central.storage.database import Transaction
from central.storage.fleet.commands import CommandRow, ConfigurationRow

_LOOKED_AT: Final = 50


def command(
    transaction: Transaction, terminals: Iterable[str], kind: Kind, arguments: Mapping[str, str], *, now: float, by: str
) -> list[CommandRow]:
    """One that waits already with the same words is not given twice. Raises :class:`BadCommand`."""
    whole = checked(kind, arguments)
    given: list[CommandRow] = []
    new: list[CommandRow] = []
    for terminal in terminals:
        waiting = transaction.fleet.commands.open(terminal, limit=_LOOKED_AT)
        same = next((one for one in waiting if one.kind == kind and one.arguments == whole), None)
        if same is None:
            new.append(CommandRow(terminal, str(uuid7()), kind, whole, now, by, expiry(kind, now)))
        given.append(same or new[-1])
    transaction.fleet.commands.add(new)
    return given


def cancel(transaction: Transaction, terminal: str, command_id: str, *, now: float) -> None:
    """Before the terminal has said that it has it: if it has, its word on what became of it counts. Raises
    :class:`NotNow`."""
    found = transaction.fleet.commands.one(terminal, command_id)
    if found is None or found.state != "waiting":
        raise NotNow("终端已经收到这个命令")
    transaction.fleet.commands.cancel(terminal, command_id, now=now)


def configure(
    transaction: Transaction,
    terminals: Sequence[str],
    change: Mapping[str, str],
    *,
    now: float,
    by: str,
    note: str = "",
    whole: bool = False,
) -> dict[str, int]:
    """Lay ``change`` over what the centre sets now, or set it ``whole``. The version each terminal should have.

    Raises :class:`BadSettings`.
    """
    configuring.checked({key: value for key, value in change.items() if value})
    latest = transaction.fleet.configurations.latest(terminals)
    rows: list[ConfigurationRow] = []
    for terminal in terminals:
        old = latest.get(terminal)
        settings = dict(change) if whole else configuring.changed(old.settings if old else {}, change)
        if settings != (old.settings if old else {}):
            rows.append(ConfigurationRow(terminal, (old.version if old else 0) + 1, settings, now, by, note))
    transaction.fleet.configurations.add(rows)
    return {terminal: old.version for terminal, old in latest.items()} | {row.terminal: row.version for row in rows}


def roll_back(transaction: Transaction, terminal: str, version: int, *, now: float, by: str) -> int:
    """To the settings of an older version, which become the newest. Raises :class:`BadSettings`."""
    old = transaction.fleet.configurations.one(terminal, version)
    if old is None:
        raise BadSettings(f"版本 {version} 已经不在保存的十个版本之中")
    note = f"恢复版本 {version}"
    return configure(transaction, [terminal], old.settings, now=now, by=by, note=note, whole=True)[terminal]


@dataclass(frozen=True)
class Version:
    """A configuration and what it changed."""

    row: ConfigurationRow
    differences: Sequence[configuring.Difference]


def versions(transaction: Transaction, terminal: str) -> list[Version]:
    """The newest first."""
    rows = transaction.fleet.configurations.of(terminal)
    before: list[Mapping[str, Any]] = [*(row.settings for row in rows[1:]), {}]
    return [Version(row, configuring.difference(old, row.settings)) for row, old in zip(rows, before, strict=False)]


def close_order(transaction: Transaction, number: int, *, now: float, by: str, reason: str) -> None:
    """Raises :class:`NotNow`."""
    if not reason.strip():
        raise NotNow("请写明关闭的原因")
    if not transaction.fleet.orders.close([number], now=now, by=by, reason=reason.strip()):
        raise NotNow("工单已经关闭")


def assign_order(transaction: Transaction, number: int, to: str) -> None:
    """Empty: to nobody. Raises :class:`NotNow`."""
    if not transaction.fleet.orders.assign(number, to):
        raise NotNow("工单已经关闭")
