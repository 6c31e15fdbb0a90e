"""The centre's side of public credit."""

from collections.abc import Callable

from central.desk import day_of
from central.platforms.credit.contract import Credit, Eligibility, Report
from central.platforms.credit.rules import eligibility
from central.platforms.desk import Desk, as_problem
from central.platforms.errors import WrongAnswer


class CreditReports:
    """Raises :class:`central.problems.Problem`, ``StorageUnavailable``."""

    def __init__(self, desk: Desk[Credit], now: Callable[[], float]) -> None:
        self._desk = desk
        self._now = now

    def report(self, number: str) -> Report:
        report = self._desk.put(lambda credit: credit.report(number))
        if report.number != number:
            raise as_problem(self._desk.name, WrongAnswer())
        return report

    def eligible(self, number: str) -> Eligibility:
        """Whether a promise is enough (告知承诺制)."""
        return eligibility(self.report(number), day_of(self._now()))
