"""Mishaps in any order: what is called printed lies in the tray once, what is called failed never does."""

import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.contract import Outcome
from drivers.document_printer.device import IppDocumentPrinter
from tests.drivers.document_printer.helpers import Bench, bench, print_on

MISHAPS = st.sampled_from(
    [
        ("jam", "next"),
        ("paper_out", ""),
        ("clear", ""),
        ("refill", ""),
        ("cover_open", "next"),
        ("lose_job", ""),
        ("abort", ""),
        ("restart", ""),
        ("unplug", "next"),
        ("unplug", "1200"),
        ("unplug", "1900"),
        ("unplug", "2600"),
        ("garbage", ""),
        ("busy", "0.2"),
        ("refuse", ""),
        ("heal", ""),
    ]
)
_numbers = count()


@contextmanager
def a_bench() -> Generator[Bench]:
    with tempfile.TemporaryDirectory() as folder, bench(Path(folder)) as made:
        made.printer = IppDocumentPrinter(made.simulated.endpoint, answer_timeout=0.5, patience=0.1)
        yield made


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(MISHAPS, max_size=3), min_size=1, max_size=4))
@example([[("unplug", "next")]])
@example([[("lose_job", "")], []])
@example([[("jam", "next")], [("clear", "")]])
def test_what_is_told_is_what_came_out(rounds: list[list[tuple[str, str]]]) -> None:
    told: dict[bytes, Outcome] = {}
    with a_bench() as machine:
        for mishaps in rounds:
            for verb, argument in mishaps:
                machine.simulated.verbs()[verb](argument)
            pdf = b"%%PDF-%d" % next(_numbers)
            told[pdf] = print_on(machine.printer, pdf, timeout=2).outcome
            machine.simulated.simulate_plug()
        machine.simulated.simulate_heal()
        machine.printer.status()  # the printer gets its chance to print what it should have forgotten
        came_out = Counter(machine.sheets)
    for pdf, outcome in told.items():
        assert came_out[pdf] == 1 if outcome is Outcome.PRINTED else came_out[pdf] <= (outcome is Outcome.UNKNOWN)
