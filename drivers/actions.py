"""What must not happen twice carries an id; a repeated id is not performed again."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

REMEMBERED: Final = 256
"""Far more than one session prints; what must survive a restart is the queue's print ledger, not this one."""


class Actions(Generic[T]):
    """The results of the last actions by id. One action at a time: a second caller waits for the first."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._results: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, action_id: str, perform: Callable[[], T]) -> T:
        """The result of ``action_id``, performed now if it never was.

        An exception is no result: that id may be tried again.
        """
        with self._lock:
            if action_id not in self._results:
                self._results[action_id] = perform()
                self._forget_oldest()
            return self._results[action_id]

    def _forget_oldest(self) -> None:
        while len(self._results) > self._remembered:
            self._results.popitem(last=False)
