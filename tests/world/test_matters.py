import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest

from kiosk.journey.effects import AwaitAnswer, EndSession, SaveDraft, SaveMatter, SendRating
from kiosk.journey.events import FreshSession, Interrupted, MatterNotSaved, MatterSaved, MatterSettled, QueueChanged
from kiosk.journey.state import State
from kiosk.world.matters import DRAFT_SECONDS, RATING_ITEM, MatterDesk
from offline_queue.contract import Answer, EffectKind, MatterState, NewMatter, Outcome, QueueUnavailable, Quota
from offline_queue.envelope import Envelope
from offline_queue.memory import MemoryQueue
from tests.journey.play import SESSION
from tests.offline_queue.helpers import NOW, TERMINAL, mark_filed, mark_refused, stamp
from tests.world.helpers import PATIENCE, Posts

SAVE = SaveMatter(SESSION, "proof", 3, {"answers": {"purpose": "loan"}}, ("notice-1",))
STATE = State()
REMEDY = {"en": "ask at the counter"}


class BrokenQueue(MemoryQueue):
    """Cannot write any more, for the reason given."""

    def __init__(self, error: Exception) -> None:
        super().__init__(TERMINAL, stamp)
        self.error = error

    def put(self, matter: NewMatter, *, now: float) -> Envelope:  # noqa: ARG002
        raise self.error


class ReadOnlyQueue(MemoryQueue):
    """Cannot be written while ``broken``; reading works."""

    def __init__(self) -> None:
        super().__init__(TERMINAL, stamp)
        self.broken = threading.Event()
        self.broken.set()

    def put(self, matter: NewMatter, *, now: float) -> Envelope:
        self._check()
        return super().put(matter, now=now)

    def begin_effect(self, action_id: str, kind: EffectKind) -> str:
        self._check()
        return super().begin_effect(action_id, kind)

    def _check(self) -> None:
        if self.broken.is_set():
            raise QueueUnavailable("read-only")


@dataclass
class Rig:
    queue: MemoryQueue
    posts: Posts = field(default_factory=Posts)
    nudges: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.desk = MatterDesk(self.queue, self.posts, self.nudges.append, clock=lambda: NOW, room_seconds=0.01)

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


def test_a_matter_is_saved(rig: Rig) -> None:
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


def test_the_sync_process_is_told_whose_citizen_waits(rig: Rig) -> None:
    rig.file()
    rig.await_answer(0.0)
    assert rig.nudges == [SESSION]


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


@pytest.fixture
def made() -> Generator[Callable[[MemoryQueue], Rig]]:
    rigs: list[Rig] = []

    def make(queue: MemoryQueue) -> Rig:
        rigs.append(Rig(queue))
        return rigs[-1]

    yield make
    for rig in rigs:
        rig.desk.close()


def test_a_queue_that_cannot_be_written_is_told_and_tried_until_it_works(made: Callable[[MemoryQueue], Rig]) -> None:
    queue = ReadOnlyQueue()
    rig = made(queue)
    rig.desk.perform(SAVE, STATE)
    assert rig.posts.next(QueueChanged) == QueueChanged("unavailable")
    assert rig.posts.next(MatterNotSaved) == MatterNotSaved(SESSION)
    rig.desk.start()
    queue.broken.clear()
    assert rig.posts.until(QueueChanged) == QueueChanged("accepting")
    rig.desk.perform(SAVE, STATE)
    rig.posts.next(MatterSaved)


def test_a_queue_with_too_much_waiting_accepts_again_by_itself_once_it_was_sent(
    made: Callable[[MemoryQueue], Rig],
) -> None:
    queue = MemoryQueue(TERMINAL, stamp, quota=Quota(count=1))
    queue.put(NewMatter(str(uuid4()), "proof", 3, {}), now=NOW)
    rig = made(queue)
    rig.desk.start()
    assert rig.posts.until(QueueChanged) == QueueChanged("full")
    rig.desk.perform(SAVE, STATE)
    assert rig.posts.next(MatterNotSaved) == MatterNotSaved(SESSION)
    (waiting,) = queue.claim(1, now=NOW)
    mark_filed(queue, waiting.envelope.id, Answer(number="N1"), now=NOW)
    assert rig.posts.next(QueueChanged) == QueueChanged("accepting")
    rig.desk.perform(SAVE, STATE)
    rig.posts.next(MatterSaved)


