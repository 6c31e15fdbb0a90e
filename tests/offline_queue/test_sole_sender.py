import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from offline_queue.sole_sender import AnotherSends, sole_sender

HOLD = """
import sys
from pathlib import Path
from offline_queue.sole_sender import sole_sender
with sole_sender(Path(sys.argv[1])):
    print("sending", flush=True)
    sys.stdin.read()
"""


def test_there_is_one_sender_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "queue.db"
    with sole_sender(path), pytest.raises(AnotherSends), sole_sender(path):
        pass
    with sole_sender(path):
        pass


def test_queues_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    with sole_sender(tmp_path / "a.db"), sole_sender(tmp_path / "b.db"):
        pass


def test_a_sender_that_was_killed_sends_no_more(tmp_path: Path) -> None:
    path = tmp_path / "queue.db"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "sending\n"
        with pytest.raises(AnotherSends), sole_sender(path):
            pass
        threading.Timer(0.1, other.kill).start()
        with sole_sender(path, until=threading.Event()):
            assert other.wait() == -signal.SIGKILL


def test_nobody_waits_for_another_sender_beyond_the_end(tmp_path: Path) -> None:
    over = threading.Event()
    over.set()
    with sole_sender(tmp_path / "a.db"), pytest.raises(AnotherSends), sole_sender(tmp_path / "a.db", until=over):
        pass
