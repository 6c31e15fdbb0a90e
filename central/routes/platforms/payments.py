"""Non-tax payments (非税支付平台). Amounts in cents."""

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field

from central import bodies
from central.centre import Centre, Shared
from central.platforms.payments.ledger import Asked, Payment, Wanted
from central.platforms.payments.states import State
from central.problems import Problem
from central.routes.platforms.shapes import Code, Question, problems
from central.signed import Caller, Signed

_KEY: Final = r"^[0-9A-Za-z-]{16,64}$"
_PAYEE: Final = "收费单位（演示）"
Key = Annotated[str, Path(pattern=_KEY, description="the terminal's own, unguessable")]
Terminal = Annotated[Caller, Depends(Signed())]
router = APIRouter(prefix="/v1/platforms/payments", tags=["payments"])


class BillAsked(Question):
    number: str = Field(pattern=r"^[0-9]{20}$", description="payment number")


class BillView(BaseModel):
    number: str
    title: str
    payee: str
    payer: str
    """Masked."""
    amount: int
    due_on: date
    paid: bool
    voucher: str


class PaymentAsked(Question):
    """Of a bill, or of the fee of the service."""

    key: str = Field(pattern=_KEY)
    item: Code
    amount: int = Field(ge=1, le=100_000_000, description="as the citizen was shown")
    bill: str = Field("", pattern=r"^([0-9]{20})?$")


class Reversal(Question):
    reason: Literal["not_delivered", "citizen", "mistake"]


class PaymentView(BaseModel):
    key: str
    state: State
    amount: int
    pay_url: str
    """For the payer's phone; a path is below this centre's address."""
    expires_at: datetime | None
    paid_at: datetime | None
    reversed_at: datetime | None
    voucher: str


@router.post("/bills", openapi_extra=bodies.described(BillAsked), responses=problems(404, 422))
def bill(caller: Terminal, centre: Shared) -> BillView:
    """What is owed under a payment number, and whether it has been paid."""
    asked = bodies.parsed(BillAsked, caller.body)
    return BillView(**vars(centre.platforms.payments.bill(asked.number)))


@router.post("", openapi_extra=bodies.described(PaymentAsked), responses=problems(404, 409, 422))
def create(caller: Terminal, centre: Shared) -> PaymentView:
    """Begin a payment, or go on with it: the same key is the same payment, however often it is asked."""
    asked = bodies.parsed(PaymentAsked, caller.body)
    wanted = Asked(asked.item, asked.amount, asked.bill)
    payment = centre.platforms.payments.create(caller.terminal, asked.key, wanted, lambda: _looked_up(centre, wanted))
    return _view(payment)


@router.get("/{key}", responses=problems(404, 422))
def look(key: Key, caller: Terminal, centre: Shared) -> PaymentView:
    """What has become of it. A network in between changes nothing: ask again."""
    return _view(centre.platforms.payments.look(caller.terminal, key))


@router.post("/{key}/cancellation", responses=problems(404, 422))
def cancel(key: Key, caller: Terminal, centre: Shared) -> PaymentView:
    """Give it up; the answer says if it was paid before that."""
    return _view(centre.platforms.payments.cancel(caller.terminal, key))


@router.post("/{key}/reversal", openapi_extra=bodies.described(Reversal), responses=problems(404, 409, 422))
def reverse(key: Key, caller: Terminal, centre: Shared) -> PaymentView:
    """Pay back what was paid here."""
    reason = bodies.parsed(Reversal, caller.body).reason
    return _view(centre.platforms.payments.reverse(caller.terminal, key, reason))


def _looked_up(centre: Centre, asked: Asked) -> Wanted:
    """What it costs is for the bill or the catalogue to say: the terminal may have an old one."""
    if asked.bill:
        bill = centre.platforms.payments.bill(asked.bill)
        title, payee, amount = bill.title, bill.payee, bill.amount
    else:
        item = centre.catalogue.items().get(asked.item, {})
        title, payee, amount = str(item.get("title", {}).get("zh-Hans", "")), _PAYEE, int(item.get("fee_cents", 0))
    if amount != asked.amount:
        raise Problem(409, "It costs another amount now.", "Fetch bill and catalogue anew.", kind="amount-changed")
    return Wanted(title, payee)


def _view(payment: Payment) -> PaymentView:
    return PaymentView(
        key=payment.key,
        state=payment.state,
        amount=payment.amount,
        pay_url=payment.pay_url,
        expires_at=_time(payment.expires_at),
        paid_at=_time(payment.paid_at),
        reversed_at=_time(payment.reversed_at),
        voucher=payment.voucher,
    )


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
