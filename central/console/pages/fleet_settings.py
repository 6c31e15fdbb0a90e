"""How the centre sets one terminal: changed, shown as a difference, confirmed, and rolled back."""

from typing import Annotated, Final

from fastapi import Depends, Path, Request, Response

from central.centre import Shared
from central.console import frame
from central.console.frame import page, see_other
from central.console.pages.fleet import LIST, Operator
from central.console.pages.fleet_terminal import Name, found
from central.fleet import configuring, operating
from central.fleet.errors import BadSettings
from central.staff.audit import audit
from central.storage.database import Transaction

_LONGEST: Final = 200


async def _sent(request: Request) -> dict[str, str]:
    """Whatever fields the form has."""
    return {key: str(value)[:_LONGEST].strip() for key, value in (await request.form()).items()}


Sent = Annotated[dict[str, str], Depends(_sent)]
router = frame.pages(f"{LIST}/terminals")


@router.get("/{name}/configuration")
def form(request: Request, name: Name, _employee: Operator, centre: Shared) -> Response:
    found(centre, name)
    with centre.storage.reading() as transaction:
        now_set = _now_set(transaction, name)
    return _form(request, name, now_set, {})


@router.post("/{name}/configuration")
def change(request: Request, name: Name, employee: Operator, asked: Sent, centre: Shared) -> Response:
    """First shown as a difference; done when it is confirmed."""
    wanted = {key: asked.get(key, "") for key in configuring.SETTINGS}
    errors = {key: configuring.SETTINGS[key].flaw(value) for key, value in wanted.items() if value}
    if any(errors.values()):
        return _form(request, name, wanted, errors)
    with centre.storage.reading() as transaction:
        differences = configuring.difference(_now_set(transaction, name), configuring.changed({}, wanted))
    if asked.get("confirmed") != "yes":
        return page(request, "fleet/difference.html", name=name, differences=differences, wanted=wanted)
    with centre.fleet.work(name) as (transaction, now):
        given = operating.configure(transaction, [name], wanted, now=now, by=employee.id)
        audit(transaction, employee, "fleet.configure", name, ", ".join(one.key for one in differences), now)
    back = f"{LIST}/terminals/{name}"
    return see_other(request, back, f"已设为版本 {given.get(name, 0)}。终端空闲时取用，取用后在本页显示。")


@router.post("/{name}/configuration/{version}/restore")
def restore(
    request: Request, name: Name, version: Annotated[int, Path(ge=1, le=2**53)], employee: Operator, centre: Shared
) -> Response:
    back = f"{LIST}/terminals/{name}"
    try:
        with centre.fleet.work(name) as (transaction, now):
            given = operating.roll_back(transaction, name, version, now=now, by=employee.id)
            audit(transaction, employee, "fleet.roll_back", name, f"{version} -> {given}", now)
    except BadSettings as error:
        return see_other(request, back, f"没有恢复：{error}。", "bad")
    return see_other(request, back, f"已按版本 {version} 建立版本 {given}。")


def _now_set(transaction: Transaction, name: str) -> dict[str, str]:
    latest = transaction.fleet.configurations.latest([name]).get(name)
    return dict(latest.settings) if latest else {}


def _form(request: Request, name: str, values: dict[str, str], errors: dict[str, str]) -> Response:
    return page(
        request,
        "fleet/settings.html",
        status=422 if any(errors.values()) else 200,
        name=name,
        settings=configuring.SETTINGS,
        choices={key: [(one, one) for one in setting.choices] for key, setting in configuring.SETTINGS.items()},
        values=values,
        errors=errors,
    )
