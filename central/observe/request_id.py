"""Which request is being answered: a number for logs and problems. The centre chooses it, for a client could choose
one that says whom it is about."""

import secrets
from contextvars import ContextVar
from typing import Final

HEADER: Final = "Request-Id"
_current: Final[ContextVar[str]] = ContextVar("request", default="")


def begin() -> str:
    """A new one, for all that follows from here on, in threads too."""
    made = secrets.token_hex(8)
    _current.set(made)
    return made


def current() -> str:
    """Empty outside of requests."""
    return _current.get()
