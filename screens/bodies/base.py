"""What every body has in common: built once when its kind comes up, updated in place while it stays."""

from typing import Any

from kiosk.presenters.views import View
from screens.components.base import Act, Column


class BodyWidget(Column):
    """Fills the content area at least; grows beyond it only when it must, and then scrolls."""

    whole_canvas = False
    """The body brings its own title."""

    def __init__(self, view: View, act: Act, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._act = act
        self.arrange()
        self.update(view)

    def arrange(self) -> None:
        """Put the empty parts in place."""

    def update(self, view: View) -> None:
        """Show ``view``, whose body is of this widget's kind."""
        self.view = view
        self.show(view.body)

    def show(self, body: Any) -> None:
        """Draw anew what differs from what is shown."""
        raise NotImplementedError
