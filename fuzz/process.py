"""One target under libFuzzer, which ends the process at a crash (77), a hang (70) or too much memory (71)."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any, Final

import atheris

fuzzer: Final[Any] = atheris
"""It has no types."""

MAX_LENGTH: Final = 4096
"""Bytes of one input: more than any frame, and some parsers' buffers overflow."""
HANG: Final = 5
"""Seconds for one input."""
MEMORY: Final = 1024
"""Megabytes."""
_MB: Final = 1 << 20


class Meter:
    """Counts what ``run`` was given and ends the process with a report once it was enough."""

    def __init__(self, run: Callable[[bytes], None], limit: int) -> None:
        self._run = run
        self._limit = limit
        self._bytes = self._runs = 0
        self._begun = monotonic()
        self._warm: int | None = None

    def __call__(self, data: bytes) -> None:
        self._run(data)
        self._bytes += len(data)
        self._runs += 1
        if self._warm is None and self._bytes >= self._limit / 4:
            self._warm = resident()
        if self._bytes >= self._limit:
            self._report()
            os._exit(0)  # libFuzzer knows no other way to stop from inside

    def _report(self) -> None:
        grown = resident() - (self._warm or resident())
        seconds = monotonic() - self._begun
        report = {"bytes": self._bytes, "runs": self._runs, "seconds": seconds, "growth": grown / _MB}
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


def resident() -> int:
    """Bytes of memory this process has."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main(name: str, limit: int, findings: str, corpus: str) -> None:
    """``corpus`` is an empty folder: the inputs to start from, and those found worth keeping."""
    with fuzzer.instrument_imports(include=["drivers"]):
        from fuzz.targets import TARGETS  # noqa: PLC0415 - what is imported here is watched for new paths

    target = TARGETS[name]
    for number, seed in enumerate(target.seeds):
        (Path(corpus) / str(number)).write_bytes(seed)
    options = (
        f"-max_len={MAX_LENGTH}",
        f"-timeout={HANG}",
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={findings}/{name.replace(' ', '-')}-",
        "-seed=1",
        "-verbosity=0",
    )
    fuzzer.Setup([sys.argv[0], *options, corpus], Meter(target.run, limit))
    fuzzer.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
