"""The centre as its operators start and ask it."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from central.cli import main
from offline_queue import suites
from offline_queue.http_client import open_client
from tests.central.helpers import (
    CANARY,
    CANARY_NUMBER,
    TERMINAL,
    Running,
    Terminal,
    enrol,
    is_problem,
    own_key,
    post,
    proof,
    running,
)
from tests.faults.certificates import Authority
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]


@contextmanager
def served(data: Path, *options: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """The program and where it listens."""
    command = [sys.executable, "-m", "central", "serve", "--port", "0", "--data", str(data), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        yield process, line.split()[-1] if line else ""
    finally:
        process.terminate()
        process.communicate(timeout=20)


def central(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(data)])


def records_of(data: Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in central(data, *arguments).stdout.splitlines()]


def test_serve_starts_from_nothing_says_where_and_ends_cleanly(tmp_path: Path) -> None:
    data = tmp_path / "new" / "central"
    with served(data) as (process, address):
        assert (data / "address").read_text().strip() == address
        with open_client(address) as client:
            assert client.get("/v1/health").status_code == 200
            assert enrol(client, TERMINAL, suites.generate()).status_code == 201, "a neighbour"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        assert err == ""
    assert not (data / "address").exists()


def test_what_has_begun_ends_before_the_centre_does(tmp_path: Path) -> None:
    key = suites.generate()
    body = json.dumps(
        {"terminal": TERMINAL, "code": "", "public_key": key.public().pem(), "suite": "standard"}
    ).encode()
    with served(tmp_path) as (process, address), ExitStack() as cleanup:
        where = httpx.URL(address)
        connection = cleanup.enter_context(closing(http.client.HTTPConnection(where.host, where.port, timeout=20)))
        connection.putrequest("POST", "/v1/enrolments")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:10])
        with open_client(address) as client:  # the centre has read what came before this
            assert client.get("/v1/health").status_code == 200
        process.send_signal(signal.SIGTERM)
        eventually(lambda: not (tmp_path / "address").exists(), "the end")
        connection.send(body[10:])
        answer = connection.getresponse()
        enrolled = json.loads(answer.read())
        assert answer.status == 201
        process.wait(20)
    with running(tmp_path) as centre:
        terminal = Terminal(TERMINAL, key, enrolled["key_id"], enrolled)
        with centre.client(terminal) as client:
            assert client.get("/v1/terminal").status_code == 200


def test_before_it_takes_no_more_it_says_that_it_is_not_ready(tmp_path: Path) -> None:
    with served(tmp_path, "--drain", "60") as (process, address), open_client(address) as client:
        assert client.get("/v1/ready").status_code == 200
        process.send_signal(signal.SIGTERM)
        refused = eventually(lambda: _unless(client.get("/v1/ready"), 200), "its word")
        assert is_problem(refused, 503)
        with open_client(address) as another:
            assert enrol(another, TERMINAL, suites.generate()).status_code == 201
        process.kill()


def _unless(response: httpx.Response, status: int) -> httpx.Response | None:
    return None if response.status_code == status else response


def test_over_tls_with_a_certificate_of_its_own(tmp_path: Path) -> None:
    authority = Authority.make()
    authority.server(tmp_path, "localhost")
    (file,) = tmp_path.glob("localhost*.pem")
    with served(tmp_path / "data", "--tls-certificate", str(file), "--tls-key", str(file)) as (_process, address):
        assert address.startswith("https://")
        named = address.replace("127.0.0.1", "localhost")
        with open_client(named, verify=authority.trusting()) as client:
            assert enrol(client, TERMINAL, suites.generate()).status_code == 201
        with open_client(named, verify=Authority.make().trusting()) as client, pytest.raises(httpx.ConnectError):
            client.get("/v1/health")


@pytest.mark.parametrize("options", [["--no-neighbours"], ["--host", "0.0.0.0"]])  # noqa: S104 - what is tested
def test_a_centre_for_others_has_no_neighbours(tmp_path: Path, options: list[str]) -> None:
    with served(tmp_path, *options) as (_process, address), open_client(address) as client:
        assert is_problem(enrol(client, TERMINAL, suites.generate()), 403)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--tls-certificate", "x"], "belong together"),
        (["--tls-key", "/nowhere.pem", "--tls-certificate", "/nowhere.pem"], "No such file"),
        (["--database", "mysql://localhost/x"], "sqlite:///FILE or postgresql"),
        (["--database", "sqlite:////proc/none/central.db"], "database"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(tmp_path: Path, options: list[str], told: str) -> None:
    result = central(tmp_path, "serve", "--port", "0", *options)
    assert result.exit_code > 0
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_damaged_key_is_said_in_a_line(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "sealing.key").write_bytes(b"damaged")
    result = central(tmp_path, "serve", "--port", "0")
    assert result.exit_code == 1
    assert "sealing.key" in result.stderr
    assert "restore it from the backup" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = central(tmp_path, "serve", "--port", port)
    assert result.exit_code == 1
    assert result.stderr == f"Error: cannot listen at 127.0.0.1:{port}: Address already in use\n"


def test_a_host_nobody_knows_is_one_line(tmp_path: Path) -> None:
    result = central(tmp_path, "serve", "--host", "no-such-host.invalid")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: cannot listen at no-such-host.invalid:8400: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [("enrol", TERMINAL), ("revoke", "x"), ("terminals",), ("records",), ("backup", "x.db")]
)
def test_where_no_centre_was_there_is_nothing_to_ask(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    result = central(tmp_path / "none", *arguments)
    assert result.exit_code == 1
    assert result.stderr == f"Error: no centre has kept its data in {tmp_path / 'none'}\n"
    assert not (tmp_path / "none").exists()


@pytest.fixture
def strict(tmp_path: Path) -> Generator[Running]:
    with running(tmp_path, neighbours=False) as made:
        yield made


def test_a_printed_code_enrols_and_a_revoked_key_is_out(strict: Running) -> None:
    code = central(strict.data, "enrol", TERMINAL).stdout
    key = suites.generate()
    with strict.anonymous() as client:
        answer = enrol(client, TERMINAL, key, code.strip()).json()
    terminal = Terminal(TERMINAL, key, answer["key_id"], answer)
    with strict.client(terminal) as client:
        assert client.get("/v1/terminal").status_code == 200
        assert central(strict.data, "revoke", terminal.key_id).exit_code == 0
        assert client.get("/v1/terminal").status_code == 401
    (shown,) = records_of(strict.data, "terminals")
    assert (shown["terminal"], shown["epoch"], shown["settled"]) == (TERMINAL, 1, 0)
    (key_shown,) = shown["keys"]
    assert key_shown["key_id"] == terminal.key_id
    assert key_shown["revoked"]
    assert shown["last_seen"]
    assert abs(shown["clock_offset"]) < 60


@pytest.mark.parametrize(("terminal", "hours"), [("gd440100", "24"), ("A", "24"), ("../x", "24"), (TERMINAL, "0")])
def test_codes_are_for_terminals_and_for_a_time(strict: Running, terminal: str, hours: str) -> None:
    result = central(strict.data, "enrol", terminal, "--valid-hours", hours)
    assert result.exit_code == 2
    assert result.stdout == ""


def test_revoking_a_key_nobody_has_is_said(strict: Running) -> None:
    assert "no such key" in central(strict.data, "revoke", "x").stderr
    assert "x" not in strict.centre.revoked


def test_a_key_that_a_restored_database_forgot_can_be_revoked(strict: Running) -> None:
    assert central(strict.data, "revoke", "x", "--unknown").exit_code == 0
    assert "x" in strict.centre.revoked


def test_records_list_every_matter_without_anything_personal(centre: Running, client: httpx.Client) -> None:
    envelopes = [proof(1), proof(2), proof(3, item="no-such-item")]
    answers = post(client, envelopes)
    listed = records_of(centre.data, "records")
    assert [one["id"] for one in listed] == [envelope.id for envelope in envelopes]
    assert listed[1] == {
        "id": envelopes[1].id,
        "terminal": TERMINAL,
        "epoch": 1,
        "seq": 2,
        "reference": envelopes[1].reference,
        "item": "social-insurance-proof",
        "state": "filed",
        "number": answers[1]["number"],
    }
    assert (listed[2]["state"], listed[2]["number"]) == ("refused", None)
    shown = json.dumps(listed, ensure_ascii=False)
    assert CANARY not in shown
    assert CANARY_NUMBER not in shown


def test_a_backup_is_taken_while_the_centre_works_and_comes_back(tmp_path: Path) -> None:
    kept = tmp_path / "backup.db"
    with running(tmp_path / "data") as centre, centre.client() as client:
        first = post(client, [proof(1)])
        assert central(centre.data, "backup", "--database-only", str(kept)).exit_code == 0
        post(client, [proof(2)])
        again = central(centre.data, "backup", "--database-only", str(kept))
        assert again.exit_code == 1, "a backup is not written over"
        assert str(kept) in again.stderr or "exists" in again.stderr
    for name in ("central.db-wal", "central.db-shm"):
        (tmp_path / "data" / name).unlink(missing_ok=True)
    kept.rename(tmp_path / "data" / "central.db")
    with running(tmp_path / "data") as centre, centre.client(centre.enrolled(key=own_key())) as client:
        (listed,) = records_of(centre.data, "records")
        assert listed["number"] == first[0]["number"]
        assert client.get("/v1/terminal").json()["settled"] == {"epoch": 1, "count": 1}
