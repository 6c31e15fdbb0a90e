"""Many writers, one write: what one of them does wrong is its own affair, what the disk refuses is everybody's."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from offline_queue.contract import QueueFull, QueueUnavailable
from offline_queue.group import GroupCommit
from tests.waiting import eventually

Job = Callable[[list[str]], str]


class Disk:
    """A transaction is a list; what it holds at the end is durable. ``gate`` holds the writers up."""

    def __init__(self) -> None:
        self.transactions: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.fault: BaseException | None = None

    @contextmanager
    def begin(self) -> Generator[list[str]]:
        written: list[str] = []
        self.entered.set()
        assert self.gate.wait(30)
        yield written
        if self.fault:
            raise self.fault
        self.transactions.append(written)


def writes(name: str) -> Job:
    def job(writing: list[str]) -> str:
        writing.append(name)
        return name.upper()

    return job


def fails(error: Exception) -> Job:
    def job(writing: list[str]) -> str:
        raise error

    return job


def run_together(disk: Disk, jobs: dict[str, Job]) -> dict[str, str | BaseException]:
    """While the first transaction is held up, all ``jobs`` are handed in."""
    commits = GroupCommit(disk.begin)
    results: dict[str, str | BaseException] = {}

    def work(name: str, job: Job) -> None:
        try:
            results[name] = commits.run(job)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001
            results[name] = error

    disk.gate.clear()
    threads = [threading.Thread(target=work, args=("first", writes("first")))]
    threads[0].start()
    assert disk.entered.wait(30)
    for name, job in jobs.items():
        threads.append(threading.Thread(target=work, args=(name, job)))
        threads[-1].start()
    eventually(lambda: commits.waiting == len(jobs))
    disk.gate.set()
    for thread in threads:
        thread.join(30)
    return results


def test_those_who_wait_share_the_next_transaction() -> None:
    disk = Disk()
    results = run_together(disk, {name: writes(name) for name in "abc"})
    assert results == {"first": "FIRST", "a": "A", "b": "B", "c": "C"}
    assert [sorted(written) for written in disk.transactions] == [["first"], ["a", "b", "c"]]


@pytest.mark.parametrize("error", [ValueError("payload"), TypeError("payload"), KeyError("id"), QueueFull("count")])
def test_what_one_does_wrong_is_its_own_affair(error: Exception) -> None:
    disk = Disk()
    results = run_together(disk, {"a": writes("a"), "bad": fails(error), "c": writes("c")})
    assert results["bad"] is error
    assert (results["a"], results["c"]) == ("A", "C")
    assert sorted(disk.transactions[1]) == ["a", "c"]


def test_what_the_disk_refuses_nobody_has() -> None:
    disk = Disk()
    disk.fault = QueueUnavailable("The disk is full")
    results = run_together(disk, {"a": writes("a"), "bad": fails(ValueError("payload")), "c": writes("c")})
    errors = [results[name] for name in ("first", "a", "c")]
    assert [(type(error), str(error)) for error in errors] == [(QueueUnavailable, "The disk is full")] * 3
    assert len({id(error) for error in errors}) == 3
    assert isinstance(results["bad"], ValueError)
    assert disk.transactions == []


def test_after_a_failure_it_works_again() -> None:
    disk = Disk()
    commits = GroupCommit(disk.begin)
    disk.fault = QueueUnavailable("The disk is full")
    with pytest.raises(QueueUnavailable):
        commits.run(writes("a"))
    disk.fault = None
    assert commits.run(writes("b")) == "B"
    assert disk.transactions == [["b"]]


def test_an_interrupted_leader_leaves_nobody_waiting() -> None:
    disk = Disk()
    disk.fault = KeyboardInterrupt()
    results = run_together(disk, {name: writes(name) for name in "ab"})
    assert isinstance(results["first"], KeyboardInterrupt)
    others = [results["a"], results["b"]]
    assert sorted(type(error).__name__ for error in others) == ["KeyboardInterrupt", "QueueUnavailable"]
    assert disk.transactions == []


def test_a_lone_writer_goes_on_when_its_companions_stay_away() -> None:
    disk = Disk()
    commits = GroupCommit(disk.begin, expected=8)
    assert commits.run(writes("a")) == "A"
    assert commits.run(writes("b")) == "B"
    assert disk.transactions == [["a"], ["b"]]
