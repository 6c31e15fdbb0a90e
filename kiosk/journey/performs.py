"""What this program can perform of what a catalogue may ask for: the rest is not offered on this terminal."""

from kiosk.catalogue.items import ServiceItem
from kiosk.journey.reducer import STEPS
from kiosk.journey.steps.form import asks
from kiosk.journey.steps.output import PAPERS


def performs(item: ServiceItem) -> bool:
    """Each step names what it can do; a service that needs more of one waits for a later program."""
    return (
        STEPS.keys() >= set(item.steps)
        and all(asks(field) for field in item.form)
        and all(output.kind in PAPERS for output in item.outputs)
        and item.identity_level != "legal_person"
        and item.persons == 1
        and not item.needs_office
    )
