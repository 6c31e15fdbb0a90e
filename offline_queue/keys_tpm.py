"""A key sealed by the machine's TPM 2.0: the disk in another machine is worth nothing.

The key is a data object below a primary key of the storage hierarchy, which the TPM derives from a seed that never
leaves it (TPM 2.0 Library, Part 1, "Storage Hierarchy"). It is not bound to PCRs: an update of kernel or firmware
must not lock a terminal out of what citizens filed. The key passes through pipes only, never through arguments
or files.
"""

import base64
import binascii
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

from offline_queue.faults import KeyFault

DEVICE: Final = Path("/dev/tpmrm0")
_CONNECTION: Final = "TPM2TOOLS_TCTI"
_SECONDS: Final = 30.0
_INTEGRITY: Final = "1df"
"""TPM_RC_INTEGRITY of the first parameter: sealed below another seed."""


class NoTpm(KeyFault):
    """The machine's TPM cannot be used: check that it is switched on and that tpm2-tools are installed."""


class ForeignTpm(KeyFault):
    """The key was sealed by another TPM, or this one was cleared: bring back the machine the disk belongs to."""


class TpmSeal:
    """Raises :class:`NoTpm`, :class:`ForeignTpm`, ``OSError``."""

    @staticmethod
    def usable() -> bool:
        reachable = _CONNECTION in os.environ or os.access(DEVICE, os.R_OK | os.W_OK)
        return reachable and shutil.which("tpm2_unseal") is not None

    def seal(self, key: bytes) -> bytes:
        """The sealed object, as JSON."""
        with tempfile.TemporaryDirectory(prefix="tpm-") as name:
            folder = Path(name)
            _primary(folder)
            _run(folder, "tpm2_create", "-Q", "-C", "primary", "-i", "-", "-u", "public", "-r", "private", stdin=key)
            parts = {part: base64.b64encode((folder / part).read_bytes()).decode() for part in ("public", "private")}
        return json.dumps(parts).encode()

    def unseal(self, sealed: bytes) -> bytes:
        with tempfile.TemporaryDirectory(prefix="tpm-") as name:
            folder = Path(name)
            _write_parts(folder, sealed)
            _primary(folder)
            _run(folder, "tpm2_load", "-Q", "-C", "primary", "-u", "public", "-r", "private", "-c", "object")
            return _run(folder, "tpm2_unseal", "-c", "object")


def _write_parts(folder: Path, sealed: bytes) -> None:
    try:
        parts = cast("dict[str, Any]", json.loads(sealed))
        for part in ("public", "private"):
            (folder / part).write_bytes(base64.b64decode(parts[part], validate=True))
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise NoTpm("The sealed key is damaged: bring back the file from a copy") from None


def _primary(folder: Path) -> None:
    _run(folder, "tpm2_createprimary", "-Q", "-C", "o", "-G", "ecc", "-c", "primary")


def _run(folder: Path, *command: str, stdin: bytes = b"") -> bytes:
    output = _tool(folder, command, stdin)
    # without a resource manager loaded objects stay in the TPM's few slots
    _tool(folder, ("tpm2_flushcontext", "-t"))
    return output


def _tool(folder: Path, command: Sequence[str], stdin: bytes = b"") -> bytes:
    environment = {_CONNECTION: f"device:{DEVICE}", **os.environ}
    try:
        done = subprocess.run(
            command, input=stdin, capture_output=True, cwd=folder, env=environment, timeout=_SECONDS, check=False
        )
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired) as error:
        raise NoTpm(f"{command[0]}: {type(error).__name__}: check that tpm2-tools are installed") from None
    if done.returncode:
        raise _failure(command[0], done.stderr.decode(errors="replace"))
    return done.stdout


def _failure(tool: str, said: str) -> KeyFault:
    if tool == "tpm2_load" and f"0x{_INTEGRITY}" in said.lower():
        return ForeignTpm((ForeignTpm.__doc__ or "").strip())
    last = said.strip().rsplit("\n", 1)[0].rsplit("\n", 1)[-1]
    return NoTpm(f"{tool} failed: {last[:200]}")
