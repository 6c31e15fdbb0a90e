import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from kiosk.journey.effects import AwaitAnswer, EndSession, SaveDraft, SaveMatter, SendRating
from kiosk.journey.events import FreshSession, Interrupted, MatterNotSaved, MatterSaved, MatterSettled, QueueChanged
from kiosk.journey.state import State
from kiosk.world.matters import RATING_ITEM, MatterDesk
from offline_queue.contract import Answer, MatterState, NewMatter, QueueUnavailable
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from tests.journey.play import SESSION
from tests.offline_queue.helpers import NOW, TERMINAL, stamp
from tests.world.helpers import PATIENCE, Posts

SAVE = SaveMatter(SESSION, "proof", 3, {"answers": {"purpose": "loan"}}, ("notice-1",))
STATE = State()


class BrokenQueue(MemoryQueue):
    """Cannot write any more, for the reason given."""

    def __init__(self, error: Exception) -> None:
        super().__init__(TERMINAL, stamp)
        self.error = error

    def put(self, matter: NewMatter, *, now: float) -> Envelope:  # noqa: ARG002
        raise self.error


class FullQueue(MemoryQueue):
    """Takes nothing while ``full``."""

    def __init__(self) -> None:
        super().__init__(TERMINAL, stamp)
        self.full = threading.Event()
        self.full.set()

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        self._check()
        return super().put(matter, now=now)

    def begin_print(self, action_id: str) -> str:
        self._check()
        return super().begin_print(action_id)

    def _check(self) -> None:
        if self.full.is_set():
            raise QueueUnavailable("disk full")


@dataclass
class Rig:
    queue: MemoryQueue
    posts: Posts = field(default_factory=Posts)
    nudges: list[None] = field(default_factory=list[None])

    def __post_init__(self) -> None:
        self.desk = MatterDesk(self.queue, self.posts, lambda: self.nudges.append(None), clock=lambda: NOW)

    def file(self) -> None:
        self.desk.perform(SAVE, STATE)
        self.posts.next(MatterSaved)
        self.queue.claim(1, now=NOW)

    def await_answer(self, timeout: float) -> MatterSettled:
        self.desk.perform(AwaitAnswer(SESSION, timeout), STATE)
        return self.posts.next(MatterSettled)


@pytest.fixture
def rig() -> Generator[Rig]:
    made = Rig(MemoryQueue(TERMINAL, stamp))
    yield made
    made.desk.close()


def test_a_matter_is_saved_and_the_sync_process_told(rig: Rig) -> None:
    rig.desk.perform(SAVE, STATE)
    saved = rig.posts.next(MatterSaved)
    rig.desk.close()
    matter = rig.queue.get(SESSION)
    assert saved == MatterSaved(SESSION, matter.envelope.reference, NOW)
    assert (matter.state, matter.envelope.payload, matter.envelope.consents) == (
        MatterState.QUEUED,
        SAVE.payload,
        SAVE.consents,
    )
    assert len(rig.nudges) == 1


def test_the_same_session_is_one_matter(rig: Rig) -> None:
    for _ in range(2):
        rig.desk.perform(SAVE, STATE)
    assert rig.posts.next(MatterSaved) == rig.posts.next(MatterSaved)
    assert len(rig.queue.matters()) == 1


