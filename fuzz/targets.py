"""What is fuzzed: every parser of bytes that come from outside.

A new parser gets a row in its module's ``TARGETS``; every driver's redactor is there by itself."""

from collections.abc import Iterable, Mapping
from typing import Final

from drivers.id_card import protocol as sam
from drivers.registry import table
from fuzz import cabinet, code_scanner, filing, id_card, printers, shared, smart_card
from fuzz.promises import Target, portions, redactor

_DIALOGUE: Final = portions(sam.encode(sam.Command.READ_CARD), b"\x10\x04\x01", b"A1\r\n")


def _redactors() -> Iterable[tuple[str, Target]]:
    for drivers in table().values():
        for driver in drivers.values():
            yield f"{driver.id} redactor", Target(redactor(driver.redactor), (_DIALOGUE,))


TARGETS: Final[Mapping[str, Target]] = {
    **shared.TARGETS,
    **id_card.TARGETS,
    **smart_card.TARGETS,
    **printers.TARGETS,
    **code_scanner.TARGETS,
    **cabinet.TARGETS,
    **filing.TARGETS,
    **dict(_redactors()),
}
"""Name -> target."""
