"""The staff's part of the world: check a PIN, call somebody."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kiosk.journey.effects import CallStaff, CheckPin, Effect
from kiosk.journey.events import PinChecked
from kiosk.journey.state import State
from kiosk.runner import Post
from kiosk.staff.pin import PinVerifier

log = logging.getLogger(__name__)


class StaffDesk:
    handles = (CheckPin, CallStaff)

    def __init__(self, verifier: PinVerifier, post: Post, clock: Callable[[], float] = time.time) -> None:
        self._verifier = verifier
        self._post = post
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "pin")  # a PIN's hash is slow on purpose

    def perform(self, effect: Effect, state: State) -> None:  # noqa: ARG002
        match effect:
            case CheckPin(session=session, pin=pin):
                self._thread.submit(self._check, session, pin)
            case CallStaff(reason=reason):
                log.warning("staff called: %s", reason)
            case _:
                pass

    def close(self) -> None:
        self._thread.shutdown(wait=False)

    def _check(self, session: str, pin: str) -> None:
        answer = self._verifier.check(pin, self._clock())
        if answer.staff_id:
            log.info("person confirmed by staff %s", answer.staff_id)
        self._post(PinChecked(session, answer.staff_id or "", answer.locked_seconds))
