"""The pages there are. Their lines in the menu stand in :mod:`central.console.navigation`."""

from typing import Final

from central.console import static_files
from central.console.pages import audit, catalogue, catalogue_editor, guides, home, me, set_up, sign_in, staff

ROUTERS: Final = tuple(
    pages.router
    for pages in (
        static_files, sign_in, set_up, home, me, staff, audit, guides, catalogue, catalogue_editor,
    )
)  # fmt: skip