@pytest.mark.parametrize("error", [QueueUnavailable("disk full"), ValueError("no envelope")])
def test_what_cannot_be_saved_is_said(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(BrokenQueue(error))
    rig.desk.perform(SAVE, STATE)
    assert rig.posts.until(MatterNotSaved) == MatterNotSaved(SESSION)
    rig.desk.close()
    assert rig.nudges == []
    assert "no envelope" not in caplog.text


def test_a_queue_that_is_full_and_has_room_again_is_told() -> None:
    queue = FullQueue()
    posts = Posts()
    desk = MatterDesk(queue, posts, lambda: None, clock=lambda: NOW, probe_seconds=0.01)
    desk.perform(SAVE, STATE)
    assert posts.next(QueueChanged) == QueueChanged(accepting=False)
    assert posts.next(MatterNotSaved) == MatterNotSaved(SESSION)
    queue.full.clear()
    assert posts.next(QueueChanged) == QueueChanged(accepting=True)
    desk.perform(SAVE, STATE)
    posts.next(MatterSaved)
    desk.close()


def test_the_centre_has_filed_it(rig: Rig) -> None:
    rig.file()
    rig.queue.filed(SESSION, Answer(number="N1", result={"certificate": 1}))
    assert rig.await_answer(PATIENCE) == MatterSettled(SESSION, "filed", "N1", result={"certificate": 1})


def test_the_answer_may_come_while_somebody_waits(rig: Rig) -> None:
    rig.file()
    rig.desk.perform(AwaitAnswer(SESSION, PATIENCE), STATE)
    rig.queue.filed(SESSION, Answer(number="N1"))
    assert rig.posts.next(MatterSettled).outcome == "filed"


def test_the_centre_refused_it(rig: Rig) -> None:
    rig.file()
    rig.queue.refused(SESSION, Answer(rule="R3", remedy="ask at the counter"))
    assert rig.await_answer(PATIENCE) == MatterSettled(SESSION, "refused", rule="R3", remedy="ask at the counter")


def test_no_answer_in_time(rig: Rig) -> None:
    rig.file()
    assert rig.await_answer(0.05) == MatterSettled(SESSION, "queued")


def test_a_matter_that_did_not_get_through_is_not_waited_for(rig: Rig) -> None:
    rig.file()
    rig.queue.retry(SESSION, not_before=NOW + 60, error="no connection")
    assert rig.await_answer(3600) == MatterSettled(SESSION, "queued")


@pytest.mark.parametrize("answered", [True, False])
def test_the_end_of_a_session_forgets_what_the_centre_has(rig: Rig, answered: bool) -> None:
    rig.desk.perform(SaveDraft(SESSION, {"step": "submit"}), STATE)
    rig.file()
    if answered:
        rig.queue.filed(SESSION, Answer(number="N1", result={"certificate": 1}))
    rig.desk.perform(EndSession(SESSION), STATE)
    fresh = rig.posts.next(FreshSession)
    rig.desk.close()
    matter = rig.queue.get(SESSION)
    assert fresh.session != SESSION
    assert rig.queue.load_draft() is None
    assert (matter.envelope.payload, matter.answer.result) == ({} if answered else SAVE.payload, {})


def test_a_session_that_filed_nothing_ends_too(rig: Rig) -> None:
    rig.desk.perform(SaveDraft(SESSION, {"step": "form"}), STATE)
    rig.desk.perform(EndSession(SESSION), STATE)
    rig.posts.next(FreshSession)
    rig.desk.close()
    assert rig.queue.load_draft() is None
    assert rig.posts.rest() == []


@pytest.mark.parametrize("filed", [True, False])
def test_a_draft_tells_what_was_interrupted(rig: Rig, filed: bool) -> None:
    if filed:
        rig.file()
    rig.queue.save_draft(SESSION, b'{"step": "output"}')
    rig.desk.look_back()
    rig.desk.close()
    interrupted = next(event for event in rig.posts.rest() if isinstance(event, Interrupted))
    assert interrupted == Interrupted({"step": "output"}, rig.queue.get(SESSION) if filed else None)


def test_without_a_draft_nobody_was_interrupted(rig: Rig) -> None:
    rig.desk.look_back()
    rig.desk.close()
    (fresh,) = rig.posts.rest()
    assert isinstance(fresh, FreshSession)


def test_a_rating_counts_once(rig: Rig) -> None:
    other = str(uuid4())
    for session in (SESSION, SESSION, other):
        rig.desk.perform(SendRating(session, "R-1", 5), STATE)
    rig.desk.close()
    ratings = rig.queue.matters()
    assert [matter.envelope.item for matter in ratings] == [RATING_ITEM, RATING_ITEM]
    assert ratings[0].envelope.payload == {"reference": "R-1", "stars": 5}
