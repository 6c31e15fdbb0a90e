"""Any order of what can happen to a queue, its sender and its centre ends with each matter there exactly once."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from kiosk.bootstrap.sending import Way, connected, send
from offline_queue.contract import WAITING, IllegalMove, MatterState
from offline_queue.store import SqliteQueue
from tests.faults.centre import CentreProcess
from tests.faults.filing import HOUR, NOW, Comparison, compare, new_matter, send_all, view
from tests.faults.power import Workers
from tests.faults.proxy import Proxy, cut_answer, cut_request, lost_answer, says, twice
from tests.faults.terminal import identity, matter, open_queue, place
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(300)

EXAMPLES: Final = int(os.environ.get("INTERLEAVINGS", "16"))
STEPS: Final = 25
YEARS: Final = 10 * 365 * 86400.0
MISHAPS: Final = (cut_request(300), cut_answer(0), cut_answer(300), lost_answer, twice, says(500), says(503))


@dataclass(frozen=True)
class Rig:
    folder: Path
    centre: CentreProcess
    line: Proxy
    names: Iterator[str]


class Interleavings(RuleBasedStateMachine):
    rig: ClassVar[Rig]

    def __init__(self) -> None:
        super().__init__()
        self.name = next(self.rig.names)
        self.folder = self.rig.folder / self.name
        self.now = NOW
        self.said: list[str] = []
        self.backup = False
        self.open()

    def open(self) -> None:
        self.opened = ExitStack()
        self.queue: SqliteQueue = self.opened.enter_context(open_queue(self.folder, self.name))

    @rule(case=st.sampled_from(["", "a", "b"]))
    def put(self, case: str) -> None:
        number = len(self.said) + 1
        self.queue.put(matter(number, case=case), now=self.now)
        self.said.append(f"put {identity(number)}")

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def put_the_same_again(self, data: st.DataObject) -> None:
        number = data.draw(st.integers(1, len(self.said)))
        assert self.queue.put(matter(number, case="other"), now=self.now).seq == number

    @rule()
    def put_with_a_page(self) -> None:
        number = len(self.said) + 1
        page = new_matter(self.queue, 2).attachments
        self.queue.put(matter(number, case="a", attachments=page), now=self.now)
        self.said.append(f"put {identity(number)}")

    @rule(limit=st.integers(1, 3))
    def claim_and_die(self, limit: int) -> None:
        self.queue.claim(limit, now=self.now)
        self.reopen()

    @rule(mishaps=st.lists(st.sampled_from(MISHAPS), max_size=3))
    def send(self, mishaps: list[object]) -> None:
        self.rig.line.script(*mishaps)  # type: ignore[arg-type]
        with connected(place(self.folder, self.name), Way(self.rig.line.url, seconds=2.0), str) as centre:
            send(self.queue, centre, now=self.now)
        self.rig.line.forget()

    @rule()
    def reopen(self) -> None:
        self.opened.close()
        self.open()

    @rule(seconds=st.sampled_from([1.0, HOUR, YEARS, -YEARS]))
    def clock_jumps(self, seconds: float) -> None:
        self.now += seconds

    @precondition(lambda self: self.said)
    @rule(data=st.data(), park=st.booleans())
    def by_hand(self, data: st.DataObject, *, park: bool) -> None:
        matter_id = identity(data.draw(st.integers(1, len(self.said))))
        try:
            if park:
                self.queue.park(matter_id, error="by hand")
            else:
                self.queue.release(matter_id)
        except IllegalMove:
            pass

    @rule()
    def new_key(self) -> None:
        self.queue.file.rekey()

    @rule()
    def compact(self) -> None:
        self.queue.attachments.collect(now=self.now)
        self.queue.file.compact()

    @rule()
    def back_up_the_centre(self) -> None:
        self.centre_restarts(self.rig.centre.data, self.rig.folder / "backup")
        self.backup = True

    @precondition(lambda self: self.backup)
    @rule()
    def restore_the_centre(self) -> None:
        self.centre_restarts(self.rig.folder / "backup", self.rig.centre.data)

    def centre_restarts(self, source: Path, target: Path) -> None:
        self.rig.centre.kill()
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        self.rig.centre.start()

    @invariant()
    def nothing_is_gone_or_out_of_its_place(self) -> None:
        assert [f"put {one.envelope.id}" for one in self.queue.matters()] == self.said
        assert self.queue.file.epoch() == 1

    def teardown(self) -> None:
        try:
            self.rig.line.forget()
            for one in self.queue.matters(MatterState.PARKED):
                self.queue.release(one.envelope.id)
            eventually(self._all_sent, "the end of the queue")
            seen = view(self.folder, self.name, self.said)
            records = self.rig.centre.records().get(self.name, ())
            assert compare(seen, records) == Comparison()
        finally:
            self.opened.close()
            shutil.rmtree(self.folder)

    def _all_sent(self) -> bool:
        with connected(place(self.folder, self.name), Way(self.rig.line.url), str) as centre:
            send_all(self.queue, centre, self.now)
        counts = self.queue.counts()
        return not any(counts[state] for state in WAITING)


@pytest.fixture
def rig(workers: Workers, tmp_path: Path) -> Iterator[Rig]:
    folder = tmp_path.resolve()
    centre = CentreProcess(workers, folder / "centre")
    centre.start()
    with Proxy(centre.address) as line:
        yield Rig(folder, centre, line, (f"S{number:05d}" for number in count(1)))
    centre.kill()


def test_any_order_of_events(rig: Rig) -> None:
    class Here(Interleavings):
        pass

    Here.rig = rig
    bounded = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize="INTERLEAVINGS" not in os.environ,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Here, settings=bounded)
