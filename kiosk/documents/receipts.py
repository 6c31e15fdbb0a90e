"""What a receipt says. Pure: facts and texts in, blocks for the printer out.

Truth words are fixed: a matter is called accepted only when the centre said so, a certificate printed only when the
printer confirmed it. Name and number come in masked; nothing here unmasks or shortens them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from drivers.receipt_printer.contract import Block, Pair, QrCode, Receipt, Rule, Text
from kiosk.text.catalogue import Texts

Outcome = Literal["filed", "queued", "refused"]
Certificate = Literal["printed", "not_printed", "unknown", "later", "none"]


@dataclass(frozen=True, repr=False)
class ReceiptFacts:
    """``time`` and all texts are ready for the reader; empty ones are left out."""

    hall: str
    terminal: str
    service: str
    name: str
    """Masked."""
    number: str
    """Masked."""
    reference: str
    outcome: Outcome
    time: str
    centre_number: str = ""
    certificate: Certificate = "none"
    pickup: str = ""
    """Where a paper that is not printed now can be collected."""
    lookup_hint: str = ""
    """Where the reference can be looked up, if the general sentence is not enough."""
    rule: str = ""
    remedy: str = ""
    copy: bool = False


def receipt(facts: ReceiptFacts, text: Texts) -> Receipt:
    return (
        *_head(facts, text),
        *_truth(facts, text),
        Rule(),
        *_details(facts, text),
        Rule(),
        *_reference(facts, text),
        Rule(),
        *_privacy(facts, text),
    )


def _head(facts: ReceiptFacts, text: Texts) -> Iterator[Block]:
    yield Text(facts.hall, align="center")
    yield Text(text("documents.receipt.title"), align="center", large=True, bold=True)
    if facts.copy:
        yield Text(text("documents.receipt.copy"), align="center")
    yield Rule()


def _truth(facts: ReceiptFacts, text: Texts) -> Iterator[Block]:
    """What happened, then what happens next."""
    yield Text(text(f"documents.receipt.outcome.{facts.outcome}"), align="center", large=True, bold=True)
    yield Text(text(f"documents.receipt.next.{facts.outcome}"))
    if facts.rule:
        yield Text(text("documents.receipt.reason"), bold=True)
        yield Text(facts.rule)
    if facts.remedy:
        yield Text(text("documents.receipt.remedy"), bold=True)
        yield Text(facts.remedy)


def _details(facts: ReceiptFacts, text: Texts) -> Iterator[Block]:
    rows = (
        ("service", facts.service),
        ("name", facts.name),
        ("number", facts.number),
        ("time", facts.time),
        ("terminal", facts.terminal),
        ("centre_number", facts.centre_number if facts.outcome == "filed" else ""),
    )
    for label, value in rows:
        if value:
            yield Pair(text(f"documents.receipt.{label}"), value)
    if facts.certificate != "none":
        yield Pair(text("documents.receipt.certificate"), text(f"documents.receipt.paper.{facts.certificate}"))
    if facts.certificate not in ("none", "printed") and facts.pickup:
        yield Text(text("documents.receipt.pickup", place=facts.pickup))


def _reference(facts: ReceiptFacts, text: Texts) -> Iterator[Block]:
    yield Text(text("documents.receipt.reference"), align="center")
    yield Text(facts.reference, align="center", large=True, bold=True)
    yield QrCode(facts.reference)
    yield Text(facts.lookup_hint or text("documents.receipt.lookup"), align="center")


def _privacy(facts: ReceiptFacts, text: Texts) -> Iterator[Block]:
    """What was read, sent, kept and erased."""
    yield Text(text("documents.privacy.title"), bold=True)
    yield Text(text("documents.privacy.read"))
    yield Text(text(f"documents.privacy.{facts.outcome}"))
    if facts.outcome != "queued":
        yield Text(text("documents.privacy.kept"))
    yield Text(text("documents.privacy.erased"))
