"""What every payment platform does. For a real connector: subclass the suite and play the payer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from central.platforms.errors import Conflict, NotFound
from central.platforms.opening import Ground
from central.platforms.payments.contract import DayLine, Order, PaymentPlatform
from central.platforms.payments.differences import compare, day_bounds
from central.platforms.payments.reference import EXPIRY
from central.platforms.payments.states import MOVES, Deed, State, before, moved
from tests.central.platforms.people import NUMBER, Clock

FEE = Order("GD440100/one", 4200, "工本费", "收费单位")


@dataclass
class Till:
    platform: PaymentPlatform
    bill: str
    """Of somebody, not paid yet."""
    pay: Callable[[str], None]
    """The payer pays at this address."""


class PaymentsContract:
    def test_the_same_order_is_the_same_charge(self, till: Till) -> None:
        first = till.platform.create(FEE)
        assert first.state == "pending"
        assert till.platform.create(FEE) == first == till.platform.get(FEE.key)

    def test_a_key_is_of_one_order(self, till: Till) -> None:
        till.platform.create(FEE)
        with pytest.raises(Conflict, match="key-reused"):
            till.platform.create(Order(FEE.key, 4300, FEE.title, FEE.payee))

    def test_who_pays_has_paid(self, till: Till) -> None:
        till.pay(till.platform.create(FEE).pay_url)
        paid = till.platform.get(FEE.key)
        assert (paid.state, paid.amount, bool(paid.voucher), paid.paid_at is not None) == ("paid", 4200, True, True)
        assert till.platform.create(FEE) == paid

    def test_cancelling_what_is_paid_changes_nothing(self, till: Till) -> None:
        till.pay(till.platform.create(FEE).pay_url)
        assert till.platform.cancel(FEE.key).state == "paid"

    def test_paying_what_is_cancelled_changes_nothing(self, till: Till) -> None:
        charge = till.platform.create(FEE)
        assert till.platform.cancel(FEE.key).state == "cancelled"
        till.pay(charge.pay_url)
        assert till.platform.get(FEE.key).state == "cancelled"

    def test_only_what_is_paid_is_paid_back_and_once(self, till: Till) -> None:
        charge = till.platform.create(FEE)
        with pytest.raises(Conflict, match="not-paid"):
            till.platform.reverse(FEE.key, "citizen")
        till.pay(charge.pay_url)
        back = till.platform.reverse(FEE.key, "citizen")
        assert back.state == "reversed"
        assert till.platform.reverse(FEE.key, "citizen") == back

    def test_a_bill_is_paid_once(self, till: Till) -> None:
        bill = till.platform.bill(till.bill)
        assert (bill.number, bill.paid) == (till.bill, False)
        orders = [Order(f"GD440100/{name}", bill.amount, bill.title, bill.payee, bill.number) for name in "ab"]
        charges = [till.platform.create(order) for order in orders]
        for charge in charges:
            till.pay(charge.pay_url)
        assert sorted(till.platform.get(order.key).state for order in orders) == ["paid", "pending"]
        assert till.platform.bill(till.bill).paid
        with pytest.raises(Conflict, match="already-paid"):
            till.platform.create(Order("GD440100/c", bill.amount, bill.title, bill.payee, bill.number))

    def test_a_bill_that_was_paid_back_is_open_again(self, till: Till) -> None:
        bill = till.platform.bill(till.bill)
        till.pay(till.platform.create(Order("GD440100/a", bill.amount, bill.title, bill.payee, bill.number)).pay_url)
        till.platform.reverse("GD440100/a", "mistake")
        assert not till.platform.bill(till.bill).paid

    def test_the_payer_is_masked(self, till: Till) -> None:
        assert "*" in till.platform.bill(till.bill).payer

    def test_what_nobody_ordered_is_not_found(self, till: Till) -> None:
        for ask in (till.platform.get, till.platform.cancel, till.platform.bill):
            with pytest.raises(NotFound):
                ask("44990000000000000000")

    def test_the_day_file_has_what_was_paid_and_what_was_paid_back(self, till: Till) -> None:
        till.pay(till.platform.create(FEE).pay_url)
        till.platform.reverse(FEE.key, "citizen")
        till.platform.create(Order("GD440100/open", 1, "x", "y"))
        paid = till.platform.get(FEE.key)
        assert paid.paid_at is not None
        day = (datetime.fromtimestamp(paid.paid_at, UTC) + timedelta(hours=8)).date()
        assert [(line.key, line.kind, line.amount) for line in till.platform.day(day)] == [
            (FEE.key, "paid", 4200),
            (FEE.key, "reversed", 4200),
        ]
        assert till.platform.day(day - timedelta(days=2)) == ()


class TestReference(PaymentsContract):
    @pytest.fixture
    def till(self, ground: Ground) -> Till:
        platform = ground.payments()
        holder = ground.register.person(NUMBER)
        assert holder is not None
        return Till(platform, holder.bills[0].number, lambda url: platform.decide(url.removeprefix("/pay/"), pay=True))

    def test_a_charge_ends_by_itself(self, till: Till, clock: Clock) -> None:
        charge = till.platform.create(FEE)
        clock.now += EXPIRY
        till.pay(charge.pay_url)
        assert till.platform.get(FEE.key).state == "cancelled"

    def test_of_paying_and_cancelling_at_once_one_is_first(self, till: Till) -> None:
        orders = [Order(f"GD440100/{number}", 100, "x", "y") for number in range(8)]
        charges = [till.platform.create(order) for order in orders]
        with ThreadPoolExecutor(8) as pool:
            for charge in charges:
                pool.submit(till.pay, charge.pay_url)
                pool.submit(till.platform.cancel, charge.key)
        for order in orders:
            found = till.platform.get(order.key)
            assert (found.state == "paid") == (found.paid_at is not None)
            assert found.state in ("paid", "cancelled")


# --- decisions -------------------------------------------------------------------------------------------------------


def test_every_move_is_one_that_an_answer_may_bring() -> None:
    for (state, _), after in MOVES.items():
        assert state in before(after)


@pytest.mark.parametrize("deed", ["open", "pay", "cancel", "reverse"])
@pytest.mark.parametrize("state", ["created", "pending", "paid", "cancelled", "reversed"])
def test_a_deed_done_again_changes_nothing(state: State, deed: Deed) -> None:
    after = moved(state, deed)
    if after is not None:
        assert moved(after, deed) == after
        assert after == state or state in before(after)


@pytest.mark.parametrize("over", ["cancelled", "reversed"])
def test_what_is_over_stays(over: State) -> None:
    assert not any(over in before(state) for state in ("created", "pending", "paid", "cancelled", "reversed"))


def test_two_day_files_side_by_side() -> None:
    both, mine, other = (DayLine(key, "paid", 100, 1.0) for key in "abc")
    dearer = DayLine("d", "paid", 200, 1.0), DayLine("d", "paid", 201, 1.0)
    back = DayLine("a", "reversed", 40, 2.0)
    found = compare([both, back, mine, dearer[0]], [other, both, back, dearer[1]])
    assert (found.agreed, found.agreed_amount) == (2, 60)
    assert (found.only_ours, found.only_theirs, found.unequal) == ((mine,), (other,), (dearer,))
    assert not found.none
    assert compare([both], [both]).none


def test_a_day_is_one_in_china() -> None:
    first, end = day_bounds(datetime(2026, 11, 22, tzinfo=UTC).date())
    assert datetime.fromtimestamp(first, UTC).isoformat() == "2026-11-21T16:00:00+00:00"
    assert end - first == 86400
