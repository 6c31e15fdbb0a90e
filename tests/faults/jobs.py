"""What workers do until they are killed: each says on standard output what others may count on from then on."""

import os
import sqlite3
from pathlib import Path

from tests.faults.power import say

ROW = "x" * 1000


def fill_table(path: Path, synchronous: str, rows: int) -> None:
    """A queue as many write it; the log is emptied so often that a short run has it all."""
    connection = sqlite3.connect(path, isolation_level=None)
    for setting in ("journal_mode = WAL", f"synchronous = {synchronous}", "wal_autocheckpoint = 8"):
        connection.execute(f"PRAGMA {setting}").close()
    connection.execute("CREATE TABLE IF NOT EXISTS line (number INTEGER PRIMARY KEY, text TEXT)")
    for number in range(rows):
        connection.execute("INSERT INTO line VALUES (?, ?)", (number, ROW))
        say(str(number))
    connection.close()


def do_everything(folder: Path) -> None:
    """Every way to change a folder that a program here uses."""
    (folder / "inner" / "deeper").mkdir(parents=True)
    first = folder / "inner" / "first"
    first.write_bytes(b"one" * 1000)
    with first.open("ab") as file:
        file.write(b"behind")
    with first.open("r+b") as file:
        file.seek(10)
        file.write(b"within")
        file.truncate(2000)
    os.link(first, folder / "second")
    first.replace(folder / "inner" / "deeper" / "third")
    (folder / "second").write_bytes(b"anew")
    (folder / "gone").touch()
    (folder / "gone").unlink()
    (folder / "empty").mkdir()
    (folder / "empty").rmdir()
    (folder / "draft").symlink_to("system.db")
    (folder / "draft").replace(folder / "link")
    (folder / "inner").rename(folder / "outer")
    fill_table(folder / "outer" / "own.db", "FULL", 30)
    connection = sqlite3.connect(folder / "link", isolation_level=None)
    connection.execute("CREATE TABLE line (text TEXT)")
    connection.executemany("INSERT INTO line VALUES (?)", [(ROW,)] * 5)
    connection.close()


def write_blocks(path: Path, count: int) -> None:
    """Says what the system said when it did not go through."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        for _ in range(count):
            block = bytes(4096)
            while block:
                block = block[os.write(descriptor, block) :]
        os.fsync(descriptor)
    except OSError as error:
        say(f"OSError {error.errno}")
