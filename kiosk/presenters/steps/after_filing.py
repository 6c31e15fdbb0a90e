"""Screens from filing to good-bye. The words about what is filed and printed are the fixed words of truth."""

from collections.abc import Mapping
from typing import Final

from drivers.contract import DeviceStatus
from kiosk.journey.events import Paper, PaperArrived, Proceed, RateService, SkipPaper, TryAgain
from kiosk.journey.state import PaperJob, PaperState, Session
from kiosk.journey.steps.output import pending
from kiosk.presenters.scene import Page, Scene, button, cancel, help_button, who_acts
from kiosk.presenters.views import Action, Banner, Body, Cue, ProgressBody, RatingBody, ResultBody, Task

_TASK: dict[PaperState, str] = {
    "waiting": "waiting",
    "printing": "running",
    "printed": "done",
    "failed": "problem",
    "unknown": "problem",
    "later": "waiting",
    "skipped": "waiting",
}
_COMING: dict[Paper, Cue] = {"certificate": "take_certificate", "receipt": "take_receipt"}
PRINTERS: Final[Mapping[Paper, str]] = {"certificate": "document_printer", "receipt": "receipt_printer"}
_ICON = {"filed": "check", "queued": "clock", "refused": "warning", "": "clock"}


def submit(session: Session, scene: Scene) -> Page:
    text = scene.text
    if session.phase == "not_saved":
        return _not_saved(scene)
    saved = session.phase == "waiting"
    tasks = (
        Task(text("screens.submit.save"), "done" if saved else "running"),
        Task(text("screens.submit.send"), "running" if saved else "waiting", text("screens.submit.send_detail")),
    )
    return Page(text("screens.submit.title"), ProgressBody(tasks), text("screens.submit.subtitle"), settled=False)


def _not_saved(scene: Scene) -> Page:
    text = scene.text
    return Page(
        title=text("screens.submit.not_saved_title"),
        body=ProgressBody((Task(text("screens.submit.save"), "problem"),)),
        banner=Banner("problem", text("screens.submit.not_saved"), who_acts(scene, "staff")),
        actions=(cancel(scene), help_button(scene), button(scene, "retry", TryAgain(), "primary")),
    )


# --- papers ---------------------------------------------------------------------------------------------------------


def output(session: Session, scene: Scene) -> Page:
    job = pending(session)
    if job is not None and job.state != "printing":
        return _paper_problem(job, session, scene)
    body = _truth(session, scene, _tasks(session, scene), _COMING[job.paper] if job else None)
    return Page(scene.text("screens.output.title"), body, settled=False)


def standing_still(session: Session, devices: Mapping[str, DeviceStatus], scene: Scene) -> Banner | None:
    """A printer that waits for somebody to put it right keeps the paper for a while: said while it does."""
    job = pending(session)
    status = devices.get(PRINTERS[job.paper]) if job and job.state == "printing" else None
    if status is None or status.works or f"faults.{status.fault}.citizen" not in scene.text:
        return None
    return Banner("wait", scene.text(f"faults.{status.fault}.citizen"), scene.text("screens.output.standing_still"))


def _paper_problem(job: PaperJob, session: Session, scene: Scene) -> Page:
    """What happened, what is safe, what can be done; the reference comes in full at the end."""
    text, outcome = scene.text, session.filing.outcome or "queued"
    safe = () if outcome == "refused" else (text(f"screens.truth.{outcome}.what", number=session.filing.number),)
    return Page(
        title=text(f"screens.output.{job.state}.{job.paper}"),
        body=ResultBody(_ICON[outcome], text(f"screens.truth.{outcome}.headline"), safe, tasks=_tasks(session, scene)),
        banner=_paper_banner(job, scene),
        actions=_paper_actions(job, scene),
    )


def _tasks(session: Session, scene: Scene) -> tuple[Task, ...]:
    return tuple(_task(job, scene) for job in session.papers)


def _task(job: PaperJob, scene: Scene) -> Task:
    label, detail = scene.text(f"screens.papers.{job.paper}"), scene.text(f"screens.papers.state.{job.state}")
    match _TASK[job.state]:
        case "running":
            return Task(label, "running", detail)
        case "done":
            return Task(label, "done", detail)
        case "problem":
            return Task(label, "problem", detail)
        case _:
            return Task(label, "waiting", detail)


def _paper_banner(job: PaperJob, scene: Scene) -> Banner:
    """The cause if it is known, and what to do."""
    cause = f"faults.{job.fault}.citizen"
    what_to_do = scene.text(f"screens.output.{job.state}.what_to_do")
    return Banner("problem", scene.text(cause), what_to_do) if cause in scene.text else Banner("problem", what_to_do)


