"""Whatever happens on the line, and to whoever is at its other end: each matter is at the centre once, in its order."""

import shutil
import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from psycopg import sql

from kiosk.bootstrap.sending import Connected, Way, connected, send
from offline_queue import http_client
from offline_queue.contract import MatterState
from offline_queue.retry import FailureKind
from offline_queue.store import SqliteQueue
from offline_queue.sync import SyncReport
from tests.central import postgres
from tests.faults.centre import CentreProcess, free_port
from tests.faults.certificates import DAY, Authority
from tests.faults.filing import MATTERS, NOW, Comparison, compare, new_matter, send_all, view
from tests.faults.power import Workers
from tests.faults.proxy import (
    Mishap,
    Proxy,
    cut_answer,
    cut_request,
    garbage,
    login_page,
    lost_answer,
    says,
    slow_answer,
    slow_request,
    twice,
)
from tests.faults.terminal import open_queue, place

SECONDS = 0.5
"""For an answer: the centre is next door."""

ON_THE_LINE: dict[str, Mishap] = {
    "cut in the request's head": cut_request(30),
    "cut in the request's body": cut_request(900),
    "cut before the answer": cut_answer(0),
    "cut in the answer's head": cut_answer(40),
    "cut in the answer's body": cut_answer(250),
    "answer lost": lost_answer,
    "500": says(500),
    "502": says(502),
    "404": says(404),
    "403": says(403),
    "429": says(429, Retry_After="7"),
    "503": says(503, Retry_After="7"),
    "garbage": garbage,
    "login page": login_page,
    "request twice": twice,
    "request trickles": slow_request(0.01),
    "answer trickles": slow_answer(0.01),
}


@dataclass
class Terminal:
    name: str
    folder: Path
    queue: SqliteQueue
    said: list[str] = field(default_factory=list[str])

    @contextmanager
    def at(self, url: str, ca_file: Path | None = None) -> Generator[Connected]:
        with connected(place(self.folder, self.name), Way(url, ca_file, SECONDS), str) as centre:
            yield centre

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.said.append(f"put {self.queue.put(new_matter(self.queue, number), now=NOW).id}")

    def send(self, url: str, ca_file: Path | None = None) -> SyncReport:
        """Once."""
        with self.at(url, ca_file) as centre:
            return send(self.queue, centre, now=NOW)

    def send_all(self, url: str) -> None:
        with self.at(url) as centre:
            send_all(self.queue, centre)

    def compared(self, centre: CentreProcess) -> Comparison:
        return compare(view(self.folder, self.name, self.said), centre.records().get(self.name, ()))


@pytest.fixture(scope="module")
def centre(workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CentreProcess]:
    made = CentreProcess(workers, tmp_path_factory.mktemp("centre").resolve() / "centre")
    made.start()
    yield made
    made.kill()


@pytest.fixture
def line(centre: CentreProcess) -> Iterator[Proxy]:
    if not centre.alive():
        centre.start()
    with Proxy(centre.address) as made:
        yield made


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    return (f"L{number:05d}" for number in range(100))


@pytest.fixture
def terminal(tmp_path: Path, names: Iterator[str]) -> Iterator[Terminal]:
    folder, name = tmp_path.resolve() / "terminal", next(names)
    with open_queue(folder, name) as queue:
        yield Terminal(name, folder, queue)


# --- on the line ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mishap", ON_THE_LINE)
def test_a_mishap_while_matters_are_filed(
    terminal: Terminal, centre: CentreProcess, line: Proxy, mishap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "WHOLE_ANSWER", SECONDS)
    terminal.put(*range(1, MATTERS + 1))
    line.script(ON_THE_LINE[mishap])
    terminal.send(line.url)
    assert line.over()
    terminal.send_all(line.url)
    assert terminal.compared(centre) == Comparison()
    assert not centre.notices(terminal.name)


@pytest.mark.parametrize("mishap", ["cut in the request's body", "answer lost", "request twice", "500", "login page"])
@pytest.mark.parametrize("path", ["/v1/enrolments", "/v1/terminal", "/v1/attachments"])
def test_a_mishap_on_the_way_there(
    terminal: Terminal, centre: CentreProcess, line: Proxy, path: str, mishap: str
) -> None:
    terminal.put(*range(1, MATTERS + 1))
    if path == "/v1/terminal":  # it asks what the centre lost once there is something to lose
        terminal.send_all(line.url)
        terminal.put(5)
    line.script(ON_THE_LINE[mishap], path=path)
    terminal.send(line.url)
    assert line.over()
    terminal.send_all(line.url)
    assert terminal.compared(centre) == Comparison()


def test_nobody_is_there(terminal: Terminal, centre: CentreProcess) -> None:
    terminal.put(1)
    failure = terminal.send(f"http://127.0.0.1:{free_port()}").link
    assert failure
    assert failure.kind is FailureKind.NETWORK
    terminal.send_all(centre.url)
    assert terminal.compared(centre) == Comparison()


