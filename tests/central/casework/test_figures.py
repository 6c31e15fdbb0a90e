"""Figures for the charts, on either database."""

from central.casework.case import Move, State
from central.storage.casework_figures import HOUR, Decided
from tests.central.casework.test_filing import LI, permit
from tests.central.helpers import proof, rating
from tests.central.office import NOON, Office

DAY = 24 * HOUR


def test_matters_are_counted_by_the_hour_they_came(counter: Office) -> None:
    counter.hand_in(proof(1), proof(2))
    counter.now += 2 * HOUR
    counter.hand_in(proof(3), rating(4, "nothing", 5))
    with counter.storage.reading() as transaction:
        assert transaction.figures.filed_by_hour(NOON, 4) == [2, 0, 1, 0]
        assert transaction.figures.filed_by_hour(NOON + HOUR, 2) == [0, 1]


def test_what_was_decided_after_the_promised_day_is_late(counter: Office) -> None:
    first, second, third = permit(1), permit(2), permit(3)
    counter.hand_in(first, second, third)
    bureau = counter.casework.bureau
    for one, days in ((first, 1), (second, 0), (third, 30)):
        counter.now += days * DAY
        bureau.move(LI, one.reference, Move.CLAIM, version=1)
        bureau.move(LI, one.reference, Move.APPROVE, version=2)
    with counter.storage.reading() as transaction:
        assert transaction.figures.decided(NOON) == [Decided("residence-permit", in_time=2, late=1)]
        assert transaction.figures.decided(NOON, "public-security") == transaction.figures.decided(NOON)
        assert transaction.figures.decided(NOON, "another") == []
        assert transaction.figures.decided(counter.now + 1) == []
        assert transaction.cases.by_state("public-security") == {State.APPROVED: 3}


def test_ratings_are_counted_by_their_stars(counter: Office) -> None:
    matters = [permit(seq) for seq in range(1, 4)]
    ratings = [
        rating(seq + 10, one.reference, stars) for seq, (one, stars) in enumerate(zip(matters, (5, 5, 1), strict=True))
    ]
    counter.hand_in(*matters, *ratings)
    with counter.storage.reading() as transaction:
        assert transaction.figures.stars(NOON) == {5: 2, 1: 1}
        assert transaction.figures.stars(NOON + HOUR) == {}
