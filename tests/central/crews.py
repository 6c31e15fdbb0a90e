"""A crew of workers that do next to nothing, as a program: ``python -m tests.central.crews FOLDER KIND``."""

import os
import signal
import socket
import sys
import time
from functools import partial
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path

from central.workers import READY, Crew, ended

COUNT = 2


def work(folder: Path, kind: str, _listener: socket.socket, line: Connection) -> None:
    """It leaves a file named as its process; ``stubborn`` ones do not end when they are asked to, ``sick`` ones die."""
    (folder / f"worker-{os.getpid()}").touch()
    if kind == "sick":
        sys.exit(3)
    signal.signal(signal.SIGTERM, signal.SIG_IGN if kind == "stubborn" else signal.SIG_DFL)
    line.send_bytes(READY)
    while not (connection.wait([line], 0.1) and ended(line)):
        time.sleep(0)
    (folder / "left-alone").touch()


def main(folder: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begun, ending = (folder / "begun").touch, (folder / "ending").touch
        Crew(listener, partial(work, folder, kind), COUNT, 0.5, begun, ending).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
