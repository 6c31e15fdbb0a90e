"""Running a program of alsa-utils: bytes in, text out, with a deadline, and ended at once when it is cancelled."""

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final

from drivers.audio.protocol import error_of
from drivers.errors import Cancelled, DeadlineExceeded, NotConnected

_SLICE: Final = 0.05
_MOST_OUTPUT: Final = 1 << 18


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    timeout: float,
    cancelled: Callable[[], bool],
    given: bytes = b"",
) -> str:
    """What it printed. Raises ``NotConnected`` if it is not installed, ``DeadlineExceeded``, ``Cancelled``, and what
    :func:`drivers.audio.protocol.error_of` makes of a failure.

    Input and output are memory files: no pipe can fill up, and nothing that was spoken reaches a disk.
    """
    descriptors = [os.memfd_create(name) for name in ("in", "out", "err")]
    try:
        os.write(descriptors[0], given)
        os.lseek(descriptors[0], 0, os.SEEK_SET)
        code = _wait(_start(command, environment, descriptors), monotonic() + timeout, cancelled)
        out, err = (_content(descriptor) for descriptor in descriptors[1:])
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    if code != 0:
        raise error_of(code, err)
    return out


def _start(
    command: Sequence[str], environment: Mapping[str, str], descriptors: Sequence[int]
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = descriptors
    try:
        return subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, start_new_session=True
        )
    except OSError as error:
        raise NotConnected(f"{command[0]} (package alsa-utils): {os.strerror(error.errno or 0)}") from None


def _wait(process: subprocess.Popen[bytes], deadline: float, cancelled: Callable[[], bool]) -> int:
    try:
        while not cancelled():
            if (left := deadline - monotonic()) <= 0:
                raise DeadlineExceeded("the sound program does not end")
            try:
                return process.wait(min(left, _SLICE))
            except subprocess.TimeoutExpired:
                continue
        raise Cancelled
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _content(descriptor: int) -> str:
    return os.pread(descriptor, _MOST_OUTPUT, 0).decode("utf-8", "replace")
