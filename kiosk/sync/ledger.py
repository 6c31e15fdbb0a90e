"""Which commands of the centre were begun and how they ended, on the disk: each is done once, whatever is killed."""

import logging
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ValidationError

from kiosk.files import replace_file

log = logging.getLogger(__name__)

KEPT: Final = 200
End = Literal["done", "failed", "refused", "unsupported", "expired"]


class Entry(BaseModel):
    id: str
    kind: str
    state: Literal["begun"] | End
    detail: str = ""
    artefact: str = ""


class _File(BaseModel):
    entries: list[Entry]


class Ledger:
    """All methods raise ``OSError``. A file that cannot be read counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, Entry] | None = None

    def find(self, command_id: str) -> Entry | None:
        return self._known().get(command_id)

    def write(self, entry: Entry) -> None:
        """Durable when it returns; the newest by their ids stay."""
        entries = self._known() | {entry.id: entry}
        newest = sorted(entries)[-KEPT:]
        kept = {one: entries[one] for one in newest}
        replace_file(self._path, _File(entries=list(kept.values())).model_dump_json().encode())
        self._entries = kept

    def _known(self) -> dict[str, Entry]:
        if self._entries is None:
            self._entries = self._read()
        return self._entries

    def _read(self) -> dict[str, Entry]:
        try:
            read = _File.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (ValidationError, OSError) as error:
            log.error("sync: the commands that were done cannot be read: %s", type(error).__name__)
            return {}
        return {entry.id: entry for entry in read.entries}
