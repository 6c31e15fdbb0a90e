"""Whose a matter is: a keyed hash of the number on the card, the same at every terminal."""

from collections.abc import Mapping
from typing import Any, Final

from central.sealing import Blinder

LONGEST: Final = 64


class People:
    def __init__(self, storage_key: bytes) -> None:
        self._blinder = Blinder(storage_key)

    def of(self, number: str) -> str:
        """However it was written: spaces, small letters."""
        return self._blinder.of("person", "".join(number.split()).upper())

    def holder(self, payload: Mapping[str, Any]) -> str | None:
        """Of whoever filed with this payload; ``None`` when it names nobody."""
        match payload:
            case {"person": {"number": str(number)}} if number.strip() and len(number) <= LONGEST:
                return self.of(number)
            case _:
                return None
