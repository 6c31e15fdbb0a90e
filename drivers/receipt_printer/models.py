"""What families of printers know, and how they tell it. A row here is all that a new model needs.

Sources: the command manuals of Epson's TM series, Citizen's CT-S and PPU-700, Custom's KPM and VKP series. Where they
contradict each other the row leaves the command out: GS e 2 retracts a paper nobody took on one model of a maker and
merely runs a motor on another, so that no row retracts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from drivers.errors import ProtocolError
from drivers.receipt_printer import protocol
from drivers.receipt_printer.protocol import Bit, Meanings


@dataclass(frozen=True)
class Question:
    """A real-time request and what the bytes of its answer mean."""

    request: bytes
    layout: tuple[Meanings, ...]
    header: bytes = b""

    def bits(self, answer: bytes) -> frozenset[Bit]:
        """Raise ``ProtocolError`` for an answer to another question."""
        if len(answer) != len(self.layout):
            raise ProtocolError(f"{answer.hex(' ')} does not answer {self.request.hex(' ')}")
        return protocol.bits_of(answer, self.layout)

    def answer(self, bits: frozenset[Bit]) -> bytes:
        """What a printer with these facts says."""
        fixed = bytes(len(self.layout)) if self.header else b"\x12"
        return self.header + protocol.bytes_of(bits, self.layout, fixed)


STANDARD: Final = tuple(
    Question(request, (meanings,))
    for request, meanings in zip(protocol.STATUS_REQUESTS, protocol.MEANINGS, strict=True)
)
_PRESENTER_ERRORS: Final = Question(STANDARD[2].request, (((0x04, Bit.JAM), *protocol.MEANINGS[2]),))
_PRESENTER_PAPER: Final = Question(
    STANDARD[3].request, (((0x0C, Bit.PAPER_LOW), (0x20, Bit.PAPER_OUT), (0x40, Bit.PRESENTED)),)
)
_FULL_STATUS: Final = Question(protocol.FULL_STATUS_REQUEST, protocol.FULL_STATUS_MEANINGS, header=protocol.FULL_STATUS)


@dataclass(frozen=True)
class Model:
    """``questions`` are asked before and after each job; with none of them the state is never known."""

    description: str
    questions: tuple[Question, ...] = STANDARD
    reports_end: bool = True
    """Answers GS r 1 when it has worked off what came before."""
    process_id: bool = False
    """Sends a job's number back instead: the end of an earlier job cannot pass for the end of this one."""
    status_back: bool = False
    """Tells by itself what changed (GS a)."""
    cuts: bool = True
    presenter: bool = False
    """Holds the paper until it is taken, and tells whether it was."""
    present: bytes = b""
    """What pushes the paper out after the cut, where the cut alone does not."""
    encoding: str = "gb18030"
    """Of its Chinese characters."""

    @property
    def confirms(self) -> bool:
        return bool(self.questions) and (self.reports_end or self.process_id)


GENERIC: Final = Model("any ESC/POS printer with DLE EOT and GS r")

MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {
        "generic": GENERIC,
        "epson": replace(GENERIC, description="Epson TM-T and TM-m", process_id=True, status_back=True),
        "citizen": replace(GENERIC, description="Citizen CT-S", status_back=True),
        "citizen_presenter": replace(
            GENERIC,
            description="Citizen PPU-700 and other printers with Citizen's presenter",
            questions=(*STANDARD[:2], _PRESENTER_ERRORS, _PRESENTER_PAPER),
            presenter=True,
        ),
        "custom": replace(
            GENERIC,
            description="Custom KPM, VKP and TG kiosk printers",
            questions=(*STANDARD, _FULL_STATUS),
            presenter=True,
            present=b"\x1de\x03\x0c",
        ),
        "no_cutter": replace(GENERIC, description="ESC/POS printers with a tear bar", cuts=False),
        "write_only": Model(
            "printers that answer nothing: receipts come out and are never confirmed",
            questions=(),
            reports_end=False,
            encoding="gbk",
        ),
    }
)
