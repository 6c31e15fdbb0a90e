"""Fonts: the faces Kivy cannot reach inside Debian's Noto Sans CJK collections, extracted once into a folder.

``python -m screens.fonts DIR`` does it; Kivy always opens face 0 of a ``.ttc``, which is the Japanese one.
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

COLLECTIONS: Final = Path("/usr/share/fonts/opentype/noto")
WEIGHTS: Final = ("Regular", "Bold")
REGIONS: Final = ("SC", "HK")
REGION_OF_LANGUAGE: Final = {"zh-Hans": "SC", "zh-Hant": "HK", "en": "SC"}


def face_file(folder: Path, region: str, weight: str) -> Path:
    return folder / f"NotoSansCJK-{region}-{weight}.otf"


def extract(folder: Path) -> None:
    """Write the faces that are missing; each file appears whole or not at all. Raises ``OSError``."""
    folder.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        missing = [region for region in REGIONS if not face_file(folder, region, weight).exists()]
        if missing:
            _extract(folder, weight, missing)


def _extract(folder: Path, weight: str, regions: list[str]) -> None:
    from fontTools.ttLib import TTCollection  # noqa: PLC0415 - 0.2 s that a start with fonts in place need not pay

    with TTCollection(str(COLLECTIONS / f"NotoSansCJK-{weight}.ttc"), lazy=True) as collection:
        faces = {str(face["name"].getDebugName(1)): face for face in collection.fonts}
        for region in regions:
            face = faces.get(f"Noto Sans CJK {region}") or faces[f"Noto Sans CJK {region} {weight}"]
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
                face.save(part)
            Path(part.name).chmod(0o644)
            Path(part.name).replace(face_file(folder, region, weight))


if __name__ == "__main__":
    extract(Path(sys.argv[1]))
