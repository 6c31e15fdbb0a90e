from collections.abc import Iterator

import pytest

from tests.central.fleet.fleet import Field, field_on


@pytest.fixture
def field(database_url: str) -> Iterator[Field]:
    """On each engine in turn."""
    with field_on(database_url) as made:
        yield made
