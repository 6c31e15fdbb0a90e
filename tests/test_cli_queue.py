"""``kiosk queue`` as an outsider uses it: what it prints is durable, complete and never personal."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kiosk.bootstrap.queue import DEFAULT_TERMINAL, QueuePlace
from kiosk.cli import main
from kiosk.settings import Terminal
from offline_queue.contract import Answer, MatterState, NewMatter, Outcome, Quota
from offline_queue.store import SqliteQueue
from tests.commands import DEADLINE
from tests.offline_queue.helpers import CANARY, CANARY_NUMBER, NOW, canary_matter, new_matter

TERMINAL = "GD440100"
KIOSK = [sys.executable, "-m", "kiosk", "--config", "no-such.ini"]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Without a process of its own, and without settings."""
    return CliRunner().invoke(main, ["--config", "no-such.ini", "queue", *arguments], input=stdin)


def program(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*KIOSK, "queue", *arguments], input=stdin, capture_output=True, timeout=DEADLINE, check=False
    )


@contextmanager
def streaming(db: Path) -> Generator[subprocess.Popen[bytes]]:
    argv = [*KIOSK, "queue", "put", "--stream", "--db", str(db)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def answer(process: subprocess.Popen[bytes], line: bytes) -> str:
    assert process.stdin
    assert process.stdout
    process.stdin.write(line + b"\n")
    process.stdin.flush()
    return process.stdout.readline().decode().strip()


@contextmanager
def queue_in(db: Path) -> Generator[SqliteQueue]:
    queue = QueuePlace.beside(db, TERMINAL).open()
    try:
        yield queue
    finally:
        queue.close()


def filled(db: Path, *matters: NewMatter) -> list[str]:
    with queue_in(db) as queue:
        return [envelope.id for envelope in queue.put_all(matters, now=time.time())]


def listed(db: Path, *options: str) -> list[dict[str, Any]]:
    result = run("list", "--db", str(db), "--json", *options)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def states(db: Path) -> dict[str, str]:
    return {row["id"]: row["state"] for row in listed(db)}


# --- put ------------------------------------------------------------------------------------------------------------


def test_a_line_is_answered_before_the_next_and_what_was_answered_is_there(db: Path) -> None:
    with streaming(db) as process:
        ids: list[str] = []
        for number in range(3):
            ids.append(answer(process, json.dumps({"n": number}).encode()))
            assert [row["id"] for row in listed(db)] == ids
        os.kill(process.pid, signal.SIGKILL)
    assert [row["id"] for row in listed(db)] == ids
    assert [row["seq"] for row in listed(db)] == [1, 2, 3]


def test_whatever_was_printed_when_the_process_was_killed_is_there(db: Path) -> None:
    lines = b"".join(b'{"n":%d,"text":"%s"}\n' % (number, b"x" * 200) for number in range(20_000))
    with streaming(db) as process:
        assert process.stdin
        assert process.stdout
        os.set_blocking(process.stdin.fileno(), False)
        process.stdin.write(lines[: 1 << 16])
        first = process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        printed = (first + process.stdout.read()).decode().split("\n")[:-1]
    with queue_in(db) as queue:
        kept = [matter.envelope.id for matter in queue.matters()]
        assert queue.verify().good
    assert printed
    assert printed == kept[: len(printed)]


def test_bad_lines_are_named_the_others_go_on_and_the_exit_status_tells(db: Path) -> None:
    done = program("put", "--stream", "--db", str(db), stdin=b'{"a":1}\n[]\n{"a":2}\nx')
    assert done.returncode == 1
    assert [line.split(b" is ")[0] for line in done.stderr.splitlines()] == [b"line 2", b"line 4"]
    assert [row["id"] for row in listed(db)] == done.stdout.decode().split()
    assert len(done.stdout.split()) == 2


@pytest.mark.parametrize("arguments", [['{"a": [1, 2]}'], []])
def test_one_payload_comes_from_the_argument_or_from_standard_input(db: Path, arguments: list[str]) -> None:
    result = run(
        "put", "--db", str(db), *arguments, "--item", "proof", "--item-version", "4", stdin='{"a":\n [1, 2]\n}'
    )
    assert result.exit_code == 0
    with queue_in(db) as queue:
        envelope = queue.get(result.stdout.strip()).envelope
    assert (envelope.item, envelope.item_version, envelope.payload) == ("proof", 4, {"a": [1, 2]})


def test_what_is_no_payload_is_refused(db: Path) -> None:
    assert run("put", "--db", str(db), "[1]").exit_code == 1
    assert run("put", "--db", str(db), "--stream", "{}").exit_code == 2
    assert listed(db) == []


def test_a_full_queue_says_which_line_it_did_not_take(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QueuePlace, "beside", partial(_small, QueuePlace.beside))
    assert run("put", "--db", str(db), "{}").exit_code == 0
    result = run("put", "--db", str(db), "{}")
    assert (result.exit_code, "line 1" in result.output) == (3, True)
    assert json.loads(run("status", "--db", str(db), "--json").stdout)["faults"] == ["queue.full"]


def _small(make: Callable[[Path, str], QueuePlace], file: Path, terminal: str) -> QueuePlace:
    return replace(make(file, terminal), quota=Quota(count=1))


def test_the_terminals_number_is_the_one_that_is_given_or_that_of_new_settings(db: Path) -> None:
    run("put", "--db", str(db), "{}", "--terminal", "GD77")
    run("put", "--db", str(db), "{}")
    assert [row["reference"].split("-")[0] for row in listed(db)] == ["GD77", DEFAULT_TERMINAL]
    assert Terminal().id == DEFAULT_TERMINAL


# --- list and show ----------------------------------------------------------------------------------------------------


def test_the_list_is_in_order_and_can_be_cut_to_states_and_numbers(db: Path) -> None:
    ids = filled(db, *(new_matter(n=number) for number in range(5)))
    run("park", ids[2], "--db", str(db), "--reason", "why", "--yes")
    assert [row["id"] for row in listed(db)] == ids
    assert [row["id"] for row in listed(db, "--limit", "2")] == ids[:2]
    assert [(row["id"], row["error"]) for row in listed(db, "--state", "parked")] == [(ids[2], "why")]
    assert [row["id"] for row in listed(db, "--state", "parked", "--state", "queued")] == ids


def test_the_table_shows_what_waits_and_says_how_much_it_left_out(db: Path) -> None:
    ids = filled(db, *(new_matter(n=number) for number in range(4)))
    with queue_in(db) as queue:
        queue.claim(1, now=NOW)
        queue.settle([Outcome(ids[0], MatterState.FILED, Answer("N1"))], now=NOW)
    short = run("list", "--db", str(db), "--limit", "2").stdout
    assert [each for each in ids if each in short] == ids[1:3]
    assert "1 more" in short
    assert "3 queued" in short
    assert all(each in run("list", "--db", str(db), "--all").stdout for each in ids)


def test_where_there_is_no_queue_none_is_made(db: Path) -> None:
    assert listed(db) == []
    assert run("sync", "--once", "--central", "http://127.0.0.1:1", "--db", str(db)).exit_code == 0
    for command in (["status"], ["verify"], ["rekey", "--yes"], ["export", "-"], ["show", "x"]):
        result = run(*command, "--db", str(db))
        assert (result.exit_code, "no queue yet" in result.output) == (1, True)
    assert list(db.parent.iterdir()) == []


def test_a_queue_whose_key_is_gone_is_left_alone(db: Path) -> None:
    filled(db, new_matter())
    before = db.read_bytes()
    db.with_name("queue.db.key").unlink()
    for command in (["list"], ["put", "{}"], ["rekey", "--yes"]):
        result = run(*command, "--db", str(db))
        assert (result.exit_code, "key" in result.output) == (3, True), command
    assert run("verify", "--db", str(db)).exit_code == 1
    status = run("status", "--db", str(db), "--json")
    assert (status.exit_code, json.loads(status.stdout)["faults"]) == (1, ["queue.wrong_key"])
    assert db.read_bytes() == before


def test_nothing_personal_is_ever_shown(db: Path, tmp_path: Path) -> None:
    """Filed and not wiped yet, waiting, and a journey in progress."""
    (identity, waiting) = filled(db, canary_matter(), canary_matter())
    with queue_in(db) as queue:
        queue.claim(1, now=NOW)
        answer = Answer("N1", {"certificate": {"name": CANARY, "number": CANARY_NUMBER}})
        queue.settle([Outcome(identity, MatterState.FILED, answer)], now=NOW)
        queue.save_draft("s", f'{{"name": "{CANARY}"}}'.encode(), now=NOW)
    reference = listed(db)[0]["reference"]
    commands = [["list"], ["list", "--all"], ["list", "--json"], ["status"], ["status", "--json"], ["verify", "--json"]]
    commands += [["show", name, *options] for name in (reference, waiting) for options in ([], ["--json"])]
    commands += [["export", "-"], ["export", str(tmp_path / "audit")], ["park", waiting, "--reason", "x", "--yes"]]
    commands += [["retry", "--parked", "--yes"], ["retry", identity, "--yes"], ["rekey", "--yes"]]
    shown = [run(*command, "--db", str(db)).output for command in commands]
    assert all(shown[:9])
    for text in (*shown, (tmp_path / "audit").read_text()):
        assert CANARY not in text
        assert json.dumps(CANARY)[1:-1] not in text
        assert CANARY_NUMBER not in text


def test_one_matter_is_shown_by_the_number_on_its_receipt(db: Path) -> None:
    filled(db, new_matter(name="王", note="x"))
    row = listed(db)[0]
    shown = json.loads(run("show", row["reference"].lower(), "--db", str(db), "--json").stdout)
    assert shown["id"] == row["id"]
    assert shown["payload"] == {"name": 5, "note": 3}
    assert run("show", "GD1-000001-1", "--db", str(db)).exit_code == 1


# --- act --------------------------------------------------------------------------------------------------------------


def test_a_matter_is_held_back_and_released(db: Path) -> None:
    (identity,) = filled(db, new_matter())
    assert run("park", identity, "--db", str(db), "--reason", "no", stdin="n\n").exit_code == 1
    assert states(db) == {identity: "queued"}
    assert run("park", identity, "--db", str(db), "--reason", "wrong page", stdin="y\n").exit_code == 0
    assert (listed(db)[0]["state"], listed(db)[0]["error"]) == ("parked", "wrong page")
    status = run("status", "--db", str(db), "--json")
    assert (status.exit_code, json.loads(status.stdout)["faults"]) == (1, ["queue.parked"])
    assert run("retry", "--parked", "--db", str(db), "--yes").exit_code == 0
    assert states(db) == {identity: "queued"}
    assert run("status", "--db", str(db)).exit_code == 0
    assert "nothing is parked" in run("retry", "--parked", "--db", str(db), "--yes").output


def test_what_the_centre_has_spoken_on_is_neither_released_nor_held_back(db: Path) -> None:
    first, second = filled(db, new_matter(), new_matter())
    with queue_in(db) as queue:
        queue.claim(1, now=NOW)
        queue.settle([Outcome(first, MatterState.REFUSED, Answer(rule="R1"))], now=NOW)
    result = run("retry", first, second, "--db", str(db), "--yes")
    assert (result.exit_code, "it is refused" in result.output) == (1, True)
    assert run("park", first, "--reason", "x", "--db", str(db), "--yes").exit_code == 1
    assert states(db) == {first: "refused", second: "queued"}


def test_releasing_needs_names_or_all_that_are_parked(db: Path) -> None:
    filled(db, new_matter())
    assert run("retry", "--db", str(db)).exit_code == 2
    assert run("retry", "X", "--parked", "--db", str(db)).exit_code == 2


def test_the_audit_trail_has_a_line_a_matter(db: Path, tmp_path: Path) -> None:
    ids = filled(db, new_matter(), new_matter())
    assert run("export", str(tmp_path / "audit.jsonl"), "--db", str(db)).exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ids
    assert lines[1]["previous"] == lines[0]["digest"]


def test_a_new_key_comes_while_somebody_writes(db: Path) -> None:
    with streaming(db) as process:
        ids = [answer(process, b'{"n":1}')]
        old = db.with_name("queue.db.key").read_bytes()
        assert run("rekey", "--db", str(db), "--yes").exit_code == 0
        assert not db.with_name("queue.db.identity").exists()
        ids.append(answer(process, b'{"n":2}'))
    assert db.with_name("queue.db.key").read_bytes() != old
    assert [row["id"] for row in listed(db)] == ids
    assert json.loads(run("verify", "--db", str(db), "--json").stdout)["good"]


def test_an_attachment_that_is_gone_is_found(db: Path) -> None:
    with queue_in(db) as queue:
        file = queue.attachments.add("page", b"scan" * 100, "image/png", now=NOW)
        envelope = queue.put(NewMatter("m1", "proof", 1, {}, attachments=(file,)), now=NOW)
        assert run("verify", "--db", str(db)).exit_code == 0
        for path in db.parent.rglob(f"*{file.digest[8:]}*"):
            path.unlink()
    result = run("verify", "--db", str(db), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["lost_attachments"] == [envelope.reference]


# --- quickly ----------------------------------------------------------------------------------------------------------

HEAVY = {"kivy", "cv2", "numpy", "fastapi", "httpx", "pydantic", "dlib"}


def test_commands_about_a_file_load_nothing_that_they_do_not_need(db: Path) -> None:
    code = (
        "import sys\nfrom kiosk.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)"
    )
    for command in (["put", "{}"], ["list", "--json"], ["export", "-"]):
        argv = [sys.executable, "-c", code, "queue", *command, "--db", str(db), "--terminal", TERMINAL]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=DEADLINE, check=True)
        assert done.stderr.splitlines()[-1] == "[]", command
