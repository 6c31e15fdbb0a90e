"""An old queue file keeps what waits in it."""

from pathlib import Path

import pytest

from offline_queue import envelope as wire
from offline_queue.connection import Connection, migrations, open_encrypted
from offline_queue.contract import Answer, MatterState, UnknownMatter
from offline_queue.envelope import Created
from offline_queue.store import SqliteQueue
from tests.offline_queue.helpers import GRANTED, KEY, NOW, TERMINAL, mark_filed, new_matter, stamp

OLD = """
INSERT INTO matter (id, terminal, reference, item, item_version, envelope_version, wall, monotonic, boot_id,
                    trusted, consents, payload, state, attempts, not_before, error, number, result, rule, remedy)
VALUES (?, 'GD440100', ?, 'social-insurance-proof', 3, 1, 1790000000.0, 12.5, 'boot-1',
        0, '["notice-1"]', ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
ROWS = [
    ("wiped", "R-1", None, "filed", 1, 5.0, "", "44-1", None, "", ""),
    ("denied", "R-2", '{"a": 1}', "refused", 1, 0.0, "", "", "{}", "unknown_item", "请到窗口办理"),
    ("parked", "R-3", '{"a": 2}', "parked", 3, 0.0, "HTTP 422", "", None, "", ""),
    ("flying", "R-4", '{"a": 3}', "in_flight", 1, 0.0, "", "", None, "", ""),
    ("later", "R-5", '{"a": 4}', "queued", 2, 1790000060.0, "network", "", None, "", ""),
    ("ready", "R-6", '{"name": "证件样本"}', "queued", 0, 0.0, "", "", None, "", ""),
]


def old_file(path: Path) -> Connection:
    return open_encrypted(path, KEY, migrations()[:1])


@pytest.fixture
def upgraded(tmp_path: Path) -> SqliteQueue:
    connection = old_file(tmp_path / "queue.db")
    for row in ROWS:
        connection.execute(OLD, row)
    connection.execute("INSERT INTO draft (id, session, content) VALUES (1, 's', x'00ff')")
    connection.execute("INSERT INTO print (action_id) VALUES ('p1')")
    connection.execute("INSERT INTO print (action_id, outcome) VALUES ('p2', 'printed')")
    connection.close()
    return SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)


def test_every_matter_is_there_with_its_number_and_state(upgraded: SqliteQueue) -> None:
    found = [(one.envelope.id, one.envelope.seq, one.envelope.reference, str(one.state)) for one in upgraded.matters()]
    assert found == [(row[0], number, row[1], row[3]) for number, row in enumerate(ROWS, 1)]
    assert upgraded.counts() == dict.fromkeys(MatterState, 1) | {MatterState.QUEUED: 2}
    assert upgraded.settled_count(1) == 2


def test_it_is_an_envelope_of_today(upgraded: SqliteQueue) -> None:
    envelope = upgraded.get("ready").envelope
    assert (envelope.version, envelope.epoch, envelope.case, envelope.previous) == (2, 1, "ready", "")
    assert dict(envelope.payload) == {"name": "证件样本"}
    assert envelope.created == Created(1790000000.0, 12.5, "boot-1", trusted=False)
    assert wire.decode(wire.encode(envelope)) == envelope


def test_it_is_sent_settled_and_has_a_receipt(upgraded: SqliteQueue) -> None:
    assert upgraded.release_claims() == 1
    assert [one.envelope.id for one in upgraded.claim(9, now=NOW)] == ["flying", "ready"]
    digest = wire.digest(upgraded.get("ready").envelope)
    mark_filed(upgraded, "ready", GRANTED, now=NOW)
    receipts = [(receipt.id, receipt.digest) for receipt in upgraded.receipts(1)]
    assert receipts == [("ready", digest)]  # of what was settled before, nobody knows the digest
    assert [one.envelope.id for one in upgraded.claim(9, now=NOW + 60)] == ["later"]
    upgraded.release("parked")
    assert [one.envelope.id for one in upgraded.claim(9, now=NOW + 60)] == ["parked"]


def test_what_comes_next_goes_on_in_the_sequence(upgraded: SqliteQueue) -> None:
    envelope = upgraded.put(new_matter("new"), now=NOW)
    assert (envelope.epoch, envelope.seq) == (1, 7)
    assert upgraded.put(new_matter("newer"), now=NOW).previous == wire.digest(envelope)
    room = upgraded.room(now=NOW)
    assert (room.waiting, room.oldest, room.full) == (6, 1790000000.0, "")


def test_answers_drafts_and_effects(upgraded: SqliteQueue) -> None:
    assert upgraded.get("wiped").answer == Answer(number="44-1")
    assert upgraded.get("denied").answer == Answer(rule="unknown_item", remedy={"zh-Hans": "请到窗口办理"})
    draft = upgraded.load_draft()
    assert draft
    assert (draft.session, draft.content) == ("s", b"\x00\xff")
    assert draft.saved > NOW - 366 * 86400
    assert upgraded.begin_effect("p1", "print") == "unknown"
    assert upgraded.begin_effect("p2", "print") == "printed"


def test_an_old_file_that_was_empty(tmp_path: Path) -> None:
    old_file(tmp_path / "queue.db").close()
    queue = SqliteQueue(tmp_path / "queue.db", KEY, TERMINAL, stamp)
    with pytest.raises(UnknownMatter):
        queue.get("none")
    assert queue.put(new_matter(), now=NOW).seq == 1
    queue.close()
