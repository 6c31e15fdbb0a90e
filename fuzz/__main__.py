"""``python -m fuzz [NAME ...] [--bytes N]``: libFuzzer over every parser, each in a process of its own."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click

BYTES: Final = 10_000_000
GROWTH_LIMIT: Final = 32
"""Megabytes that a process may grow after its first quarter; the fuzzer itself keeps the inputs it likes."""
FINDINGS: Final = Path("out/fuzz")
_ROW: Final = "{:<34} {:>11} {:>9} {:>8} {:>10}  {}"


@click.command()
@click.argument("names", nargs=-1)
@click.option("--bytes", "count", default=BYTES, show_default=True, help="Bytes for each target.")
def main(names: tuple[str, ...], count: int) -> None:
    """Exit status 0 if no target crashed, hung or grew."""
    from fuzz.targets import TARGETS  # noqa: PLC0415 - only the processes that fuzz need to be quick

    unknown = set(names) - set(TARGETS)
    if unknown:
        raise click.BadParameter(f"no target {', '.join(sorted(unknown))}; there are: {', '.join(TARGETS)}")
    click.echo(_ROW.format("target", "bytes", "runs", "seconds", "growth MB", ""))
    failed = [name for name in names or TARGETS if not _fuzz(name, count)]
    sys.exit(1 if failed else 0)


def _fuzz(name: str, count: int) -> bool:
    """Whether the target kept its promises."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as corpus:
        command = (sys.executable, "-m", "fuzz.process", name, str(count), str(FINDINGS), corpus)
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    try:
        result = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        result = {"bytes": 0, "runs": 0, "seconds": 0.0, "growth": 0.0}
    trouble = _trouble(done.returncode, result["growth"])
    numbers = (f"{result['bytes']:,}", f"{result['runs']:,}", f"{result['seconds']:.1f}", f"{result['growth']:.1f}")
    click.echo(_ROW.format(name, *numbers, trouble or "ok"))
    if done.returncode:
        click.echo(done.stderr[-4000:], err=True)
    return not trouble


def _trouble(status: int, growth: float) -> str:
    if status:
        return f"FAILED, status {status}; the input is in {FINDINGS}"
    return f"GREW by more than {GROWTH_LIMIT} MB" if growth > GROWTH_LIMIT else ""


if __name__ == "__main__":
    main()
