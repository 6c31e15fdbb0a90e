"""The supervisor over real processes: whatever dies comes back, and nothing outlives it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.bus import messages
from kiosk.bus.connection import BusError, request
from kiosk.children import Child
from kiosk.supervisor import Supervisor
from tests import supervised
from tests.supervised import read_diary
from tests.waiting import eventually

DEADLINE = 30.0


def alive(pid: int) -> bool:
    """Whether the process runs; one that waits to be reaped by init does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Tree:
    """A supervisor with children, in a folder short enough for sockets."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *children: str, env: dict[str, str] | None = None) -> None:
        argv = [sys.executable, supervised.__file__, "parent", str(self.folder), *children]
        root = Path(supervised.__file__).parents[1]
        environment = os.environ | {"PYTHONPATH": str(root)} | (env or {})
        self.process = subprocess.Popen(argv, env=environment, stderr=subprocess.DEVNULL)

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def wait(self) -> int:
        assert self.process
        return self.process.wait(DEADLINE)

    def starts(self, name: str, at_least: int = 1) -> list[int]:
        """Process numbers of all runs of one child, once there are that many."""
        eventually(lambda: len(read_diary(self.folder, "start", name)) >= at_least, f"{at_least} starts of {name}")
        return [pid for _, pid in read_diary(self.folder, "start", name)]

    def answers(self, name: str) -> bool:
        try:
            return isinstance(request(self.folder / f"{name}.sock", messages.Ping(), 1.0), messages.Ok)
        except BusError:
            return False

    def rows(self) -> dict[str, messages.Child]:
        answer = request(self.folder / "supervisor.sock", messages.ChildrenRequest())
        assert isinstance(answer, messages.Children)
        return {row.name: row for row in answer.rows}


@pytest.fixture
def tree() -> Iterator[Tree]:
    with tempfile.TemporaryDirectory(prefix="kiosk-") as folder:
        tree = Tree(Path(folder))
        yield tree
        if tree.process and tree.process.poll() is None:
            tree.process.kill()
            tree.process.wait()
        for _, pid in read_diary(tree.folder, "start"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_killed_child_comes_back(tree: Tree) -> None:
    tree.start("a:quiet:", "b:quiet:")
    [other] = tree.starts("b")
    os.kill(tree.starts("a")[0], signal.SIGKILL)
    first, second = tree.starts("a", at_least=2)
    assert first != second
    eventually(lambda: tree.rows()["a"].pid == second, "its new number on the bus")
    assert tree.rows()["a"].restarts == 1
    assert tree.rows()["b"] == messages.Child(name="b", pid=other, restarts=0)


def test_helpers_of_a_dead_child_are_gone_before_it_comes_back(tree: Tree) -> None:
    tree.start("a:helped:")
    [helper] = tree.starts("helper")
    os.kill(tree.starts("a")[0], signal.SIGKILL)
    tree.starts("a", at_least=2)
    eventually(lambda: not alive(helper), "helper gone")


def test_crash_loop_is_told_and_does_not_touch_the_others(tree: Tree) -> None:
    tree.start("bad:crash:", "good:quiet:")
    tree.starts("bad", at_least=5)
    eventually(lambda: tree.rows()["bad"].crash_loop, "the crash loop on the bus")
    assert not tree.rows()["good"].crash_loop
    assert len(tree.starts("good")) == 1


def test_hanging_child_is_killed_and_restarted(tree: Tree) -> None:
    tree.start("a:answer:")
    eventually(lambda: len(read_diary(tree.folder, "ping", "a")) >= 2, "the supervisor has seen an answer")
    [first] = tree.starts("a")
    os.kill(first, signal.SIGSTOP)
    assert len(tree.starts("a", at_least=2)) == 2
    assert not alive(first)


def test_child_that_never_answered_is_left_alone(tree: Tree) -> None:
    tree.start("quiet:quiet:", "bad:crash:")
    tree.starts("bad", at_least=8)
    assert len(tree.starts("quiet")) == 1


@pytest.mark.parametrize("behaviour", ["quiet", "stubborn"])
def test_children_die_with_a_killed_supervisor(tree: Tree, behaviour: str) -> None:
    tree.start(f"a:{behaviour}:", f"b:{behaviour}:")
    pids = tree.starts("a") + tree.starts("b")
    os.kill(tree.pid, signal.SIGKILL)
    tree.wait()
    eventually(lambda: not any(alive(pid) for pid in pids), "children gone")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_stops_all_in_reverse_order(tree: Tree, number: signal.Signals) -> None:
    tree.start("a:answer:", "b:answer:", "c:answer:")
    for name in "abc":
        eventually(lambda name=name: tree.answers(name), f"answer of {name}")
    os.kill(tree.pid, number)
    assert tree.wait() == 0
    assert [name for name, _ in read_diary(tree.folder, "stop")] == ["c", "b", "a"]
    assert not any(alive(pid) for _, pid in read_diary(tree.folder, "start"))


def test_stop_on_the_bus(tree: Tree) -> None:
    tree.start("a:quiet:")
    [pid] = tree.starts("a")
    eventually(lambda: tree.answers("supervisor"), "supervisor answers")
    assert isinstance(request(tree.folder / "supervisor.sock", messages.Stop()), messages.Ok)
    assert tree.wait() == 0
    assert not alive(pid)


def test_child_that_ignores_the_signal_is_killed_after_the_grace(tree: Tree) -> None:
    tree.start("a:stubborn:")
    eventually(lambda: tree.answers("a"), "signal handler is set")
    os.kill(tree.pid, signal.SIGTERM)
    assert tree.wait() == 0
    assert not alive(tree.starts("a")[0])


def test_child_starts_after_the_one_it_waits_for_answers(tree: Tree) -> None:
    tree.start("late:quiet:early", "early:answer:")
    tree.starts("late")
    assert tree.answers("early")
    assert [name for name, _ in read_diary(tree.folder, "start")] == ["early", "late"]


def test_child_starts_in_the_end_even_if_the_other_never_answers(tree: Tree) -> None:
    tree.start("late:quiet:mute", "mute:quiet:")
    tree.starts("late")
    assert not tree.answers("mute")


def test_a_terminal_that_is_well_for_a_while_is_told_once(tree: Tree) -> None:
    tree.start("a:answer:", "b:answer:", "no_bus:quiet:", env={"HEALTHY_AFTER": "1"})
    eventually(lambda: read_diary(tree.folder, "healthy"), "it proved good")
    seen = len(read_diary(tree.folder, "ping", "a"))
    eventually(lambda: len(read_diary(tree.folder, "ping", "a")) > seen + 4, "some time")
    assert len(read_diary(tree.folder, "healthy")) == 1


@pytest.mark.parametrize("ill", ["a:crash:", "a:quiet:"])
def test_a_terminal_with_one_that_ends_or_never_answers_has_not_proved_good(tree: Tree, ill: str) -> None:
    tree.start(ill, "b:answer:", env={"HEALTHY_AFTER": "1"})
    eventually(lambda: len(read_diary(tree.folder, "ping", "b")) > 8, "some time")
    assert read_diary(tree.folder, "healthy") == []


def test_second_supervisor_in_the_same_folder_refuses(tree: Tree) -> None:
    tree.start("a:quiet:")
    eventually(lambda: tree.answers("supervisor"), "supervisor answers")
    rival = Tree(tree.folder)
    rival.start("a:quiet:")
    assert rival.wait() == 1
    assert len(tree.starts("a")) == 1


def test_unknown_child_to_wait_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such child to wait for: nobody"):
        Supervisor([Child("a", ["true"], after=("nobody",))], tmp_path)


def test_systemd_hears_of_start_life_and_stop(tree: Tree) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = tree.folder / "notify"
        systemd.bind(str(address))
        systemd.settimeout(DEADLINE)
        tree.start("a:quiet:", env={"NOTIFY_SOCKET": str(address)})
        assert systemd.recv(100) == b"READY=1"
        assert systemd.recv(100) == b"WATCHDOG=1"
        os.kill(tree.pid, signal.SIGTERM)
        while (heard := systemd.recv(100)) == b"WATCHDOG=1":
            pass
        assert heard == b"STOPPING=1"
        assert tree.wait() == 0
