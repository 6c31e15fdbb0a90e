"""The portraits of the demo: photographs of public officials that the source archive of ``face-recognition`` ships.

They are United States government works in the public domain, shipped by that package for its own tests. They are cut
from the archive at set-up and never committed.
"""

import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".cache" / "portraits"
_LOCK: Final = ROOT / "requirements.lock"
_PACKAGE: Final = "face-recognition"
_DOWNLOAD_SECONDS: Final = 180
_SIZE: Final = (640, 480)


@dataclass(frozen=True)
class Cut:
    """The part of a photograph that shows head and shoulders as a camera sees somebody before the machine:
    4:3, the face in the middle and 0.4 to 0.5 of the height."""

    photograph: str
    left: int
    top: int
    width: int

    @property
    def box(self) -> tuple[int, int, int, int]:
        return self.left, self.top, self.left + self.width, self.top + self.width * 3 // 4


# The archive is pinned by its hash, so the places of the faces in it are facts.
CUTS: Final = {
    "holder": Cut("obama.jpg", 84, 0, 820),
    "holder_live": Cut("obama3.jpg", 306, 124, 984),
    "other": Cut("biden.jpg", 141, 107, 828),
}


class PortraitsUnavailable(Exception):
    """The source archive could not be had; the terminal runs without, only faces cannot be verified."""


def find(folder: Path = FOLDER) -> dict[str, Path]:
    """The portraits that are there: ``holder`` (as on the card), ``holder_live`` (the same person on another day),
    ``other``."""
    paths = {name: folder / f"{name}.jpg" for name in CUTS}
    return {name: path for name, path in paths.items() if path.is_file()}


def prepare(folder: Path) -> None:
    """Download the archive and cut the portraits, unless all are there. Raise ``PortraitsUnavailable``."""
    if find(folder).keys() == CUTS.keys():
        return
    with tempfile.TemporaryDirectory() as scratch:
        unpack(_download(Path(scratch)), folder)


def unpack(archive: Path, folder: Path) -> None:
    """Cut the portraits out of the source archive. Members are read by name: none is extracted to a path of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as tar:
            for name, cut in CUTS.items():
                _write(folder / f"{name}.jpg", _cut(tar, cut))
    except (OSError, EOFError, KeyError, IndexError, tarfile.TarError) as error:
        raise PortraitsUnavailable(f"{archive.name}: {error}") from None


def _cut(tar: tarfile.TarFile, cut: Cut) -> bytes:
    top = tar.getnames()[0].split("/")[0]
    member = tar.extractfile(f"{top}/tests/test_images/{cut.photograph}")
    if member is None:
        raise KeyError(cut.photograph)
    picture = Image.open(io.BytesIO(member.read())).convert("RGB").crop(cut.box).resize(_SIZE, Image.Resampling.LANCZOS)
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=92)
    return data.getvalue()


def _write(path: Path, data: bytes) -> None:
    """A killed set-up leaves no half a picture."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _download(folder: Path) -> Path:
    wanted = folder / "wanted.txt"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-binary",
        ":all:",
    ]
    try:
        wanted.write_text("".join(locked(_LOCK.read_text().splitlines(keepends=True))))
        subprocess.run(
            [*pip, "--no-binary", ":all:", "--require-hashes", "--requirement", str(wanted), "--dest", str(folder)],
            check=True,
            timeout=_DOWNLOAD_SECONDS,
            capture_output=True,
        )
        return next(folder.glob("*.tar.gz"))
    except (subprocess.SubprocessError, OSError, StopIteration) as error:
        raise PortraitsUnavailable(f"no source archive of {_PACKAGE}: {type(error).__name__}") from None


def locked(lines: Iterable[str]) -> list[str]:
    """The requirement of the package and its hashes: the line that names it and the indented ones that follow."""
    taken: list[str] = []
    for line in lines:
        if line.startswith(f"{_PACKAGE}=="):
            taken = [line]
        elif taken and line[0].isspace():
            taken.append(line)
        elif taken:
            break
    return taken


def main() -> None:
    """Never fails the set-up: a machine without a registry still gets a terminal."""
    try:
        prepare(FOLDER)
    except PortraitsUnavailable as error:
        sys.stderr.write(f"portraits: {error}; the demo will confirm the person by staff instead of the face\n")


if __name__ == "__main__":
    main()
