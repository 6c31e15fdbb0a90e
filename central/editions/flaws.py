"""What can be wrong with an item, for people who write it."""

from dataclasses import dataclass

Path = tuple[int | str, ...]
"""Where in the item: names of fields, and places in lists from 0."""


@dataclass(frozen=True)
class Flaw:
    path: Path
    english: str
    """Follows the path in a sentence."""
    chinese: str
    meant: str = ""
    """A word that is known and near to the one that is not."""
    file: str = ""

    @property
    def place(self) -> str:
        return ".".join(map(str, self.path))

    def __str__(self) -> str:
        where = ": ".join(filter(None, (self.file, self.place)))
        guess = f"; did you mean {self.meant}?" if self.meant else ""
        return f"{where}: {self.english}{guess}" if where else f"{self.english}{guess}"

    def in_chinese(self) -> str:
        return f"{self.chinese}，是不是“{self.meant}”？" if self.meant else self.chinese
