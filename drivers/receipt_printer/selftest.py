"""What a technician would try on a receipt printer: look at what it says, then print a slip and see how that ends."""

import time
from collections.abc import Iterator
from typing import Final
from uuid import uuid4

from drivers.contract import Cancel, Media, Outcome
from drivers.errors import DriverError, Who
from drivers.receipt_printer.contract import (
    Pair,
    Paper,
    QrCode,
    Receipt,
    ReceiptPrinter,
    ReceiptPrinterStatus,
    Rule,
    Text,
)
from drivers.selftest import Check, answers, failed, identity

_PATIENCE: Final = 30.0
_PAPER: Final = {
    Paper.OK: "there is paper",
    Paper.LOW: "the roll is nearly used up",
    Paper.OUT: "there is no paper",
    Paper.JAMMED: "paper hangs in the cutter",
    Paper.UNKNOWN: "the printer does not tell",
}
_RULER: Final = "12345678901234567890123456789012"
"""32 columns, as many as the narrowest paper has; the rule below it is as wide as the settings say."""


def selftest(printer: ReceiptPrinter, cancel: Cancel) -> Iterator[Check]:
    """The state part by part, what the printer says it is, and one slip: only paper that comes out shows that the
    print head works, and that the paper is as wide as the settings say. Nothing is printed unless it is ready."""
    status = printer.status()
    yield from _state(status)
    yield identity(printer.capabilities())
    if status.works and not cancel.is_set():
        yield _slip(printer, cancel)


def _state(status: ReceiptPrinterStatus) -> Iterator[Check]:
    yield answers(status)
    yield Check("paper", status.paper not in (Paper.OUT, Paper.JAMMED), _PAPER[status.paper], Who.STAFF)
    yield Check("cover", not status.cover_open, "open" if status.cover_open else "closed", Who.STAFF)
    if status.presenter is not Media.UNKNOWN:
        free = status.presenter is Media.ABSENT
        yield Check("presenter", free, f"paper {status.presenter}", Who.NOBODY if free else Who.STAFF)


def _slip(printer: ReceiptPrinter, cancel: Cancel) -> Check:
    started = time.monotonic()
    try:
        result = printer.print(f"selftest-{uuid4()}", slip(), timeout=_PATIENCE, cancel=cancel)
    except DriverError as error:
        return failed("prints a slip", error)
    seconds = time.monotonic() - started
    words = " ".join(filter(None, (result.outcome, result.fault, result.detail, f"in {seconds:.1f} s")))
    return Check("prints a slip", result.outcome is Outcome.PRINTED, words, result.who)


def slip() -> Receipt:
    """Shows what matters: width, magnification, bold, Chinese characters (one of four bytes too), and a symbol."""
    return (
        Text("自检 SELF-TEST", align="center", large=True, bold=True),
        Text(_RULER),
        Rule(),
        Text("汉字 漢字 㐀 ¥ ABC abc 0123456789", align="center"),
        Pair("左 left", "right 右"),
        QrCode("RECEIPT PRINTER SELF-TEST"),
        Text("此条不含个人信息，可以丢弃。", align="center"),
    )
