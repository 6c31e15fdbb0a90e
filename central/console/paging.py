"""Which part of a table a page shows: read from its address, and written into the links that lead on."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request

ROWS: Final = 50
_FARTHEST: Final = 100_000
_SHOWN: Final = 2
"""Pages on either side of this one that are named."""


@dataclass(frozen=True)
class Column:
    key: str
    """Of the sort order in the address."""
    title: str
    sorts: bool = False
    numeric: bool = False
    """Set to the right."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for, as far as it is sensible."""

    path: str
    query: tuple[tuple[str, str], ...]
    """But for ``page`` and ``sort``: the filters, to be kept by the links."""
    page: int
    sort: str
    """The key of a column that sorts, or empty."""
    descending: bool
    rows: int = ROWS

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.rows

    @property
    def limit(self) -> int:
        return self.rows

    def link(self, *, page: int = 1, sort: str | None = None) -> str:
        """``sort`` as in the address: ``-at`` for the newest first."""
        order = sort if sort is not None else ("-" if self.descending else "") + self.sort
        told = [*self.query, *([("sort", order)] if order else []), *([("page", str(page))] if page > 1 else [])]
        return f"{self.path}?{urlencode(told)}" if told else self.path


def asked(request: Request, columns: Sequence[Column] = (), default: str = "", rows: int = ROWS) -> Asked:
    """``default``: the sort order when the address names none, as in the address."""
    told = request.query_params
    order = told.get("sort", default)
    if order.removeprefix("-") not in {column.key for column in columns if column.sorts}:
        order = default
    query = tuple((name, value) for name, value in told.multi_items() if name not in ("page", "sort") and value)
    return Asked(
        request.url.path, query, _page(told.get("page", "")), order.removeprefix("-"), order.startswith("-"), rows
    )


def _page(text: str) -> int:
    return min(max(int(text), 1), _FARTHEST) if text.isascii() and text.isdigit() and len(text) < len("1000000") else 1


@dataclass(frozen=True)
class Listing:
    """A part of a table, for the macro ``ui.table``."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    total: int
    asked: Asked

    @property
    def pages(self) -> int:
        return max(1, math.ceil(self.total / self.asked.rows))

    @property
    def first(self) -> int:
        """The number of the first row shown; 0 without any."""
        return self.asked.offset + 1 if self.rows else 0

    @property
    def last(self) -> int:
        return self.asked.offset + len(self.rows)

    @property
    def named(self) -> list[int | None]:
        """The pages to name, ``None`` where some are left out."""
        here = self.asked.page
        near = {1, self.pages, *range(max(1, here - _SHOWN), min(self.pages, here + _SHOWN) + 1)}
        pages = sorted(near)
        named: list[int | None] = []
        for before, page in zip([0, *pages], pages, strict=False):
            named += [None, page] if page > before + 1 else [page]
        return named

    def order(self, column: Column) -> str:
        """As ``aria-sort`` has it."""
        if column.key != self.asked.sort:
            return "none"
        return "descending" if self.asked.descending else "ascending"

    def order_link(self, column: Column) -> str:
        """Once more the other way round."""
        turn = column.key == self.asked.sort and not self.asked.descending
        return self.asked.link(sort=f"-{column.key}" if turn else column.key)


def listing(columns: Sequence[Column], rows: Sequence[Any], total: int, asked: Asked) -> Listing:
    return Listing(columns, rows, total, asked)


def cut(columns: Sequence[Column], rows: Sequence[Any], asked: Asked) -> Listing:
    """Of rows that are all at hand, in their order."""
    return Listing(columns, rows[asked.offset : asked.offset + asked.limit], len(rows), asked)
