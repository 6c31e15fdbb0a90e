"""Logs without personal data: a line says what happened, where, and during which request.

The message of an exception may be anything that somebody sent; so may the representation of a task or a future that
asyncio puts into its words. Of an exception stand only its kind and the places it came through; this holds for
whatever ends a thread, a task or the program too.
"""

import asyncio
import json
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Literal

from central.observe import request_id

Form = Literal["text", "json"]
OWN: Final = "central"
FIELDS: Final = "fields"
"""``extra={FIELDS: {...}}``: what a line says besides its message, by name."""
_DEEPEST: Final = 20
"""Places of one exception."""

log = logging.getLogger(__name__)


def configure(form: Form, level: str) -> None:
    """For the whole process, on standard error. ``level`` is that of the centre's own lines; others' are warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else Text())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(OWN).setLevel(level.upper())
    sys.excepthook = _crashed
    threading.excepthook = lambda args: log.critical("a thread ended", exc_info=args.exc_value)
    sys.unraisablehook = lambda args: log.error("something could not be cleaned up", exc_info=args.exc_value)


def listen(loop: asyncio.AbstractEventLoop) -> None:
    """To what goes wrong in tasks of ``loop``, in our words instead of its own."""
    loop.set_exception_handler(lambda _loop, context: log.error("a task failed", exc_info=context.get("exception")))


def told(error: BaseException) -> list[dict[str, Any]]:
    """Its kind and the places it came through, outermost first; then those of what caused it."""
    return [{"error": _kind(one), "at": _places(one)} for one in _chain(error)]


class JsonLines(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {"time": _time(record), "level": record.levelname, "logger": record.name}
        said |= {"message": record.getMessage()} | _fields(record)
        if error := _error(record):
            said["errors"] = told(error)
        return json.dumps(said, ensure_ascii=False, default=str)


class Text(logging.Formatter):
    """For people at a terminal: one line, and one for each exception."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        lines = [f"{_time(record)} {record.levelname} {record.name}: {record.getMessage()}{fields}"]
        if error := _error(record):
            lines += [f"    {one['error']} at {' < '.join(reversed(one['at']))}" for one in told(error)]
        return "\n".join(lines)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    request = request_id.current()
    more: dict[str, Any] = getattr(record, FIELDS, {})
    return ({"request": request} if request else {}) | more


def _error(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("the program ended", exc_info=(kind, error, trace))
