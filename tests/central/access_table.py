"""The table of ``docs/access.md``."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).parents[2] / "docs" / "access.md"
_ROW: Final = re.compile(r"^\| ([A-Z]+) (/\S*) \| ([a-z, &]+) \|$", re.MULTILINE)
_NEEDED: Final = re.compile(r"\{[^}]+\}")


@dataclass(frozen=True)
class Rule:
    method: str
    path: str
    who: str
    """As the table says it."""

    def lets_in(self, caller: str) -> bool:
        """``public`` and ``link`` look at nobody's face; what a link leads to is not decided at the door."""
        return self.who in ("public", "link") or caller in self.who.split(", ")

    def address(self, part: str = "x0") -> str:
        """A real one, of something that is hardly there."""
        return _NEEDED.sub(lambda _: part, self.path)


RULES: Final = [Rule(*row) for row in _ROW.findall(TABLE.read_text(encoding="utf-8"))]
INTERFACE: Final = [rule for rule in RULES if rule.path.startswith("/v1/")]
SIGNED: Final = [rule for rule in INTERFACE if rule.who == "terminal"]
