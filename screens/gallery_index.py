"""The page that shows a whole gallery at a glance: a thumbnail of every picture, and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final

from PIL import Image

PAGE: Final = "index.html"
_THUMBNAIL: Final = (300, 300)
_HEAD: Final = """<!doctype html>
<meta charset="utf-8">
<title>Gallery</title>
<style>
  body { font: 14px/1.4 sans-serif; margin: 2rem; background: #eef1f5 }
  section { display: flex; flex-wrap: wrap; gap: 1rem }
  figure { margin: 0; width: 300px }
  img { max-width: 100%; border: 1px solid #8792a5 }
  .wrong { color: #b3261e }
</style>
"""


def write_index(out: Path, problems: Mapping[str, Sequence[str]]) -> None:
    """``problems`` by the picture's path below ``out``, without ``.png``; those of one folder stand together."""
    names = sorted(problems)
    folders = sorted({str(Path(name).parent) for name in names})
    sections = (_section(out, folder, names, problems) for folder in folders)
    (out / PAGE).write_text(_HEAD + _summary(problems) + "".join(sections), encoding="utf-8")


def _summary(problems: Mapping[str, Sequence[str]]) -> str:
    wrong = [f"<li>{escape(name)}: {escape(text)}" for name, texts in problems.items() for text in texts]
    return f"<h1>{len(problems)} pictures, {len(wrong)} problems</h1><ul class=wrong>{''.join(wrong)}</ul>"


def _section(out: Path, folder: str, names: Iterable[str], problems: Mapping[str, Sequence[str]]) -> str:
    own = [name for name in names if str(Path(name).parent) == folder]
    return f"<h2>{escape(folder)}</h2><section>{''.join(_figure(out, name, problems[name]) for name in own)}</section>"


def _figure(out: Path, name: str, problems: Sequence[str]) -> str:
    thumbnail = f"thumbnails/{name}.jpg"
    _shrink(out / f"{name}.png", out / thumbnail)
    caption = escape(Path(name).name) + "".join(f"<br><span class=wrong>{escape(text)}</span>" for text in problems)
    return (
        f'<figure><a href="{escape(name)}.png"><img loading="lazy" src="{escape(thumbnail)}" alt=""></a>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _shrink(picture: Path, thumbnail: Path) -> None:
    thumbnail.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(picture) as image:
        image.draft("RGB", _THUMBNAIL)
        image.thumbnail(_THUMBNAIL, reducing_gap=2)
        image.save(thumbnail, quality=80)
