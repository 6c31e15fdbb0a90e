"""The pages there are. Their lines in the menu stand in :mod:`central.console.navigation`."""

from typing import Final

from central.console import static_files
from central.console.pages import (
    audit,
    catalogue,
    catalogue_editor,
    fleet,
    fleet_orders,
    fleet_rollouts,
    fleet_settings,
    fleet_terminal,
    fleet_usage,
    guides,
    home,
    matter_figures,
    matters,
    me,
    platforms,
    set_up,
    sign_in,
    staff,
    tickets,
)

ROUTERS: Final = tuple(
    pages.router
    for pages in (
        static_files, sign_in, set_up, home, me, staff, audit, guides, catalogue, catalogue_editor,
        matter_figures, matters, tickets,
        fleet, fleet_terminal, fleet_settings, fleet_rollouts, fleet_orders, fleet_usage, platforms,
    )
)  # fmt: skip
