from collections.abc import Mapping

import pytest

from drivers.errors import ConnectionLost, DeadlineExceeded, DriverError, ProtocolError, Refused
from drivers.health import DAY, HOUR, Counts, History, Incident, Suspect, incident_in, incident_of, judge
from drivers.id_card.contract import CardRejected, NoCard

Tally = Mapping[Incident, int]


def judged(hour: Tally, earlier: Tally | None = None) -> Suspect:
    day = {each: hour.get(each, 0) + (earlier or {}).get(each, 0) for each in Incident}
    return judge(Counts(hour, day)).suspect


@pytest.mark.parametrize(
    ("hour", "suspect"),
    [
        ({}, Suspect.NONE),
        ({Incident.RECONNECT: 1}, Suspect.NONE),
        ({Incident.RETRY: 9}, Suspect.NONE),
        ({Incident.RECONNECT: 2}, Suspect.CABLE),
        ({Incident.CHECKSUM: 3}, Suspect.CABLE),
        ({Incident.CHECKSUM: 3, Incident.RETRY: 3}, Suspect.CABLE),
        ({Incident.TIMEOUT: 5, Incident.RECONNECT: 2}, Suspect.CABLE),
        ({Incident.TIMEOUT: 2}, Suspect.DEVICE),
        ({Incident.TIMEOUT: 50, Incident.CHECKSUM: 1}, Suspect.DEVICE),
        ({Incident.REFUSED: 4}, Suspect.DEVICE),
        ({Incident.RETRY: 20}, Suspect.DEVICE),
        ({Incident.CRASH: 1}, Suspect.DRIVER),
        ({Incident.CRASH: 1, Incident.TIMEOUT: 2}, Suspect.DRIVER),
        ({Incident.CRASH: 1, Incident.RECONNECT: 10}, Suspect.CABLE),
    ],
)
def test_what_is_suspected(hour: Tally, suspect: Suspect) -> None:
    assert judged(hour) is suspect


def test_what_was_early_in_the_day_weighs_less() -> None:
    assert judged({}, {Incident.RECONNECT: 10}) is Suspect.NONE
    assert judged({}, {Incident.RECONNECT: 50}) is Suspect.CABLE


def test_the_score_has_an_end() -> None:
    verdict = judge(Counts({Incident.CHECKSUM: 1000}, {Incident.CHECKSUM: 1000}))
    assert verdict.score == 100


def test_the_sentence_has_the_evidence() -> None:
    verdict = judge(Counts({Incident.CHECKSUM: 3}, {Incident.CHECKSUM: 5, Incident.RECONNECT: 2}))
    assert verdict.sentence.startswith("look at cable")
    assert "(checksum 3 in the last hour; reconnect 2, checksum 5 in the last day)" in verdict.sentence


def test_a_quiet_line_is_steady() -> None:
    assert judge(Counts({}, {})).sentence == "steady"


def test_incidents_are_forgotten() -> None:
    history = History()
    history.note(Incident.RETRY, 0)
    history.note(Incident.RETRY, HOUR)
    assert history.counts(HOUR).hour == {Incident.RETRY: 2}
    assert history.counts(2 * HOUR).hour == {Incident.RETRY: 1}
    assert history.counts(2 * HOUR).day == {Incident.RETRY: 2}
    assert history.counts(HOUR + DAY + 1).day == {}


def test_a_bad_day_needs_no_more_memory_than_a_good_one() -> None:
    history = History()
    for second in range(int(3 * DAY)):
        history.note(Incident.CHECKSUM, second)
    assert len(history._buckets) <= DAY / 60 + 1  # pyright: ignore[reportPrivateUsage]
    assert history.counts(3 * DAY).hour[Incident.CHECKSUM] == pytest.approx(HOUR, abs=60)


@pytest.mark.parametrize(
    ("error", "incident"),
    [
        (ProtocolError(), Incident.CHECKSUM),
        (DeadlineExceeded(), Incident.TIMEOUT),
        (Refused(), Incident.REFUSED),
        (ConnectionLost(), None),
        (NoCard(), None),
        (CardRejected(), None),
    ],
)
def test_what_an_error_counts_as(error: DriverError, incident: Incident | None) -> None:
    assert incident_of(error) is incident


def test_what_a_fault_counts_as() -> None:
    assert incident_in("id_card.deadline_exceeded") is Incident.TIMEOUT
    assert incident_in("receipt_printer.paper_out") is None
    assert incident_in("") is None
