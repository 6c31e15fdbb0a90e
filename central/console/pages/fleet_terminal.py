"""One terminal: how it is and was, what it is told, how it is set."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Final, get_args

from fastapi import Form, Path, Request, Response
from markupsafe import Markup

from central.centre import Centre, Shared
from central.console import charts, frame
from central.console.frame import page, see_other
from central.console.pages.fleet import LIST, Operator, Reader
from central.console.wording import clock, day
from central.fleet import configuring, operating, overview
from central.fleet.commanding import RULES
from central.fleet.errors import FleetError
from central.fleet.health import DAY, HOUR, changes
from central.fleet.wire import CommandId, Heartbeat, Kind
from central.problems import Problem
from central.staff.audit import audit
from central.storage.database import Transaction
from central.storage.fleet.states import ForecastRow, SampleRow, SpanRow, StateRow

DAYS: Final = 14
"""Of the charts."""
_AHEAD: Final = 7
_CHANGES: Final = 60
_COMMANDS: Final = 30
STATES: Final = {
    "online": "正常", "busy": "正在使用", "starting": "正在启动", "degraded": "部分受限", "user_error": "需要操作",
    "offline": "没有应答", "no_device": "没有接上", "hardware_error": "硬件故障",
}  # fmt: skip
_KINDS: Final = {"online": "good", "busy": "good", "starting": "wait", "degraded": "wait", "user_error": "wait"}
PROGRESS: Final = {
    "waiting": ("wait", "等待终端"), "accepted": ("wait", "终端已收到"), "done": ("good", "已完成"),
    "failed": ("bad", "失败"), "refused": ("bad", "终端拒绝"), "unsupported": ("off", "终端没有这个能力"),
    "expired": ("off", "过期未执行"), "cancelled": ("off", "已撤销"),
}  # fmt: skip
SERVICE: Final = {"in_service": "正常服务", "out_of_service": "暂停服务"}
SESSION: Final = {"idle": "无人使用", "running": "有群众在办事", "staff": "工作人员在操作"}
Name = Annotated[str, Path(pattern=r"^[A-Z0-9]{2,16}$")]
_Text = Annotated[str, Form(max_length=200)]
router = frame.pages(f"{LIST}/terminals")


@dataclass(frozen=True)
class _Change:
    at: float
    what: list[str]


@router.get("/{name}")
def terminal(request: Request, name: Name, _employee: Reader, centre: Shared) -> Response:
    now = centre.now()
    with centre.storage.reading() as transaction:
        state = _found(transaction, name)
        places = centre.fleet.places.all(transaction)
        totals = transaction.fleet.states.totals(now - DAYS * DAY, now, name)
        spans = transaction.fleet.states.spans(name, now - DAYS * DAY)
        samples = transaction.fleet.states.samples(name, now - DAYS * DAY)
        foreseen = {row.supply: row for row in transaction.fleet.states.foreseen(name)}
        history = transaction.fleet.states.history(name, _CHANGES)
        parts: dict[str, Any] = {
            "commands": transaction.fleet.commands.of(name, _COMMANDS),
            "versions": operating.versions(transaction, name),
            "orders": transaction.fleet.orders.all_open(name),
            "wish": transaction.fleet.configurations.desired([name]).get(name, (0, "")),
        }
    beat = Heartbeat.model_validate_json(state.document)
    row = overview.rows([state], totals, places, now - DAYS * DAY, now)[0]
    return page(
        request,
        "fleet/terminal.html",
        row=row,
        beat=beat,
        heard=now - state.heard_at,
        devices=[(one, STATES[one.state], _KINDS.get(one.state, "bad")) for one in beat.devices],
        device_names=[
            (one.name, overview.DEVICES.get(one.name, one.name)) for one in beat.devices if one.name != "app"
        ],
        titles=overview.DEVICES,
        words={"who": overview.WHO, "progress": PROGRESS, "service": SERVICE, "session": SESSION},
        kinds=RULES,
        settings=configuring.SETTINGS,
        uptime_chart=_uptime(state, spans, now),
        queue_chart=_queue(samples, now),
        supplies=[(one, foreseen.get(f"{one.device}.{one.name}")) for one in beat.supplies],
        supply_charts=[_supply(samples, told, now) for told in foreseen.values()],
        changes=_changes(history),
        **parts,
    )


@router.post("/{name}/commands")
def command(
    request: Request,
    name: Name,
    employee: Operator,
    centre: Shared,
    kind: Annotated[str, Form(max_length=40)],
    what: _Text = "",
    device: _Text = "",
    reason: _Text = "",
    elsewhere: _Text = "",
    version: _Text = "",
) -> Response:
    back = f"{LIST}/terminals/{name}"
    given = {"what": what, "device": device, "reason": reason, "elsewhere": elsewhere, "version": version}
    known = _kind(kind)
    arguments = {key: given[key].strip() for key in RULES[known].arguments}
    try:
        with centre.fleet.work(name) as (transaction, now):
            _found(transaction, name)
            made = operating.command(transaction, [name], known, arguments, now=now, by=employee.id)[0]
            told = " ".join(filter(None, (known, *arguments.values())))
            audit(transaction, employee, "fleet.command", name, told, now)
    except FleetError as error:
        return see_other(request, back, f"{error.__doc__}（{error}）", "bad")
    until = f"{clock(made.expires_at)} 之前有效。"
    return see_other(request, back, f"已下命令：{RULES[known].title}。终端有人使用时会等到空闲；{until}")


@router.post("/{name}/commands/{command_id}/cancel")
def cancel(
    request: Request, name: Name, command_id: Annotated[CommandId, Path()], employee: Operator, centre: Shared
) -> Response:
    back = f"{LIST}/terminals/{name}"
    try:
        with centre.fleet.work(name) as (transaction, now):
            operating.cancel(transaction, name, command_id, now=now)
            audit(transaction, employee, "fleet.cancel", name, command_id, now)
    except FleetError as error:
        return see_other(request, back, f"没有撤销：{error}。", "bad")
    return see_other(request, back, "命令已撤销。")


def _kind(text: str) -> Kind:
    for kind in get_args(Kind):
        if kind == text:
            return kind
    raise Problem(422, "没有这个命令。", "请从终端页面选择。")


def _found(transaction: Transaction, name: str) -> StateRow:
    state = transaction.fleet.states.one(name)
    if state is None:
        raise Problem(404, f"没有终端 {name}，或者它还没有报告过。", "请从终端列表进入。")
    return state


def found(centre: Centre, name: str) -> StateRow:
    """Raises :class:`Problem` 404."""
    with centre.storage.reading() as transaction:
        return _found(transaction, name)


def _changes(history: list[tuple[float, dict[str, Any]]]) -> list[_Change]:
    """The newest first; the oldest has nothing to be compared with."""
    return [_Change(at, changes(before, after)) for (at, after), (_, before) in pairwise(history)]


def _uptime(state: StateRow, spans: Sequence[SpanRow], now: float) -> Markup:
    days = overview.daily(state, spans, DAYS, now)
    shares = [None if told.share is None else 100 * told.share for _, told in days]
    return charts.lines(f"{DAYS} 天可用率", [day(at)[5:] for at, _ in days], {"可用率": shares}, "%")


def _queue(samples: list[SampleRow], now: float) -> Markup:
    by_hour = {int(one.at // HOUR): one.waiting for one in samples}
    last = int(now // HOUR)
    hours = range(last - 71, last + 1)
    labels = [clock(hour * HOUR) for hour in hours]
    return charts.lines("3 天待传事项", labels, {"待传": [by_hour.get(hour) for hour in hours]}, "件")


def _supply(samples: Sequence[SampleRow], told: ForecastRow, now: float) -> Markup:
    """What was left, and how it goes on if nothing changes; two points a day."""
    device, _, name = told.supply.partition(".")
    title = f"{overview.DEVICES.get(device, device)} {name} 剩余"
    times = [now + step * DAY / 2 for step in range(-2 * DAYS, 2 * _AHEAD + 1)]
    read = {
        int((one.at - now) // (DAY / 2)): one.supplies[told.supply] for one in samples if told.supply in one.supplies
    }
    before = [read.get(int((at - now) // (DAY / 2)) - 1) if at <= now else None for at in times]
    after = [_later(told, (at - now) / DAY) if at >= now else None for at in times]
    series = {"读数": _percent(before), "预计": _percent(after)}
    return charts.lines(title, [day(at)[5:] for at in times], series, "%")


def _later(told: ForecastRow, days: float) -> float | None:
    return None if told.a_day is None else max(0.0, told.left - told.a_day * days)


def _percent(shares: Sequence[float | None]) -> list[float | None]:
    return [None if share is None else 100 * share for share in shares]
