"""What the fail-over soak measures with."""

import os
import subprocess
import sys

import pytest

from soak.cluster.programs import descendants
from soak.failover import Blow, silence
from tests.waiting import eventually

BLOW = Blow("primary", began=10.0, over=40.0, whole=50.0)


@pytest.mark.parametrize(
    ("filed_at", "seconds"),
    [
        ([8.0, 9.0, 9.5, 39.5, 40.5, 41.0], 30.0),
        ([39.5, 9.5, 20.0], 19.5),
        ([9.0, 9.9, 10.1, 10.2], 0.2),
        ([1.0, 9.0, 45.0, 90.0], 36.0),
        ([1.0, 9.0], 0.0),
    ],
)
def test_silence_is_the_longest_time_without_an_answer_around_the_blow(filed_at: list[float], seconds: float) -> None:
    assert silence(filed_at, BLOW) == pytest.approx(seconds)


def test_descendants_are_killed_with_their_ancestors() -> None:
    with subprocess.Popen(["sh", "-c", f"{sys.executable} -c 'input()' & wait"], stdin=subprocess.PIPE) as parent:
        try:
            assert eventually(lambda: descendants(parent.pid)[1:])
            assert parent.pid in descendants(os.getpid())
        finally:
            for pid in reversed(descendants(parent.pid)):
                os.kill(pid, 9)
