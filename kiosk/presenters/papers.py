"""State -> what stands on the papers. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from kiosk.catalogue.items import ServiceItem
from kiosk.documents.certificate import CertificateFacts, Period
from kiosk.documents.receipts import Certificate, ReceiptFacts
from kiosk.identity.person import mask_name, mask_number
from kiosk.journey.state import PaperState, Session
from kiosk.presenters.scene import Scene, beijing_time

_CERTIFICATE: Final[dict[PaperState, Certificate]] = {
    "printed": "printed",
    "failed": "not_printed",
    "skipped": "not_printed",
    "unknown": "unknown",
    "later": "later",
}


def receipt_facts(session: Session, scene: Scene, terminal: str, *, copy: bool) -> ReceiptFacts:
    filing, person = session.filing, session.person
    return ReceiptFacts(
        hall=scene.hall,
        terminal=terminal,
        service=scene.item(session.item.title),
        name=mask_name(person.name) if person else "",
        number=mask_number(person.number) if person else "",
        reference=filing.reference,
        outcome=filing.outcome or "queued",
        time=beijing_time(filing.saved_at).strftime("%Y-%m-%d %H:%M"),
        centre_number=filing.number,
        certificate=_certificate_state(session),
        pickup=scene.item(session.item.pickup),
        rule=filing.rule,
        remedy=scene.spoken(filing.remedy),
        copy=copy,
    )


def _certificate_state(session: Session) -> Certificate:
    """A refused matter has no certificate to speak of."""
    job = next((job for job in session.papers if job.paper == "certificate"), None)
    if job is None or session.filing.outcome == "refused":
        return "none"
    return _CERTIFICATE.get(job.state, "none")


def certificate_facts(session: Session, scene: Scene, terminal: str) -> CertificateFacts:
    """Raises ``KeyError`` or ``TypeError`` when the centre's answer has not what the certificate says."""
    result: Mapping[str, Any] = session.filing.result["certificate"]
    person = session.person
    return CertificateFacts(
        name=person.name if person else "",
        number=mask_number(person.number) if person else "",
        periods=tuple(_period(line, scene) for line in result["periods"]),
        certificate_number=result["number"],
        issued=result["issued_on"],
        issuer=scene.item(result["issuer"]),
        verification_code=result["verification_code"],
        verification=f"{result['number']} {result['verification_code']}",
        terminal=terminal,
        reference=session.filing.reference,
        span=_answer(session.item, session.answers, "period", scene),
        purpose=_answer(session.item, session.answers, "purpose", scene),
    )


def _period(line: Mapping[str, Any], scene: Scene) -> Period:
    return Period(scene.item(line["insurance"]), line["from"], line["to"], line["months"], line["employer"])


def _answer(item: ServiceItem, answers: Mapping[str, str], name: str, scene: Scene) -> str:
    options = [option for field in item.form if field.name == name for option in field.options]
    return next((scene.item(option.label) for option in options if option.value == answers.get(name)), "")
