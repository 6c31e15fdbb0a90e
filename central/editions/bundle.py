"""The items that come with the program: the first edition of an empty database.

As long as nobody has published anything, a later program brings its items as a later edition; from then on they are
what the authorities make of them.
"""

import tomllib
from pathlib import Path
from typing import Final

from central.editions import archive
from central.editions.check import BadItem, check_file
from central.editions.edition import Edition, Head, in_order
from central.editions.errors import Overtaken
from central.editions.flaws import Flaw
from central.editions.model import Item
from central.staff.audit import CENTRE, audit
from central.storage.database import Storage

HEAD: Final = "catalogue.toml"


def read(folder: Path) -> Edition:
    """All files of the folder; ``catalogue.toml`` says the edition's number. Raises :class:`BadItem` with all that is
    wrong in any of them, ``OSError``."""
    flaws: list[Flaw] = []
    items: dict[str, Item] = {}
    for file in sorted(folder.glob("*.toml")):
        if file.name == HEAD:
            continue
        checked = check_file(file.read_bytes(), file.name)
        flaws += checked.flaws
        if checked.item and checked.item.code != file.stem:
            flaws.append(Flaw(("code",), f"must be {file.stem}, as the file is called", "与文件名不符", file=file.name))
        elif checked.item:
            items[checked.item.code] = checked.item
    number = _number(folder / HEAD, flaws)
    if flaws:
        raise BadItem(flaws)
    return Edition(Head(number, "bundled", 0.0, ""), in_order(items))


def put_out(storage: Storage, bundle: Edition, now: float) -> None:
    """As the first edition, or as a later one of those that came with a program."""
    with storage.reading() as transaction:
        if not _is_news(archive.newest(transaction.editions), bundle):
            return
    try:
        with storage.transaction() as transaction:
            if _is_news(archive.newest(transaction.editions), bundle):
                head = Head(bundle.number, "bundled", now, "")
                archive.keep(transaction.editions, head, bundle.items, bundle.overrides)
                audit(transaction, CENTRE, "catalogue.bundle", f"edition {bundle.number}", now=now)
    except Overtaken:
        return  # another worker that starts has done it


def _is_news(newest: Edition, bundle: Edition) -> bool:
    return newest.head.kind == "bundled" and bundle.number > newest.number


def _number(file: Path, flaws: list[Flaw]) -> int:
    try:
        number = tomllib.loads(file.read_text(encoding="utf-8"))["version"]
    except (ValueError, KeyError):
        number = None
    if type(number) is int and number > 0:
        return number
    flaws.append(Flaw(("version",), "must be a whole number from 1", "要填从 1 开始的整数", file=file.name))
    return 0
