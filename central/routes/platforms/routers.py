"""The routes of all platforms."""

from typing import Final

from central.routes.platforms import identity, licences, sharing

ROUTERS: Final = tuple(routes.router for routes in (identity, licences, sharing))
