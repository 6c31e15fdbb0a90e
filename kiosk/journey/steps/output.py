"""The papers: printed one after another, each with an honest outcome."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from drivers.contract import Outcome, PrintResult
from kiosk.catalogue.items import Output
from kiosk.journey.effects import PrintPaper
from kiosk.journey.events import Event, Paper, PaperArrived, PaperDone, SkipPaper, TryAgain
from kiosk.journey.moves import Move, Next, Stay
from kiosk.journey.state import PaperJob, PaperState, Session, Surroundings
from kiosk.journey.timings import Timings

_AFTER: dict[Outcome, PaperState] = {
    Outcome.PRINTED: "printed",
    Outcome.FAILED: "failed",
    Outcome.UNKNOWN: "unknown",
}
PAPERS: Final[Mapping[str, Paper]] = {"certificate": "certificate", "receipt": "receipt"}
"""By kind of an output."""
ASKS_CITIZEN = frozenset({"failed", "unknown"})


def enter(session: Session, _around: Surroundings, _timings: Timings) -> Move:
    return _go_on(replace(session, papers=tuple(_plan(session, output) for output in session.item.outputs)))


def handle(session: Session, event: Event, _around: Surroundings, _timings: Timings) -> Move:
    job = pending(session)
    if job is None:
        return Stay(session)
    match event:
        case PaperDone(paper=paper, result=result) if paper == job.paper and job.state == "printing":
            return _done(session, job, result)
        case TryAgain() if job.state in ASKS_CITIZEN:
            return _go_on(_with(session, replace(job, state="waiting", attempt=job.attempt + 1)))
        case PaperArrived() if job.state == "unknown":
            return _go_on(_with(session, replace(job, state="printed")))
        case SkipPaper() if job.state in ASKS_CITIZEN:
            return _go_on(_with(session, replace(job, state="skipped")))
        case _:
            return Stay(session)


def time_out(session: Session) -> Move:
    """Nobody answered about a paper: leave it and come to the end."""
    job = pending(session)
    return _go_on(_with(session, replace(job, state="skipped"))) if job else Next(session)


def pending(session: Session) -> PaperJob | None:
    """The paper that is being printed or asked about."""
    return next((job for job in session.papers if job.state in ("printing", "failed", "unknown")), None)


def _plan(session: Session, output: Output) -> PaperJob:
    paper = PAPERS[output.kind]
    if output.needs_result and session.filing.outcome == "queued":
        return PaperJob(paper, "later")
    if output.needs_result and session.filing.outcome == "refused":
        return PaperJob(paper, "skipped")
    return PaperJob(paper)


def _go_on(session: Session) -> Move:
    job = next((job for job in session.papers if job.state == "waiting"), None)
    if job is None:
        return Next(session.to("done"))
    printing = _with(session, replace(job, state="printing", fault=""))
    effect = PrintPaper(session.id, job.action_id(session.id), job.paper, copy=job.attempt > 1)
    return Stay(printing.to("printing"), (effect,))


def _done(session: Session, job: PaperJob, result: PrintResult) -> Move:
    state = _AFTER[result.outcome]
    changed = _with(session, replace(job, state=state, fault=result.fault, who=result.who))
    if state == "printed":
        return _go_on(changed)
    return Stay(changed.to(f"paper_{state}", problem=result.fault, problem_who=result.who))


def _with(session: Session, job: PaperJob) -> Session:
    papers = tuple(job if other.paper == job.paper else other for other in session.papers)
    return replace(session, papers=papers)
