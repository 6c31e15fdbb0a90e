"""The routes of all platforms."""

from typing import Final

from central.routes.platforms import credit, helping, identity, licences, maps, pages, payments, phones, sharing

ROUTERS: Final = (
    *(routes.router for routes in (identity, licences, sharing, payments, helping, maps, credit, phones, pages)),
    pages.holders,
)
