"""The real queue, the real sender and the real centre in one process: whatever happens in between, each matter is filed
once, and the number its citizen holds in hand is the centre's."""

import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.sync.aftercare import Keeping
from offline_queue import enrolment
from offline_queue.contract import MatterState, NewMatter, Queue
from offline_queue.credentials import Credentials, CredentialStore
from offline_queue.http_client import Signature, open_client
from offline_queue.http_transport import HttpTransport
from offline_queue.pace import Pace
from offline_queue.recovery import Recovery
from offline_queue.retry import Failure, FailureKind
from offline_queue.store import SqliteQueue
from offline_queue.sync import Synchroniser
from offline_queue.transport import Transport, TransportFailed
from tests.central.helpers import proof, running
from tests.offline_queue.helpers import KEY, NOW, TERMINAL, stamp
from tests.offline_queue.scripted import Deadly, Killed, at

HOUR = 3600.0


class Lossy:
    """Passes every call on; some answers are lost on their way back."""

    def __init__(self, inner: Transport, lost: Callable[[], bool]) -> None:
        self._inner = inner
        self._lost = lost

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._inner, name)

        def call(*values: object, **named: object) -> object:
            answer = method(*values, **named)
            if self._lost():
                raise TransportFailed(Failure(FailureKind.NETWORK, "the answer is lost"))
            return answer

        return call


class World:
    """A terminal and a centre in ``folder``; the centre can be set back to a backup."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "central"
        self.backup = folder / "backup"
        self.queue = SqliteQueue(folder / "queue.db", KEY, TERMINAL, stamp)
        self.now = NOW
        self.put = 0
        self._stack = ExitStack()
        self._start_centre()
        with self.centre.anonymous() as client:
            self.credentials = enrolment.enrol(CredentialStore(folder / "identity", bytes(32), TERMINAL), client, "")
        self.back_up()

    def close(self) -> None:
        self._stack.close()
        self.queue.close()

    def file(self, count: int) -> None:
        for _ in range(count):
            self.put += 1
            matter = proof(self.put)
            self.queue.put(NewMatter(matter.id, matter.item, 1, matter.payload, matter.consents), now=self.now)

    def sync(self, kills: Iterable[int] = (), lost: Iterable[int] = ()) -> None:
        """One life of the sync process: it compares before it sends, lest a number the centre forgot is given twice."""
        self.now += 2 * HOUR
        with self._client() as client, suppress(Killed, TransportFailed):
            line = cast("Transport", Lossy(HttpTransport(client, self._identity), at(*lost)))
            queue = cast("Queue", Deadly(self.queue, at(*kills)))
            care = Keeping(queue)
            care.seal_for(self.credentials)
            run = Synchroniser(queue, line, aftercare=care, pace=Pace(2, 2), chance=lambda: 0.5)
            run.start()
            Recovery(queue, line).check()
            run.run_once(self.now)

    def back_up(self) -> None:
        self._stack.close()
        shutil.rmtree(self.backup, ignore_errors=True)
        shutil.copytree(self.data, self.backup)
        self._start_centre()

    def restore(self) -> None:
        self._stack.close()
        shutil.rmtree(self.data)
        shutil.copytree(self.backup, self.data)
        self._start_centre()

    def check(self) -> None:
        for _ in range(3):
            self.sync()
        matters = self.queue.matters()
        assert len(matters) == self.put
        assert {matter.state for matter in matters} <= {MatterState.FILED}
        with self._client() as client:
            assert HttpTransport(client, self._identity).standing(1).settled == self.put
            for matter in matters:
                found = client.get(f"/v1/matters/{matter.envelope.reference}").json()
                assert found["number"] == matter.answer.number
        assert len({matter.answer.number for matter in matters}) == self.put

    def _start_centre(self) -> None:
        self.centre = self._stack.enter_context(running(self.data))

    def _client(self) -> httpx.Client:
        return open_client(self.centre.url, Signature(self._identity))

    def _identity(self) -> Credentials:
        return self.credentials


@dataclass(frozen=True)
class Filed:
    count: int


@dataclass(frozen=True)
class Sent:
    kills: frozenset[int]
    lost: frozenset[int]


moments = st.frozensets(st.integers(1, 30), max_size=2)
steps = st.lists(
    st.one_of(
        st.builds(Filed, st.integers(1, 3)),
        st.builds(Sent, moments, moments),
        st.sampled_from(["back up", "restore"]),
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_any_interleaving_ends_with_each_matter_filed_once(script: list[Filed | Sent | str]) -> None:
    with tempfile.TemporaryDirectory() as folder, closing(World(Path(folder))) as world:
        for step in script:
            match step:
                case Filed(count):
                    world.file(count)
                case Sent(kills, lost):
                    world.sync(kills, lost)
                case "back up":
                    world.back_up()
                case _:
                    world.restore()
        world.check()


def test_a_restored_centre_and_a_terminal_killed_while_it_gives_back(tmp_path: Path) -> None:
    with closing(World(tmp_path)) as world:
        world.file(5)
        world.sync()
        world.restore()
        for moment in range(1, 24):
            world.sync(kills=[moment])
        world.check()
