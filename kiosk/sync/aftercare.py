"""What becomes of the content of a matter once the centre has it: sealed for the centre, and wiped as soon as its
citizen is gone."""

import json
import logging
from collections.abc import Sequence

from offline_queue import envelope as wire
from offline_queue.contract import FINAL, Answer, Matter, MatterState, Queue
from offline_queue.credentials import Credentials
from offline_queue.crypto_errors import CryptoError
from offline_queue.sealed import Sealer

log = logging.getLogger(__name__)

_PAGE = 500


class Keeping:
    """Implements :class:`offline_queue.sync.Aftercare`. All methods raise ``QueueUnavailable``."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._sealer: Sealer | None = None
        self._in_use: set[str] = set()

    def seal_for(self, credentials: Credentials) -> None:
        """From now on. Without a key of the centre nothing is sealed; what is filed counts all the same."""
        grant = credentials.grant
        try:
            self._sealer = Sealer(grant.sealing_key, grant.terminal, credentials.key.suite)
        except CryptoError as error:
            log.error("sync: no copies are kept: %s", error)

    def keep(self, matter: Matter, state: MatterState, answer: Answer) -> bytes:
        if self._sealer is None:
            return b""
        return self._sealer.seal(matter.envelope.id, content(matter, state, answer))

    def wiped_at_once(self, ids: Sequence[str]) -> frozenset[str]:
        """Not the one whose citizen is still here waiting for the papers: that one later."""
        draft = self._queue.load_draft() if ids else None
        waiting = {draft.session} & set(ids) if draft else set[str]()
        self._in_use |= waiting
        return frozenset(ids) - waiting

    def wipe_when_gone(self) -> None:
        for matter_id in tuple(self._in_use):
            self._wipe(matter_id)

    def wipe_left_over(self) -> None:
        """At start: what a killed predecessor had no time to wipe."""
        after = 0
        while page := self._queue.matters(*FINAL, after=after, limit=_PAGE):
            for matter in page:
                if matter.envelope.payload or matter.answer.result:
                    self._wipe(matter.envelope.id)
            last = page[-1].envelope
            after = wire.place(last.epoch, last.seq)

    def _wipe(self, matter_id: str) -> None:
        if self.wiped_at_once([matter_id]):
            self._queue.wipe(matter_id)
            self._in_use.discard(matter_id)


def content(matter: Matter, state: MatterState, answer: Answer) -> bytes:
    """What is sealed, as ``docs/sync-protocol.md`` has it."""
    fields = {
        "envelope": wire.encode(matter.envelope).decode(),
        "state": state,
        "number": answer.number,
        "result": dict(answer.result),
        "rule": answer.rule,
        "remedy": dict(answer.remedy),
    }
    return json.dumps(fields, ensure_ascii=False).encode()
