"""How matters are shown: to anybody with a number, and to the person they belong to."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from central.casework.case import LAST, Case, State
from central.casework.counter import Standing
from central.casework.ratings import TicketState
from central.casework.service import Casework
from central.storage.matters import StoredMatter

Texts = dict[str, str]
"""By language."""


class CaseView(BaseModel):
    """What a department does with it."""

    state: State
    moved_at: datetime
    promised_at: datetime | None
    """``None`` while the citizen has to supplement, and when it is decided."""
    legal_at: datetime | None
    until_at: datetime | None
    """How long the citizen has to supplement or to collect."""


class MatterView(BaseModel):
    """What anybody with the number may know: nothing personal."""

    reference: str
    number: str | None
    state: Literal["filed", "refused"]
    item: str
    title: Texts
    terminal: str
    created_at: datetime
    created_at_trusted: bool
    received_at: datetime
    rule: str
    remedy: Texts
    rating: int | None
    case: CaseView | None
    """``None`` where a rule of the centre decided at once."""


class ReasonView(BaseModel):
    """Why a department refused, or wants something besides."""

    code: str
    rule: Texts
    missing: list[Texts]
    remedy: Texts


class CollectionView(BaseModel):
    number: str
    hall: str
    until_at: datetime | None


class TicketView(BaseModel):
    """What became of a poor rating."""

    state: TicketState
    due_at: datetime
    answered_at: datetime | None
    done: str
    """What was put right."""
    reply: str


class OwnMatterView(MatterView):
    """What the person it belongs to sees besides."""

    department: Texts
    verdict: Literal["approved", "refused", ""]
    reason: ReasonView | None
    collection: CollectionView | None
    can_withdraw: bool
    can_collect: bool
    ticket: TicketView | None


def matter_view(matter: StoredMatter, case: Case | None, title: Texts) -> MatterView:
    return MatterView(
        reference=matter.reference,
        number=matter.number,
        state=matter.state,
        item=matter.item,
        title=title,
        terminal=matter.terminal,
        created_at=_time(matter.created_wall),
        created_at_trusted=matter.clock_trusted,
        received_at=_time(matter.received_at),
        rule=matter.rule,
        remedy=json.loads(matter.remedy),
        rating=matter.stars,
        case=case and _case_view(case),
    )


def own_view(casework: Casework, standing: Standing) -> OwnMatterView:
    case, handling = standing.case, casework.services.named(standing.matter.item)
    own: Mapping[str, Any] = {
        "department": dict(handling.department_name),
        "verdict": case.verdict if case else "",
        "reason": case and _reason_view(casework, case),
        "collection": case and _collection_view(case),
        "can_withdraw": case is not None and not case.verdict and case.state not in LAST,
        "can_collect": case is not None and case.state in (State.READY, State.UNCOLLECTED),
        "ticket": _ticket_view(standing),
    }
    return OwnMatterView(**matter_view(standing.matter, case, dict(handling.title)).model_dump(), **own)


def _case_view(case: Case) -> CaseView:
    runs = case.state in (State.RECEIVED, State.IN_REVIEW)
    waits = case.state in (State.SUPPLEMENT_WANTED, State.READY)
    return CaseView(
        state=case.state,
        moved_at=_time(case.moved_at),
        promised_at=_time(case.promised_at) if runs else None,
        legal_at=_time(case.legal_at) if runs else None,
        until_at=_when(case.until_at) if waits else None,
    )


def _reason_view(casework: Casework, case: Case) -> ReasonView | None:
    known = casework.reasons.by_id.get(case.reason)
    if known is None:
        return None
    missing = casework.reasons.named(case.missing, casework.services.named(case.item).materials)
    return ReasonView(code=case.reason, rule=known.rule, missing=[dict(one) for one in missing], remedy=known.remedy)


def _collection_view(case: Case) -> CollectionView | None:
    if not case.collection:
        return None
    return CollectionView(number=case.collection, hall=case.hall, until_at=_when(case.until_at))


def _ticket_view(standing: Standing) -> TicketView | None:
    ticket = standing.ticket
    if ticket is None:
        return None
    return TicketView(
        state=ticket.state,
        due_at=_time(ticket.due_at),
        answered_at=_when(ticket.answered_at),
        done=standing.done,
        reply=standing.reply,
    )


def _when(seconds: float | None) -> datetime | None:
    return None if seconds is None else _time(seconds)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
