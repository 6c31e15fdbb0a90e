"""Public credit over the synthetic province."""

import secrets
from collections.abc import Sequence
from dataclasses import replace

from central.platforms.credit.contract import CreditMark, Report
from central.platforms.credit.rules import grade
from central.platforms.errors import NotFound
from central.platforms.faults import Line
from central.province.households import AS_OF
from central.province.records import Mark
from central.province.register import Register


class ReferenceCredit:
    def __init__(self, line: Line, register: Register) -> None:
        self._line = line
        self._register = register

    def report(self, number: str) -> Report:
        return self._line.ask(lambda: self._report(number), lambda report: replace(report, number=""))

    def _report(self, number: str) -> Report:
        if person := self._register.person(number):
            return _made(number, person.person.name, person.marks)
        if firm := self._register.firm(number):
            return _made(number, firm.name, firm.marks)
        raise NotFound


def _made(number: str, name: str, marks: Sequence[Mark]) -> Report:
    found = sorted((CreditMark(**vars(mark)) for mark in marks), key=lambda mark: mark.on, reverse=True)
    return Report(f"REF-{secrets.token_hex(8).upper()}", number, name, grade(found), tuple(found), AS_OF)
