"""Where log records go: one line each, without personal numbers whatever a message or a library puts into it.

Nothing in this program logs personal data on purpose; the masking here is the last line of defence.
"""

import logging
import re
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Final

MASK: Final = "[masked]"
MEGABYTE: Final = 1 << 20

_DIGIT_BEFORE, _DIGIT_BEHIND = r"(?<!\d)", r"(?!\d)"
_PERSONAL: Final = re.compile(
    "|".join(
        f"{_DIGIT_BEFORE}{pattern}{_DIGIT_BEHIND}"
        for pattern in (
            # GB 11643 citizen number, and the 18-character numbers of residence permits; groups as people write them
            r"\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx]",
            # citizen number of the first generation; it has no check character
            r"\d{6}[ -]?\d{6}[ -]?\d{3}",
            # foreigner's permanent residence card of 2017: nationality, then 12 digits
            r"[A-Za-z]{3}[ -]?\d{12}",
            # mainland mobile number; \d takes full-width digits, ranges do not
            r"(?:86[ -]?)?[1１][3-9３-９]\d[ -]?\d{4}[ -]?\d{4}",
        )
    )
)

log = logging.getLogger(__name__)


def redact(text: str) -> str:
    """``text`` with everything that looks like a citizen's, a foreigner's or a mobile number masked."""
    return _PERSONAL.sub(MASK, text)


class OneLine(logging.Formatter):
    """``2026-01-31 09:15:02.123 INFO sync offline_queue.sync: message``; further lines follow behind `` | ``."""

    default_msec_format = "%s.%03d"

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)s {process} %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(_printable(redact(self._text(record))).splitlines())

    def _text(self, record: logging.LogRecord) -> str:
        try:
            return super().format(record)
        except (TypeError, ValueError, KeyError):
            # logging's own answer prints the arguments unmasked
            record.msg, record.args = f"log message does not fit its arguments: {record.msg!r}", ()
            return super().format(record)


def _printable(text: str) -> str:
    """Control characters could forge lines or steer the terminal of whoever reads the log."""
    return "".join(character if character.isprintable() or character in "\n\r" else "?" for character in text)


def set_up(process: str, level: str, file: Path | None = None, *, max_megabytes: int = 10, keep: int = 5) -> None:
    """Send all log records of this process to ``file`` with the process's name added, or to standard error.

    Each process has a file of its own because two must not rotate one.
    """
    handler = logging.StreamHandler() if file is None else _rotating(file, process, max_megabytes, keep)
    handler.setFormatter(OneLine(process))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # an address of the centre can hold a reference number
    logging.captureWarnings(capture=True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def file_of(file: Path, process: str) -> Path:
    """``kiosk.log`` -> ``kiosk-ui.log``."""
    return file.with_stem(f"{file.stem}-{process}")


def _rotating(file: Path, process: str, max_megabytes: int, keep: int) -> logging.Handler:
    own = file_of(file, process)
    own.parent.mkdir(parents=True, exist_ok=True)
    return RotatingFileHandler(own, maxBytes=max_megabytes * MEGABYTE, backupCount=keep, encoding="utf-8")


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.critical("uncaught exception", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    name = hook.thread.name if hook.thread else "unknown"
    error = hook.exc_value or hook.exc_type()
    log.critical("uncaught exception in thread %s", name, exc_info=(hook.exc_type, error, hook.exc_traceback))
