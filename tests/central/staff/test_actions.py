"""Whatever is written into the audit has a name for people."""

import re
from pathlib import Path
from typing import Final

from central.staff import actions

CENTRAL: Final = Path(actions.__file__).parents[1]
_WRITTEN: Final = re.compile(r"\baudit(?:ed)?\(\s*[^()\"]+(?:\([^()]*\)[^()\"]*)*\"([a-z_]+\.[a-z_]+)\"")


def test_every_action_has_a_title() -> None:
    written = {
        action for file in CENTRAL.rglob("*.py") for action in _WRITTEN.findall(file.read_text(encoding="utf-8"))
    }
    assert {"account.add", "audit.export"} <= written
    assert written - set(actions.titles()) == set()


def test_an_action_of_another_version_is_shown_as_it_is() -> None:
    assert actions.title("account.add") == "新建账号"
    assert actions.title("gone.away") == "gone.away"
