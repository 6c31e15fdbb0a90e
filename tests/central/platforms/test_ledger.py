"""The centre's ledger of payments: whatever dies in between, nobody pays twice and nothing that was paid is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from central.platforms.desk import Desk, Limits
from central.platforms.faults import Fault
from central.platforms.opening import Ground
from central.platforms.payments.contract import Charge, Order
from central.platforms.payments.ledger import Asked, Ledger, Payment, Wanted
from central.platforms.payments.reference import EXPIRY, Office, ReferencePayments
from central.problems import Problem
from tests.central.office import everything
from tests.central.platforms.people import NUMBER, Clock

TERMINAL, OTHER = "GD440100", "GD440200"
KEY = "0190b6a4-7a50-7000-8000-000000000001"
FEE = Asked("residence-permit", 2000)


class Killed(BaseException):
    """What a process that is killed at this point leaves behind: nothing runs after it."""


class Dying(ReferencePayments):
    """Does what it is asked and dies before it answers."""

    def create(self, order: Order) -> Charge:
        super().create(order)
        raise Killed


@pytest.fixture
def platform(ground: Ground) -> ReferencePayments:
    return ground.payments()


@pytest.fixture
def ledger(ground: Ground, platform: ReferencePayments) -> Ledger:
    return over(ground, platform)


def over(ground: Ground, platform: ReferencePayments) -> Ledger:
    return Ledger(Desk("payments", platform, Limits()), ground.storage, ground.sealer, ground.blinder, ground.now)


@pytest.fixture
def bill(ground: Ground, ledger: Ledger) -> Asked:
    holder = ground.register.person(NUMBER)
    assert holder is not None
    found = ledger.bill(holder.bills[0].number)
    return Asked("traffic-fine", found.amount, found.number)


def begin(ledger: Ledger, terminal: str, asked: Asked, key: str = KEY) -> Payment:
    return ledger.create(terminal, key, asked, lambda: Wanted("交通违法罚款", "公安部门"))


def pay(platform: ReferencePayments, url: str) -> None:
    platform.decide(url.removeprefix("/pay/"), pay=True)


def refused(kind: str, deed: Callable[[], object]) -> None:
    with pytest.raises(Problem) as caught:
        deed()
    assert caught.value.kind == kind


def today(clock: Clock) -> date:
    return (datetime.fromtimestamp(clock.now, UTC) + timedelta(hours=8)).date()


def test_a_fee_is_paid_and_known_to_be(ledger: Ledger, platform: ReferencePayments) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    assert (begun.state, begun.amount) == ("pending", 2000)
    assert begin(ledger, TERMINAL, FEE) == begun
    pay(platform, begun.pay_url)
    paid = ledger.look(TERMINAL, KEY)
    assert (paid.state, bool(paid.voucher), paid.paid_at is not None) == ("paid", True, True)


def test_a_key_is_of_one_payment_at_one_terminal(ledger: Ledger) -> None:
    begin(ledger, TERMINAL, FEE)
    refused("key-reused", lambda: begin(ledger, TERMINAL, replace(FEE, amount=1)))
    refused("not-found", lambda: ledger.look(OTHER, KEY))
    assert begin(ledger, OTHER, FEE).pay_url != ledger.look(TERMINAL, KEY).pay_url


def test_what_was_begun_goes_on_whatever_it_costs_by_now(ledger: Ledger) -> None:
    begun = begin(ledger, TERMINAL, FEE)

    def dearer() -> Wanted:
        raise AssertionError

    assert ledger.create(TERMINAL, KEY, FEE, dearer) == begun


def test_who_was_killed_before_the_answer_goes_on_with_the_same_charge(ground: Ground, ledger: Ledger) -> None:
    office = Office(ground.register, ground.storage, ground.sealer, ground.blinder, ground.now)
    dying = over(ground, Dying(ground.line("payments"), office))
    with pytest.raises(Killed):
        begin(dying, TERMINAL, FEE)
    charge = ground.payments().get(f"{TERMINAL}/{KEY}")
    assert begin(ledger, TERMINAL, FEE).pay_url == charge.pay_url


def test_what_the_platform_never_heard_of_is_asked_again(ground: Ground, ledger: Ledger) -> None:
    ground.faults.set("payments", Fault("down"))
    refused("platform-unavailable", lambda: begin(ledger, TERMINAL, FEE))
    refused("platform-unavailable", lambda: ledger.look(TERMINAL, KEY))
    ground.faults.clear("payments")
    assert ledger.look(TERMINAL, KEY).state == "pending"


def test_what_was_paid_while_the_line_was_down_is_paid(
    ground: Ground, ledger: Ledger, platform: ReferencePayments
) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    ground.faults.set("payments", Fault("down"))
    pay(platform, begun.pay_url)
    refused("platform-unavailable", lambda: ledger.look(TERMINAL, KEY))
    ground.faults.clear("payments")
    assert ledger.look(TERMINAL, KEY).state == "paid"


def test_what_is_paid_is_known_without_the_platform(
    ground: Ground, ledger: Ledger, platform: ReferencePayments
) -> None:
    pay(platform, begin(ledger, TERMINAL, FEE).pay_url)
    paid = ledger.look(TERMINAL, KEY)
    ground.faults.set("payments", Fault("down"))
    assert ledger.look(TERMINAL, KEY) == paid == begin(ledger, TERMINAL, FEE)


def test_an_answer_of_another_amount_is_not_believed(ground: Ground, ledger: Ledger) -> None:
    begin(ledger, TERMINAL, FEE)
    ground.faults.set("payments", Fault("wrong"))
    for deed in (ledger.look, ledger.cancel):
        refused("platform-wrong", lambda deed=deed: deed(TERMINAL, KEY))
    ground.faults.clear("payments")
    assert ledger.look(TERMINAL, KEY).amount == 2000


def test_a_bill_is_paid_at_one_place_at_a_time(ledger: Ledger, platform: ReferencePayments, bill: Asked) -> None:
    first = begin(ledger, TERMINAL, bill)
    refused("being-paid", lambda: begin(ledger, OTHER, bill))
    pay(platform, first.pay_url)
    refused("being-paid", lambda: begin(ledger, OTHER, bill))
    assert ledger.look(TERMINAL, KEY).state == "paid"
    refused("already-paid", lambda: begin(ledger, OTHER, bill))
    assert ledger.bill(bill.bill).voucher == ledger.look(TERMINAL, KEY).voucher, "any terminal can print it"


def test_a_bill_that_was_given_up_is_paid_elsewhere(ledger: Ledger, bill: Asked) -> None:
    begin(ledger, TERMINAL, bill)
    assert ledger.cancel(TERMINAL, KEY).state == "cancelled"
    assert begin(ledger, OTHER, bill).state == "pending"
    assert ledger.look(TERMINAL, KEY).state == "cancelled"


def test_a_bill_that_nobody_looks_at_any_more_is_free_again(ledger: Ledger, bill: Asked, clock: Clock) -> None:
    begin(ledger, TERMINAL, bill)
    clock.now += EXPIRY + 1
    assert begin(ledger, OTHER, bill).state == "pending"


def test_of_many_terminals_at_once_one_gets_the_bill(ledger: Ledger, bill: Asked) -> None:
    def try_it(number: int) -> str:
        try:
            return begin(ledger, f"GD44{number:04d}", bill).state
        except Problem as error:
            return error.kind

    with ThreadPoolExecutor(4) as pool:
        states = sorted(pool.map(try_it, range(6)))
    assert states == ["being-paid"] * 5 + ["pending"]


def test_what_is_cancelled_too_late_stays_paid(ledger: Ledger, platform: ReferencePayments) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    pay(platform, begun.pay_url)
    assert ledger.cancel(TERMINAL, KEY).state == "paid"


def test_what_never_reached_the_platform_can_be_given_up(ground: Ground, ledger: Ledger) -> None:
    ground.faults.set("payments", Fault("down"))
    refused("platform-unavailable", lambda: begin(ledger, TERMINAL, FEE))
    ground.faults.clear("payments")
    assert ledger.cancel(TERMINAL, KEY).state == "cancelled"
    assert ledger.cancel(TERMINAL, KEY).state == "cancelled"


def test_paid_back_is_the_end(ledger: Ledger, platform: ReferencePayments) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    refused("not-paid", lambda: ledger.reverse(TERMINAL, KEY, "citizen"))
    pay(platform, begun.pay_url)
    assert ledger.reverse(TERMINAL, KEY, "not_delivered").state == "reversed"
    assert ledger.reverse(TERMINAL, KEY, "not_delivered").state == "reversed"
    assert ledger.look(TERMINAL, KEY).state == "reversed"


def test_the_day_agrees_though_nobody_looked(ledger: Ledger, platform: ReferencePayments, clock: Clock) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    pay(platform, begun.pay_url)  # and the terminal is unplugged
    found = ledger.reconcile(today(clock))
    assert (found.agreed, found.agreed_amount, found.none) == (1, 2000, True)


def test_what_only_one_side_knows_is_listed(
    ground: Ground, ledger: Ledger, platform: ReferencePayments, clock: Clock
) -> None:
    begun = begin(ledger, TERMINAL, FEE)
    pay(platform, begun.pay_url)
    ledger.look(TERMINAL, KEY)
    foreign = platform.create(Order("elsewhere/1", 5, "x", "y"))
    pay(platform, foreign.pay_url)
    assert [line.key for line in ledger.reconcile(today(clock)).only_theirs] == ["elsewhere/1"]
    ground.faults.set("payments", Fault("wrong"))  # a line is missing in the day file
    assert [line.key for line in ledger.reconcile(today(clock)).only_ours] == [f"{TERMINAL}/{KEY}"]


def test_nothing_of_a_payment_lies_open(ground_url: str, ledger: Ledger, bill: Asked) -> None:
    begun = begin(ledger, TERMINAL, bill)
    rows = repr(everything(ground_url))
    for word in (bill.bill, "交通违法罚款", begun.pay_url.removeprefix("/pay/")):
        assert word not in rows
