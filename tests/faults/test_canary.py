"""Of a canary citizen nothing readable is ever written: not by the terminal, not by the centre, not for a moment."""

from pathlib import Path

import pytest

from tests.faults import filing
from tests.faults.centre import CentreProcess
from tests.faults.filing import MATTERS
from tests.faults.journal import Kind, read_journal
from tests.faults.power import Power, Workers
from tests.faults.terminal import SECRETS
from tests.searching import Search

SEARCH = Search(SECRETS)


def test_nothing_readable_reaches_a_disk(
    workers: Workers, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every byte either side wrote, also what was overwritten since, and what is left."""
    journals = [tmp_path / "terminal.journal", tmp_path / "centre.journal"]
    centre = CentreProcess(workers, tmp_path.resolve() / "centre")
    centre.start(Power(centre.data, journals[1]))
    done = workers.run(
        filing.file_all, folder, "T1", centre.url, power=Power(folder, journals[0]), output=tmp_path / "said"
    )
    centre.kill()
    assert [line.split()[0] for line in done.said] == ["put"] * MATTERS + ["filed"] * 3 + ["refused"]
    assert all(any(step.kind is Kind.WRITTEN for step in read_journal(journal)) for journal in journals)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"queue.db", "central.db"} <= {path.name for path in written}
    assert [path.name for path in written if SEARCH.tells(path.read_bytes())] == []
    assert not SEARCH.tells("".join(capfd.readouterr()).encode())


def test_what_is_searched_for_is_found_when_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"w" + bytes(31) + SECRETS[0].encode())
    assert SEARCH.tells((tmp_path / "journal").read_bytes())