def test_the_name_is_not_found(terminal: Terminal, centre: CentreProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    terminal.put(1)
    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        failure = terminal.send("http://centre.invalid").link
    assert failure
    assert failure.kind is FailureKind.NETWORK
    terminal.send_all(centre.url)
    assert terminal.compared(centre) == Comparison()


@pytest.fixture
def authority() -> Authority:
    return Authority.make()


@pytest.fixture
def trusted(authority: Authority, tmp_path: Path) -> Path:
    file = tmp_path / "authority.pem"
    file.write_bytes(authority.certificate.public_bytes(Encoding.PEM))
    return file


SHOWN: dict[str, Callable[[Authority], tuple[Authority, str, timedelta]]] = {
    "another authority": lambda _: (Authority.make(), "localhost", DAY),
    "another name": lambda authority: (authority, "elsewhere", DAY),
    "expired": lambda authority: (authority, "localhost", -DAY),
}


@pytest.mark.parametrize("shown", SHOWN)
def test_whoever_answers_is_not_the_centre(
    terminal: Terminal, centre: CentreProcess, authority: Authority, trusted: Path, tmp_path: Path, shown: str
) -> None:
    terminal.put(1)
    signer, host, ends = SHOWN[shown](authority)
    with Proxy(centre.address, signer.server(tmp_path, host, ends)) as line:
        failure = terminal.send(line.url, trusted).link
    assert failure
    assert failure.kind is FailureKind.INSECURE
    assert terminal.name not in centre.records()
    with Proxy(centre.address, authority.server(tmp_path)) as line:
        assert terminal.send(line.url, trusted).filed
    assert terminal.compared(centre) == Comparison()


# --- at the other end -------------------------------------------------------------------------------------------------


def test_the_centre_is_started_anew(terminal: Terminal, centre: CentreProcess, line: Proxy) -> None:
    terminal.put(1, 2)
    with terminal.at(line.url) as connection:
        assert send(terminal.queue, connection, now=NOW).filed
        centre.kill()
        terminal.put(3, 4)
        assert send(terminal.queue, connection, now=NOW).link
        centre.start()
        send_all(terminal.queue, connection)
    assert terminal.compared(centre) == Comparison()


@pytest.fixture
def own_centre(workers: Workers, tmp_path: Path) -> Iterator[CentreProcess]:
    """For what the others must not see."""
    made = CentreProcess(workers, tmp_path.resolve() / "own")
    made.start()
    yield made
    made.kill()


@pytest.mark.parametrize("enrolled", ["before", "after"])
def test_the_centre_is_restored_from_yesterdays_backup(
    terminal: Terminal, own_centre: CentreProcess, tmp_path: Path, enrolled: str
) -> None:
    """What it lost comes back under the numbers that the receipts say; a terminal it forgot is enrolled anew."""
    backup = tmp_path / "backup"
    if enrolled == "before":
        terminal.put(1)
        terminal.send_all(own_centre.url)
    own_centre.kill()
    shutil.copytree(own_centre.data, backup)
    own_centre.start()
    terminal.put(1, 2, 3)
    terminal.send_all(own_centre.url)
    own_centre.kill()
    shutil.rmtree(own_centre.data)
    backup.rename(own_centre.data)
    own_centre.start()
    terminal.put(4, 5)
    terminal.send_all(own_centre.url)
    assert terminal.compared(own_centre) == Comparison()
    assert [one.state for one in terminal.queue.matters()].count(MatterState.FILED) == 4


def test_the_centre_forgets_a_terminal_before_that_filed_anything(
    terminal: Terminal, own_centre: CentreProcess, tmp_path: Path
) -> None:
    own_centre.kill()
    shutil.copytree(own_centre.data, tmp_path / "backup")
    own_centre.start()
    terminal.send_all(own_centre.url)
    own_centre.kill()
    shutil.rmtree(own_centre.data)
    (tmp_path / "backup").rename(own_centre.data)
    own_centre.start()
    terminal.put(1, 2)
    terminal.send_all(own_centre.url)
    assert terminal.compared(own_centre) == Comparison()


def test_the_centres_database_is_gone_and_comes_back(terminal: Terminal, workers: Workers, tmp_path: Path) -> None:
    if not postgres.programs():
        pytest.skip("needs the Debian package postgresql")
    with ExitStack() as closing:
        cluster = closing.enter_context(postgres.cluster())
        centre = CentreProcess(workers, tmp_path.resolve() / "own", cluster.create("centre"))
        centre.start()
        closing.callback(centre.kill)
        terminal.put(1, 2)
        terminal.send_all(centre.url)
        terminal.put(3, 4)
        let_in(cluster, "centre", let=False)
        failure = terminal.send(centre.url).link
        assert failure
        assert failure.kind is FailureKind.BUSY
        let_in(cluster, "centre", let=True)
        terminal.send_all(centre.url)
        assert terminal.compared(centre) == Comparison()


def let_in(cluster: postgres.Cluster, database: str, *, let: bool) -> None:
    """Whether the database can be connected to; who is connected is thrown out."""
    statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with cluster.connect("template1") as connection:
        connection.execute(statement.format(sql.Identifier(database), sql.Literal(let)))
        if not let:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
