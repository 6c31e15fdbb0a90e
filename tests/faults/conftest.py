import random
from pathlib import Path

import pytest

from tests.faults.power import Workers, build


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("power"))


@pytest.fixture(scope="session")
def workers(library: Path) -> Workers:
    return Workers(library, ["tests.faults.day", "tests.faults.filing", "tests.faults.jobs"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The one a process under test works in."""
    made = tmp_path.resolve() / "watched"
    made.mkdir()
    return made


@pytest.fixture
def chance() -> random.Random:
    """The same in every run: a failure comes again."""
    return random.Random(4)
