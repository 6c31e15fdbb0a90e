"""Things that go wrong before a citizen, on the whole terminal: each ends on an honest screen and nothing is lost."""

from collections.abc import Generator

import pytest

from kiosk.demo.play import SERVICE
from tests.paths import PORTRAITS
from tests.processes.terminal import Rig, rig

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300), pytest.mark.xdist_group("mishaps")]

PIN = ("key.2", "key.4", "key.6", "key.8", "key.1", "key.0", "key.enter")
ANSWERS = ("answer.period.all", "answer.purpose.loan")


@pytest.fixture(scope="module")
def shared() -> Generator[Rig]:
    if not PORTRAITS.exists():
        pytest.skip("needs the portraits that set-up unpacks")
    with rig() as terminal:
        yield terminal


@pytest.fixture
def terminal(shared: Rig) -> Generator[Rig]:
    """At the home screen, everything whole; after the test it comes back there."""
    shared.terminal.wait_enabled(f"service.{SERVICE}", 60)
    yield shared
    for kind in ("id_card", "receipt_printer", "document_printer", "camera"):
        shared.simulate(kind, "heal")
    shared.simulate("network", "restore")
    shared.simulate("camera", "show", "holder")
    shared.simulate("id_card", "take")
    shared.terminal.wait_for({"home"}, 90)


def to_card(terminal: Rig) -> None:
    terminal.go(f"service.{SERVICE}", "agree")
    terminal.terminal.wait_for({"identify.waiting"})


def to_papers(terminal: Rig) -> None:
    to_card(terminal)
    terminal.simulate("id_card", "place", "resident")
    terminal.go(*ANSWERS, "submit")


def leave(terminal: Rig) -> None:
    terminal.terminal.wait_for({"farewell.take"})
    terminal.simulate("id_card", "take")
    terminal.go("skip")


def test_a_wrong_face_leads_to_staff_and_on(terminal: Rig) -> None:
    terminal.simulate("camera", "show", "other")
    before = len(terminal.services())
    to_card(terminal)
    terminal.simulate("id_card", "place", "resident")
    terminal.terminal.wait_for({"verify_person.retry"})
    terminal.go("retry")
    terminal.terminal.wait_for({"verify_person.staff"})
    terminal.go(*PIN, *ANSWERS, "submit")
    leave(terminal)
    assert len(terminal.services()) == before + 1


@pytest.mark.parametrize("card", ["expired", "bad_check_digit"])
def test_a_bad_card_is_explained_and_a_good_one_goes_on(terminal: Rig, card: str) -> None:
    to_card(terminal)
    terminal.simulate("id_card", "place", card)
    terminal.terminal.wait_for({"identify.bad_card"})
    terminal.simulate("id_card", "take")
    terminal.terminal.wait_for({"identify.waiting"})
    terminal.simulate("id_card", "place", "resident")
    terminal.terminal.wait_for({"form.period"})
    terminal.go("cancel", "confirm_cancel")
    terminal.terminal.wait_for({"farewell.take"})
    terminal.simulate("id_card", "take")


def test_the_reader_is_unplugged_in_the_middle_of_a_read(terminal: Rig) -> None:
    to_card(terminal)
    terminal.simulate("id_card", "slow", "2")
    terminal.simulate("id_card", "place", "resident")
    terminal.simulate("id_card", "unplug")
    terminal.terminal.wait_for({"identify.no_reader"})
    terminal.simulate("id_card", "heal")
    terminal.terminal.wait_for({"form.period"}, 60)
    terminal.go("cancel", "confirm_cancel")


def test_a_jammed_receipt_printer_is_told_cleared_and_printed_again(terminal: Rig) -> None:
    terminal.simulate("receipt_printer", "jam", "200")
    to_papers(terminal)
    screen = terminal.terminal.wait_for({"output.paper_failed", "output.paper_unknown"})
    assert {"print_again", "skip_paper"} <= {control.id for control in screen.touchables}
    terminal.simulate("receipt_printer", "clear")
    terminal.go("print_again")
    leave(terminal)


def test_the_centre_is_out_of_reach_and_the_matter_arrives_once_later(terminal: Rig) -> None:
    before = len(terminal.services())
    documents = len(terminal.papers("document-*.pdf"))
    terminal.simulate("network", "cut")
    to_papers(terminal)
    leave(terminal)
    assert len(terminal.services()) == before
    assert len(terminal.papers("document-*.pdf")) == documents
    terminal.simulate("network", "restore")
    terminal.wait_for_services(before + 1)


def test_a_cancelled_journey_files_nothing(terminal: Rig) -> None:
    before = len(terminal.services())
    to_card(terminal)
    terminal.simulate("id_card", "place", "resident")
    terminal.terminal.wait_for({"form.period"})
    terminal.go("cancel", "confirm_cancel")
    terminal.terminal.wait_for({"farewell.take"})
    terminal.simulate("id_card", "take")
    terminal.terminal.wait_for({"home"})
    assert len(terminal.services()) == before
