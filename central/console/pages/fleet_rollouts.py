"""Staged roll-outs: begun, watched, paused, resumed, aborted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Form, Path, Request, Response

from central.centre import Shared
from central.console import frame
from central.console.frame import page, see_other
from central.console.pages.fleet import LIST, Operator, Reader
from central.fleet import conducting, configuring, rollouts
from central.fleet.errors import BadPlan, FleetError
from central.fleet.health import HOUR, MINUTE
from central.fleet.rollouts import Plan, Wave
from central.fleet.rounds import members_of
from central.problems import Problem
from central.staff.audit import audit
from central.storage.fleet.rollouts import RolloutRow

STATES: Final = {
    "running": ("wait", "进行中"), "paused": ("off", "已暂停"), "stopped": ("bad", "自动停止"),
    "aborted": ("off", "已终止"), "done": ("good", "已完成"),
}  # fmt: skip
_PERCENTS: Final = "1, 10, 50, 100"
_LINES: Final = 20
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]
_Text = Annotated[str, Form(max_length=2000)]
router = frame.pages(f"{LIST}/rollouts")


@dataclass(frozen=True)
class Progress:
    """Of one wave."""

    wave: Wave
    terminals: int
    applied: int
    refused: int
    silent: int
    begun: bool


@router.get("")
def every(request: Request, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        rows = transaction.fleet.rollouts.all()
    return page(request, "fleet/rollouts.html", rows=rows, states=STATES)


@router.get("/new")
def new(request: Request, _employee: Operator) -> Response:
    return _form(request, {}, "")


@router.post("")
def start(
    request: Request,
    employee: Operator,
    centre: Shared,
    kind: _Text = "",
    settings: _Text = "",
    version: _Text = "",
    percents: _Text = "",
    regions: _Text = "",
    watch: _Text = "",
    deadline: _Text = "",
    tolerance: _Text = "",
) -> Response:
    told = {
        "kind": kind, "settings": settings, "version": version, "percents": percents, "regions": regions,
        "watch": watch, "deadline": deadline, "tolerance": tolerance,
    }  # fmt: skip
    try:
        plan = Plan(
            _waves(percents, regions), _number(watch) * MINUTE, _number(deadline) * HOUR, _number(tolerance) / 100
        )
        target = _settings(settings) if kind == "configuration" else {"version": version.strip()}
        with centre.fleet.work() as (transaction, now):
            places = centre.fleet.places.all(transaction)
            known = "configuration" if kind == "configuration" else "program"
            number = conducting.start(transaction, known, target, plan, places, now=now, by=employee.id)
            audit(transaction, employee, "fleet.roll_out", str(number), ", ".join(target), now)
    except FleetError as error:
        return _form(request, told, f"{error.__doc__}{error}")
    return see_other(request, f"{LIST}/rollouts/{number}", "第一批已经开始。")


@router.get("/{number}")
def rollout(request: Request, number: Number, _employee: Reader, centre: Shared) -> Response:
    with centre.storage.reading() as transaction:
        found = transaction.fleet.rollouts.one(number)
        if found is None:
            raise Problem(404, "没有这个分批。", "请从分批列表进入。")
        plan = Plan.of(found.plan)
        members = members_of(transaction, found, centre.now(), len(plan.waves))
    troubled = [one for one in members if one.wave <= found.wave and (one.refused or one.silent)]
    return page(
        request,
        "fleet/rollout.html",
        rollout=found,
        plan=plan,
        progress=[_progress(wave, at, found, members) for at, wave in enumerate(plan.waves)],
        troubled=troubled[:_LINES],
        state=STATES[found.state],
        settings=configuring.SETTINGS,
    )


@router.post("/{number}/{verb}")
def move(
    request: Request,
    number: Number,
    verb: Annotated[str, Path(pattern="^(pause|resume|abort)$")],
    employee: Operator,
    centre: Shared,
    back: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    try:
        with centre.fleet.work() as (transaction, now):
            if verb == "pause":
                conducting.pause(transaction, number)
            elif verb == "resume":
                conducting.resume(transaction, number, now=now)
            else:
                conducting.abort(transaction, number, now=now, by=employee.id, back=back == "yes")
            audit(transaction, employee, f"fleet.{verb}", str(number), "back" if back == "yes" else "", now)
    except FleetError as error:
        return see_other(request, f"{LIST}/rollouts", f"没有执行：{error}。", "bad")
    said = {"pause": "已暂停。", "resume": "已继续：这一批重新开始观察。", "abort": "已终止。"}[verb]
    return see_other(request, f"{LIST}/rollouts/{number}", said)


def _progress(wave: Wave, at: int, found: RolloutRow, members: Sequence[rollouts.Member]) -> Progress:
    mine = [one for one in members if one.wave == at]
    begun = at <= found.wave
    counts = Counter[str]()
    for one in mine if begun else []:
        counts["applied" if one.applied else "refused" if one.refused else "silent" if one.silent else ""] += 1
    return Progress(wave, len(mine), counts["applied"], counts["refused"], counts["silent"], begun)


def _form(request: Request, told: dict[str, str], error: str) -> Response:
    blank: dict[str, Any] = {
        "kind": "configuration", "settings": "", "version": "", "percents": _PERCENTS, "regions": "", "watch": "30",
        "deadline": "24", "tolerance": "2",
    }  # fmt: skip
    return page(
        request,
        "fleet/rollout_form.html",
        status=422 if error else 200,
        told=blank | told,
        error=error,
        settings=configuring.SETTINGS,
    )


def _waves(percents: str, regions: str) -> tuple[Wave, ...]:
    names = tuple(one for one in regions.replace("，", ",").replace(",", " ").split() if one)
    return tuple(Wave(_number(one), names) for one in percents.replace("，", ",").split(",") if one.strip())


def _number(text: str) -> float:
    try:
        value = float(text.strip().rstrip("%"))
    except ValueError:
        raise BadPlan(f"“{text[:20]}”不是数") from None
    if not 0 <= value < 10**6:
        raise BadPlan(f"“{text[:20]}”太大或太小")
    return value


def _settings(text: str) -> dict[str, str]:
    """One ``section.key = value`` a line."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        key, equals, value = line.partition("=")
        if not equals:
            raise BadPlan(f"“{line[:40]}”不是 项目 = 值")
        found[key.strip()] = value.strip()
    return found
