"""Any sequence of calls gives the same on disk and in memory, killed and opened again at any place."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from offline_queue.contract import Answer, IllegalMove, QueueFull, UnknownMatter
from offline_queue.memory import MemoryQueue
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, AnyQueue, new_matter, stamp

ids = st.sampled_from("abcd")
times = st.sampled_from([NOW, NOW + 60, NOW - 3e8])


class Twins(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "queue.db"
        self.disk = SqliteQueue(self.path, KEY, TERMINAL, stamp)
        self.memory = MemoryQueue(TERMINAL, stamp)

    def both(self, call: Callable[[AnyQueue], object]) -> None:
        assert outcome(call, self.disk) == outcome(call, self.memory)

    @rule(name=ids, now=times)
    def put(self, name: str, now: float) -> None:
        self.both(lambda queue: queue.put(new_matter(name, v=now), now=now))

    @rule(limit=st.integers(0, 3), now=times)
    def claim(self, limit: int, now: float) -> None:
        self.both(lambda queue: queue.claim(limit, now=now))

    @rule(name=ids, number=st.text(max_size=5))
    def filed(self, name: str, number: str) -> None:
        self.both(lambda queue: queue.filed(name, Answer(number=number, result={"n": number}), now=NOW))

    @rule(name=ids)
    def refused(self, name: str) -> None:
        self.both(lambda queue: queue.refused(name, Answer(rule="r", remedy={"en": "m"}), now=NOW))

    @rule(name=ids, wait=st.sampled_from([0.0, 30.0, 4000.0]))
    def retry(self, name: str, wait: float) -> None:
        self.both(lambda queue: queue.retry(name, not_before=NOW + wait, error="e"))

    @rule(name=ids)
    def park(self, name: str) -> None:
        self.both(lambda queue: queue.park(name, error="e"))

    @rule(name=ids)
    def wipe(self, name: str) -> None:
        self.both(lambda queue: queue.wipe(name))

    @rule(name=ids)
    def begin_effect(self, name: str) -> None:
        self.both(lambda queue: queue.begin_effect(name, "print"))

    @rule(name=ids)
    def end_effect(self, name: str) -> None:
        self.both(lambda queue: queue.end_effect(name, "printed"))

    @rule(content=st.binary(max_size=8))
    def draft(self, content: bytes) -> None:
        self.both(lambda queue: queue.save_draft("s", content, now=NOW))

    @rule()
    def restart(self) -> None:
        self.disk.close()
        self.disk = SqliteQueue(self.path, KEY, TERMINAL, stamp)
        self.both(lambda queue: queue.release_claims())

    @invariant()
    def same(self) -> None:
        self.both(lambda queue: queue.matters())
        self.both(lambda queue: queue.counts())
        self.both(lambda queue: queue.load_draft())

    def teardown(self) -> None:
        self.disk.close()
        self.folder.cleanup()


def outcome(call: Callable[[AnyQueue], object], queue: AnyQueue) -> object:
    try:
        return call(queue)
    except (UnknownMatter, IllegalMove, QueueFull) as error:
        return type(error), str(error)


TestTwins = Twins.TestCase
TestTwins.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
