"""``kiosk queue put --stream``: an id on standard output is a promise, whenever process or power end."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from kiosk.bootstrap.queue import QueuePlace
from tests.faults.disk import Disk, Mercy, empty
from tests.faults.journal import read_journal
from tests.faults.power import Power
from tests.faults.terminal import SECRETS
from tests.paths import ROOT
from tests.searching import Search

TERMINAL = "GD440100"
COUNT = 6


def put(library: Path, folder: Path, power: Power) -> tuple[int, list[str]]:
    """One payload after another, each once the one before it was answered; the status and the answers."""
    database = folder / "queue.db"
    argv = [sys.executable, "-m", "kiosk", "queue", "put", "--stream", "--db", database, "--terminal", TERMINAL]
    environment = os.environ | {"LD_PRELOAD": str(library)} | power.environment()
    said: list[str] = []
    with subprocess.Popen(argv, env=environment, cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        for number in range(COUNT):
            process.stdin.write(json.dumps({"n": number, "name": SECRETS[0]}) + "\n")
            process.stdin.flush()
            if not (answer := process.stdout.readline().strip()):
                break
            said.append(answer)
        process.stdin.close()
        return process.wait(60), said


def kept(folder: Path) -> list[str]:
    queue = QueuePlace.beside(folder / "queue.db", TERMINAL).open()
    try:
        return [one.envelope.id for one in queue.matters()]
    finally:
        queue.close()


def test_the_power_goes_at_any_moment(library: Path, folder: Path, chance: random.Random) -> None:
    disk, journal = Disk(folder), folder.parent / "journal"
    status, said = put(library, folder, Power(folder, journal))
    assert (status, len(said)) == (0, COUNT)
    for _ in disk.crashes(read_journal(journal)):
        left = empty(folder.parent / "left")
        disk.leave(left, Mercy.NOTHING, Mercy.NOTHING, chance)
        assert kept(left)[: len(disk.said)] == disk.said
    assert disk.said == said
    assert not Search(SECRETS).tells(journal.read_bytes())


@pytest.mark.parametrize("before", [2, 4, 6])
def test_the_process_is_killed(library: Path, folder: Path, before: int) -> None:
    """Right before it would say that id: its matter is there, and so are the ones before it."""
    status, said = put(library, folder, Power(folder, steps="o", at=before))
    assert (status, len(said)) == (-9, before - 1)
    assert kept(folder)[:-1] == said
