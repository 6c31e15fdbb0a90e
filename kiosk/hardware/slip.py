"""A receipt from a plain text file, for trying a printer."""

from typing import Final

from drivers.receipt_printer.contract import Block, QrCode, Receipt, Rule, Text

MAX_LINES: Final = 500


def receipt_of(data: bytes) -> Receipt:
    """UTF-8, a line a line: ``# heading`` is large, ``---`` a rule, ``[qr] text`` a code. Raises ``ValueError``."""
    lines = data.decode("utf-8").splitlines()
    if len(lines) > MAX_LINES:
        raise ValueError(f"more than {MAX_LINES} lines")
    return tuple(map(_block, lines))


def _block(line: str) -> Block:
    if line.startswith("# "):
        return Text(line[2:], align="center", large=True)
    if line.strip() == "---":
        return Rule()
    if line.startswith("[qr] "):
        return QrCode(line[5:])
    return Text(line)
