"""Accounts and audit from the command line, and what the first start says."""

import re
import time
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from central.centre import Centre
from central.cli import main
from central.settings import Settings
from offline_queue import suites
from tests.central.helpers import enrol, is_problem
from tests.central.staff_helpers import PASSWORD, Phone, post, sign_in
from tests.central.test_cli import served

LINK: Final = re.compile(r"(http://\S+|ADDRESS-OF-THE-CENTRE)(/console/set-up/\S+)")
SECRET: Final = re.compile(r"[A-Z2-7]{32}")
SHOWN: Final = re.compile(r">((?:[A-Z2-7]{4} ?){8})<")


def central(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--data", str(data)])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Of a centre that was opened once."""
    folder = tmp_path / "central"
    centre = Centre.open(Settings(folder))
    centre.staff.accounts.first()
    centre.close()
    return folder


def test_the_first_start_says_how_to_sign_in_and_the_second_does_not(tmp_path: Path) -> None:
    folder = tmp_path / "central"
    with served(folder) as (process, address), httpx.Client(base_url=address, follow_redirects=True) as client:
        assert process.stdout
        said = "".join(process.stdout.readline() for _ in range(2))
        (link,) = LINK.findall(said)
        assert link[0] == address
        (shown,) = SHOWN.findall(client.get(link[1]).text)
        phone = Phone(shown.replace(" ", ""))
        told = {"password": PASSWORD, "again": PASSWORD, "code": phone.code(time.time())}
        assert "备用码" in post(client, link[1], link[1], **told).text
        assert sign_in(client, "admin", phone.code(time.time())).url.path == "/console"
        assert client.get(link[1]).status_code == 410
        process.terminate()
        rest, errors = process.communicate(timeout=20)
        assert not SECRET.search(said + rest + errors), "a log would keep the second factor"
    with served(folder) as (process, address):
        process.terminate()
        output, _errors = process.communicate(timeout=20)
        assert "set-up" not in output


FORWARDED: Final = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


def test_a_proxy_that_is_named_is_believed(tmp_path: Path) -> None:
    """Cookies are those of TLS, failures are counted for who is behind it, and nobody is a neighbour through it."""
    with served(tmp_path, "--proxies", "127.0.0.1") as (_, address), httpx.Client(base_url=address) as client:
        page = client.get("/console/sign-in", headers=FORWARDED)
        assert "Strict-Transport-Security" in page.headers
        assert "; Secure" in page.headers["Set-Cookie"]
        assert enrol(client, "GD440100", suites.generate()).status_code == 201
        client.headers.update(FORWARDED)
        assert is_problem(enrol(client, "GD440200", suites.generate()), 403)


def test_nobody_else_is_believed(tmp_path: Path) -> None:
    with served(tmp_path) as (_, address), httpx.Client(base_url=address, headers=FORWARDED) as client:
        assert "Strict-Transport-Security" not in client.get("/console/sign-in").headers


def test_an_account_and_all_that_befalls_it(data: Path) -> None:
    added = central(data, "staff", "add", "chen.wei", "--role", "clerk", "--called", "陈伟", "--department", "社保局")
    assert added.exit_code == 0
    assert LINK.search(added.stdout)
    assert not SECRET.search(added.stdout), "it goes to no file and no log"
    assert "chen.wei\twaits for set-up\tclerk\t社保局" in central(data, "staff", "list").stdout
    assert LINK.search(central(data, "staff", "link", "chen.wei").stdout)
    assert central(data, "staff", "close", "chen.wei").exit_code == 0
    assert "chen.wei\tclosed\tclerk\t社保局" in central(data, "staff", "list").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "lin", "--role", "clerk"),
        ("add", "lin", "--role", "authority", "--role", "operator"),
        ("add", "Lin!", "--role", "operator"),
        ("add", "admin", "--role", "operator"),
        ("link", "nobody"),
        ("close", "nobody"),
    ],
)
def test_what_cannot_be_is_one_line(data: Path, arguments: tuple[str, ...]) -> None:
    result = central(data, "staff", *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1


def test_the_audit_is_verified_alone_and_against_an_export(data: Path, tmp_path: Path) -> None:
    export = tmp_path / "audit.ndjson"
    assert central(data, "audit", "export", str(export)).exit_code == 0
    central(data, "staff", "add", "lin", "--role", "operator")
    whole = central(data, "audit", "verify", "--against", str(export))
    assert (whole.exit_code, whole.stdout.count("all of them whole")) == (0, 2)
    _spoil(data, "UPDATE audit SET detail = 'x' WHERE seq = 1")
    broken = central(data, "audit", "verify")
    assert (broken.exit_code, "row 1" in broken.stderr) == (1, True)


def test_an_export_of_somebody_else_is_none(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ndjson"
    other.write_text('{"signed": {}, "signature": ""}\n')
    result = central(data, "audit", "verify", "--against", str(other))
    assert result.exit_code == 1
    assert "no audit that this centre has exported" in result.stderr


def test_an_export_takes_no_others_place(data: Path) -> None:
    assert central(data, "audit", "export", str(data / "central.db")).exit_code == 1


def _spoil(data: Path, statement: str) -> None:
    engine: Any = sa.create_engine(f"sqlite:///{data / 'central.db'}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