def _paper_actions(job: PaperJob, scene: Scene) -> tuple[Action, ...]:
    again = button(scene, "print_again", TryAgain(), "primary", "printer")
    skip = button(scene, "skip_paper", SkipPaper(), "secondary")
    if job.state == "failed":
        return help_button(scene), skip, again
    there = button(scene, "paper_arrived", PaperArrived(), "secondary", "check")
    return help_button(scene), skip, there, again


def _truth(session: Session, scene: Scene, tasks: tuple[Task, ...] = (), cue: Cue | None = None) -> Body:
    """What happened to the matter, in the fixed words."""
    text, filing = scene.text, session.filing
    outcome = filing.outcome or "queued"
    lines = [text(f"screens.truth.{outcome}.what", number=filing.number)]
    lines += [line for line in (filing.rule, scene.spoken(filing.remedy)) if line]
    if any(job.state == "later" for job in session.papers):
        lines.append(text("screens.truth.later", place=scene.item(session.item.pickup)))
    return ResultBody(
        _ICON[outcome],
        text(f"screens.truth.{outcome}.headline"),
        tuple(lines),
        text("screens.labels.reference"),
        filing.reference,
        tasks,
        cue,
    )


# --- good-bye -------------------------------------------------------------------------------------------------------


def farewell(session: Session, scene: Scene) -> Page:
    text = scene.text
    cue = _cue(session)
    body = _truth(session, scene, cue=cue) if session.filing.reference else _nothing_filed(session, scene, cue)
    left = session.phase == "card_left"
    return Page(
        title=text(f"screens.farewell.{cue or 'bye'}"),
        body=body,
        banner=Banner("problem", text("screens.farewell.card_left"), text("screens.farewell.card_left_who"))
        if left
        else None,
        actions=(help_button(scene), button(scene, "taken" if cue else "done", Proceed(), "primary", "check")),
    )


_TO_TAKE: dict[tuple[bool, frozenset[Paper]], Cue | None] = {
    # card still there, papers that came out (or may have)
    (True, frozenset()): "take_card",
    (True, frozenset({"certificate"})): "take_card_and_certificate",
    (True, frozenset({"receipt"})): "take_card_and_receipt",
    (True, frozenset({"certificate", "receipt"})): "take_card_and_papers",
    (False, frozenset()): None,
    (False, frozenset({"certificate"})): "take_certificate",
    (False, frozenset({"receipt"})): "take_receipt",
    (False, frozenset({"certificate", "receipt"})): "take_papers",
}


def _cue(session: Session) -> Cue | None:
    papers: frozenset[Paper] = frozenset(job.paper for job in session.papers if job.state in ("printed", "unknown"))
    return _TO_TAKE[session.card_there, papers]


def _nothing_filed(session: Session, scene: Scene, cue: Cue | None) -> Body:
    text = scene.text
    ending = "cancelled" if session.ending == "cancelled" else "timed_out"
    return ResultBody(
        "info", text(f"screens.farewell.{ending}.headline"), (text(f"screens.farewell.{ending}.what"),), cue=cue
    )


def rate(session: Session, scene: Scene) -> Page:
    text = scene.text
    done = button(scene, "done", Proceed(), "primary" if session.phase == "thanks" else "secondary")
    if session.phase == "thanks":
        thanks = ResultBody("check", text("screens.rate.thanks"), (text("screens.rate.thanks_detail"),))
        return Page(text("screens.rate.thanks_title"), thanks, actions=(done,))
    stars = (
        Action("rate.5", text("screens.rate.5"), RateService(5), icon="face5"),
        Action("rate.4", text("screens.rate.4"), RateService(4), icon="face4"),
        Action("rate.3", text("screens.rate.3"), RateService(3), icon="face3"),
        Action("rate.2", text("screens.rate.2"), RateService(2), icon="face2"),
        Action("rate.1", text("screens.rate.1"), RateService(1), icon="face1"),
    )
    return Page(
        title=text("screens.rate.title"),
        subtitle=text("screens.rate.subtitle"),
        body=RatingBody(text("screens.rate.question"), stars),
        actions=(button(scene, "skip", Proceed(), "secondary"),),
    )


def interrupted(session: Session, scene: Scene) -> Page:
    text = scene.text
    saved = bool(session.filing.reference)
    kind = "saved" if saved else "not_filed"
    problem = Banner("wait", text("screens.interrupted.other_card")) if session.problem == "other_card" else None
    cue: Cue | None = "take_card" if session.card_there else ("place_card" if saved else None)
    return Page(
        title=text("screens.interrupted.title"),
        subtitle=text("screens.interrupted.subtitle"),
        body=ResultBody(
            "clock" if saved else "info",
            text(f"screens.interrupted.{kind}.headline"),
            (text(f"screens.interrupted.{kind}.what"),),
            text("screens.labels.reference") if saved else "",
            session.filing.reference,
            cue=cue,
        ),
        banner=problem,
        actions=(help_button(scene), button(scene, "end", Proceed(), "primary")),
    )