def test_the_last_place_that_somebody_else_took_is_told_as_full(made: Callable[[MemoryQueue], Rig]) -> None:
    """Between two looks: the queue itself says no."""
    queue = MemoryQueue(TERMINAL, stamp, quota=Quota(count=1))
    queue.put(NewMatter(str(uuid4()), "proof", 3, {}), now=NOW)
    rig = made(queue)
    rig.desk.perform(SAVE, STATE)
    rig.posts.next(MatterNotSaved)
    assert rig.posts.next(QueueChanged) == QueueChanged("full")


def test_what_needs_the_centre_anyway_is_taken_when_too_much_waits(made: Callable[[MemoryQueue], Rig]) -> None:
    rig = made(MemoryQueue(TERMINAL, stamp, quota=Quota(count=0)))
    rig.desk.perform(replace(SAVE, at_once=True), STATE)
    rig.posts.next(MatterSaved)


def test_a_full_disk_is_for_people_and_not_for_the_network(made: Callable[[MemoryQueue], Rig]) -> None:
    rig = made(MemoryQueue(TERMINAL, stamp, free=0))
    rig.desk.start()
    assert rig.posts.until(QueueChanged) == QueueChanged("unavailable")


def test_the_centre_has_filed_it(rig: Rig) -> None:
    rig.file()
    mark_filed(rig.queue, SESSION, Answer(number="N1", result={"certificate": 1}), now=NOW)
    assert rig.await_answer(PATIENCE) == MatterSettled(SESSION, "filed", "N1", result={"certificate": 1})


def test_the_answer_may_come_while_somebody_waits(rig: Rig) -> None:
    rig.file()
    rig.desk.perform(AwaitAnswer(SESSION, PATIENCE), STATE)
    mark_filed(rig.queue, SESSION, Answer(number="N1"), now=NOW)
    assert rig.posts.next(MatterSettled).outcome == "filed"


def test_the_centre_refused_it(rig: Rig) -> None:
    rig.file()
    mark_refused(rig.queue, SESSION, Answer(rule="R3", remedy=REMEDY), now=NOW)
    assert rig.await_answer(PATIENCE) == MatterSettled(SESSION, "refused", rule="R3", remedy=REMEDY)


def test_no_answer_in_time(rig: Rig) -> None:
    rig.file()
    assert rig.await_answer(0.05) == MatterSettled(SESSION, "queued")


@pytest.mark.parametrize("state", [MatterState.QUEUED, MatterState.PARKED])
def test_a_matter_that_did_not_get_through_is_not_waited_for(rig: Rig, state: MatterState) -> None:
    rig.file()
    rig.queue.settle([Outcome(SESSION, state, not_before=NOW + 60, error="no connection")], now=NOW)
    assert rig.await_answer(3600) == MatterSettled(SESSION, "queued")


@pytest.mark.parametrize("answered", [True, False])
def test_the_end_of_a_session_forgets_what_the_centre_has(rig: Rig, answered: bool) -> None:
    rig.desk.perform(SaveDraft(SESSION, {"step": "submit"}), STATE)
    rig.file()
    if answered:
        mark_filed(rig.queue, SESSION, Answer(number="N1", result={"certificate": 1}), now=NOW)
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
    rig.queue.save_draft(SESSION, b'{"step": "output"}', now=NOW - DRAFT_SECONDS)
    rig.desk.start()
    rig.desk.close()
    interrupted = next(event for event in rig.posts.rest() if isinstance(event, Interrupted))
    assert interrupted == Interrupted({"step": "output"}, rig.queue.get(SESSION) if filed else None)


def test_a_draft_that_nobody_came_back_for_expires_and_what_was_filed_stays(rig: Rig) -> None:
    rig.desk.perform(SAVE, STATE)
    rig.queue.save_draft(SESSION, b'{"step": "output"}', now=NOW - DRAFT_SECONDS - 1)
    rig.desk.start()
    rig.desk.close()
    assert not [event for event in rig.posts.rest() if isinstance(event, Interrupted)]
    assert rig.queue.load_draft() is None
    assert (rig.queue.get(SESSION).state, rig.queue.get(SESSION).envelope.payload) == (MatterState.QUEUED, SAVE.payload)


def test_a_draft_from_before_the_clock_was_set_back_is_taken_up(rig: Rig) -> None:
    rig.queue.save_draft(SESSION, b"{}", now=NOW + 10 * 365 * 86400)
    rig.desk.start()
    rig.desk.close()
    assert Interrupted({}, None) in rig.posts.rest()


def test_without_a_draft_nobody_was_interrupted(rig: Rig) -> None:
    rig.desk.start()
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
    assert ratings[0].envelope.case == SESSION, "it waits for the matter it rates"
