"""The queue's part of the world: save a matter, wait for the centre's word, keep the draft, end the session."""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import NAMESPACE_URL, uuid5

from uuid6 import uuid7

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
from offline_queue.contract import FINAL, Matter, MatterState, NewMatter, Queue, QueueUnavailable, UnknownMatter

LOOK_SECONDS = 0.1
"""The queue file is asked this often whether the sync process has the centre's answer."""
PROBE_SECONDS = 5.0
"""Between two tries of a queue that is out of order."""
RATING_ITEM = "rating"

log = logging.getLogger(__name__)


class MatterDesk:
    """All calls that write run one after another on one thread, so that a slow disk never stops the screen."""

    handles = (SaveMatter, AwaitAnswer, SendRating, SaveDraft, EndSession)

    def __init__(
        self,
        queue: Queue,
        post: Post,
        nudge: Callable[[], None],
        clock: Callable[[], float] = time.time,
        probe_seconds: float = PROBE_SECONDS,
    ) -> None:
        self._queue = queue
        self._post = post
        self._nudge = nudge
        self._clock = clock
        self._probe_seconds = probe_seconds
        self._writer = ThreadPoolExecutor(1, "queue writer")
        self._closing = threading.Event()
        self._accepting = True

    def perform(self, effect: Effect, state: State) -> None:  # noqa: ARG002
        match effect:
            case SaveMatter():
                self._write(lambda: self._save(effect), MatterNotSaved(effect.session))
            case AwaitAnswer(session=session, timeout=timeout):
                threading.Thread(target=self._await, args=(session, timeout), name="await answer", daemon=True).start()
            case SendRating():
                self._write(lambda: self._rate(effect))
            case SaveDraft(session=session, content=content):
                self._write(lambda: self._queue.save_draft(session, json.dumps(dict(content)).encode()))
            case EndSession(session=session):
                self._write(lambda: self._end(session))
                self._post(FreshSession(str(uuid7())))
            case _:
                pass

    def look_back(self) -> None:
        """At start: a draft in the queue means that somebody was in the middle of something."""
        self._write(self._look_back)
        self._post(FreshSession(str(uuid7())))

    def close(self) -> None:
        self._closing.set()
        self._writer.shutdown(wait=True)

    def _write(self, job: Callable[[], object], failure: Event | None = None) -> None:
        def run() -> None:
            try:
                job()
            except QueueUnavailable as error:
                log.error("queue: %s", error)
                self._tell_accepting(accepting=False)
            except Exception as error:  # noqa: BLE001 - whatever it is, the citizen must not wait for an answer for ever
                log.error("queue: %s", type(error).__name__)  # the type alone: a message could hold what is filed
            else:
                self._tell_accepting(accepting=True)
                return
            if failure:
                self._post(failure)

        with contextlib.suppress(RuntimeError):  # closed meanwhile
            self._writer.submit(run)

    def _tell_accepting(self, *, accepting: bool) -> None:
        """On the writer's thread. A queue that is out of order is tried until it works again."""
        if accepting != self._accepting:
            self._accepting = accepting
            self._post(QueueChanged(accepting))
        if not accepting:
            again = threading.Timer(self._probe_seconds, self._write, (self._probe,))
            again.daemon = True
            again.start()

    def _probe(self) -> None:
        """Only a write shows whether there is room again: a line in the print ledger about no print at all."""
        action = f"probe/{uuid7()}"
        self._queue.begin_print(action)
        self._queue.end_print(action, "failed")

    def _save(self, effect: SaveMatter) -> None:
        matter = NewMatter(effect.session, effect.item, effect.item_version, effect.payload, effect.consents)
        envelope = self._queue.put(matter, now=self._clock())
        self._post(MatterSaved(effect.session, envelope.reference, envelope.created.wall))
        self._nudge()

    def _await(self, session: str, timeout: float) -> None:
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
        if matter.state is MatterState.QUEUED and matter.error:
            return MatterSettled(session, "queued")  # it was tried and did not get through: waiting longer helps nobody
        if matter.state not in FINAL:
            return None
        answer = matter.answer
        outcome = "filed" if matter.state is MatterState.FILED else "refused"
        return MatterSettled(session, outcome, answer.number, answer.rule, answer.remedy, answer.result)

    def _rate(self, effect: SendRating) -> None:
        """A rating is a matter of its own; its id follows from the session, so that it is counted once."""
        identity = str(uuid5(NAMESPACE_URL, f"rating:{effect.session}"))
        payload = {"reference": effect.reference, "stars": effect.stars}
        self._queue.put(NewMatter(identity, RATING_ITEM, 1, payload), now=self._clock())
        self._nudge()

    def _end(self, session: str) -> None:
        self._queue.drop_draft()
        matter = self._find(session)
        if matter and matter.state in FINAL:
            self._queue.wipe(session)

    def _look_back(self) -> None:
        draft = self._queue.load_draft()
        if draft is None:
            return
        session, content = draft
        self._post(Interrupted(json.loads(content), self._find(session)))

    def _find(self, session: str) -> Matter | None:
        try:
            return self._queue.get(session)
        except UnknownMatter:
            return None
