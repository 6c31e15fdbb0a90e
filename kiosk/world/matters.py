"""The queue's part of the world: save a matter, wait for the centre's word, keep the draft, end the session."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from uuid6 import uuid7

from kiosk.catalogue.availability import QueueState
from kiosk.journey.effects import AwaitAnswer, Effect, EndSession, SaveDraft, SaveMatter, SendRating
from kiosk.journey.events import (
    Event,
    FreshSession,
    Interrupted,
    MatterNotSaved,
    MatterSaved,
    MatterSettled,
    QueueChanged,
)
from kiosk.journey.state import State
from kiosk.runner import Post
from offline_queue.contract import (
    FINAL,
    Matter,
    MatterState,
    NewMatter,
    Queue,
    QueueFull,
    QueueUnavailable,
    Room,
    UnknownMatter,
)

LOOK_SECONDS = 0.1
"""The queue file is asked this often whether the sync process has the centre's answer."""
ROOM_SECONDS = 5.0
"""Between two looks whether the queue takes another matter."""
DRAFT_SECONDS = 12 * 3600.0
RATING_ITEM = "rating"
PROBE: Final = "probe"
"""An action that is none: writing down its outcome shows whether the queue can be written at all."""

log = logging.getLogger(__name__)


class MatterDesk:
    """All calls that write run one after another on one thread, so that a slow disk never stops the screen."""

    handles = (SaveMatter, AwaitAnswer, SendRating, SaveDraft, EndSession)

    def __init__(
        self,
        queue: Queue,
        post: Post,
        nudge: Callable[[str], None],
        clock: Callable[[], float] = time.time,
        *,
        draft_seconds: float = DRAFT_SECONDS,
        room_seconds: float = ROOM_SECONDS,
    ) -> None:
        """``nudge`` is called with the id of a matter whose citizen waits for the answer, or with none.
        ``draft_seconds`` after an interruption nobody comes back."""
        self._queue = queue
        self._post = post
        self._nudge = nudge
        self._clock = clock
        self._draft_seconds = draft_seconds
        self._room_seconds = room_seconds
        self._writer = ThreadPoolExecutor(1, "queue writer")
        self._closing = threading.Event()
        self._state: QueueState = "accepting"

    def perform(self, effect: Effect, state: State) -> None:  # noqa: ARG002
        match effect:
            case SaveMatter():
                self._write(lambda: self._save(effect), MatterNotSaved(effect.session))
            case AwaitAnswer(session=session, timeout=timeout):
                threading.Thread(target=self._await, args=(session, timeout), name="await answer", daemon=True).start()
            case SendRating():
                self._write(lambda: self._rate(effect))
            case SaveDraft(session=session, content=content):
                self._write(lambda: self._save_draft(session, content))
            case EndSession(session=session):
                self._write(lambda: self._end(session))
                self._post(FreshSession(str(uuid7())))
            case _:
                pass

    def start(self) -> None:
        """A draft in the queue means that somebody was in the middle of something."""
        self._write(self._look_back)
        self._post(FreshSession(str(uuid7())))
        threading.Thread(target=self._watch, name="queue watch", daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._writer.shutdown(wait=True)

    def _write(self, job: Callable[[], object], failure: Event | None = None) -> Future[None] | None:
        def run() -> None:
            try:
                job()
            except QueueFull as error:
                log.warning("queue: %s", error)
                self._write(self._look)  # which quota it is, and what that means, the queue itself says
            except QueueUnavailable as error:
                log.error("queue: %s", error)
                self._tell("unavailable")
            except Exception as error:  # noqa: BLE001 - whatever it is, the citizen must not wait for an answer for ever
                log.error("queue: %s", type(error).__name__)  # the type alone: a message could hold what is filed
            else:
                return
            if failure:
                self._post(failure)

        try:
            return self._writer.submit(run)
        except RuntimeError:  # closed meanwhile
            return None

    # --- does it take another matter? -----------------------------------------------------------------------------

    def _watch(self) -> None:
        """One look after the other, however slow the disk is."""
        while not self._closing.is_set():
            if look := self._write(self._look):
                look.result()
            self._closing.wait(self._room_seconds)

    def _look(self) -> None:
        room = self._queue.room(now=self._clock())
        if self._state == "unavailable":
            self._try_to_write()
        self._tell(_meaning(room))

    def _try_to_write(self) -> None:
        """Only that shows whether a queue that was out of order works again."""
        self._queue.begin_effect(PROBE, "print")
        self._queue.end_effect(PROBE, "failed")

    def _tell(self, state: QueueState) -> None:
        """On the writer's thread."""
        if state != self._state:
            log.warning("queue: %s", state)
            self._state = state
            self._post(QueueChanged(state))

    # --- matters --------------------------------------------------------------------------------------------------

    def _save(self, effect: SaveMatter) -> None:
        matter = NewMatter(
            effect.session,
            effect.item,
            effect.item_version,
            effect.payload,
            effect.consents,
            at_once=effect.at_once,
        )
        envelope = self._queue.put(matter, now=self._clock())
        self._post(MatterSaved(effect.session, envelope.reference, envelope.created.wall))

    def _await(self, session: str, timeout: float) -> None:
        self._nudge(session)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            settled = self._settled(session)
            if settled:
                return self._post(settled)
            if self._closing.wait(LOOK_SECONDS):
                return None
        return self._post(MatterSettled(session, "queued"))

    def _settled(self, session: str) -> MatterSettled | None:
        try:
            matter = self._queue.get(session)
        except (QueueUnavailable, UnknownMatter):
            return None
        if matter.error and matter.state in (MatterState.QUEUED, MatterState.PARKED):
            return MatterSettled(session, "queued")  # it was tried and did not get through: waiting longer helps nobody
        if matter.state not in FINAL:
            return None
        answer = matter.answer
        outcome = "filed" if matter.state is MatterState.FILED else "refused"
        return MatterSettled(session, outcome, answer.number, answer.rule, answer.remedy, answer.result)

    def _rate(self, effect: SendRating) -> None:
        """A rating is a matter of its own, behind the one it rates; its id follows from the session, so that it is
        counted once."""
        identity = str(uuid5(NAMESPACE_URL, f"rating:{effect.session}"))
        payload = {"reference": effect.reference, "stars": effect.stars}
        rating = NewMatter(identity, RATING_ITEM, 1, payload, case=effect.session)
        self._queue.put(rating, now=self._clock())
        self._nudge("")

    def _save_draft(self, session: str, content: Mapping[str, Any]) -> None:
        self._queue.save_draft(session, json.dumps(dict(content)).encode(), now=self._clock())

    def _end(self, session: str) -> None:
        self._queue.drop_draft()
        matter = self._find(session)
        if matter and matter.state in FINAL:
            self._queue.wipe(session)

    def _look_back(self) -> None:
        draft = self._queue.load_draft()
        if draft is None:
            return
        if self._clock() - draft.saved > self._draft_seconds:
            log.info("queue: a journey was interrupted and nobody came back; what it filed is in the queue")
            self._end(draft.session)
        else:
            self._post(Interrupted(json.loads(draft.content), self._find(draft.session)))

    def _find(self, session: str) -> Matter | None:
        try:
            return self._queue.get(session)
        except UnknownMatter:
            return None


def _meaning(room: Room) -> QueueState:
    """A disk without room is a matter for people; every other quota has room again once the centre was reached."""
    if room.full == "disk":
        return "unavailable"
    return "full" if room.full else "accepting"
