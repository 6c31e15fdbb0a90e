"""All that a centre needs to come back, in a folder laid out as its own: database, keys and attachments."""

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from central.files import make_folder, sync_folder
from central.platforms.settings import FILE as PLATFORMS
from central.revocations import FILE as REVOKED
from central.storage.database import Storage

DATABASE: Final = "central.db"
ATTACHMENTS: Final = "attachments"
EPOCHS_LEFT_OUT: Final = 10
"""A terminal is enrolled anew so often at most between a backup and the day it is needed."""
_KEYS: Final = ("*.key", "*.crt", "*.pub", "*.token", REVOKED, PLATFORMS)
_NEEDED: Final = (DATABASE, "storage.key", "authority.key")
_NO_LINK: Final = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS})
_TOLD: Final = 10_000
"""Attachments from one line of progress to the next."""

Tell = Callable[[str], None]


class BackupError(Exception):
    """The centre cannot be brought back."""


class NoBackup(BackupError):
    """The folder holds no backup: it needs the database and the keys."""


class NotEmpty(BackupError):
    """A centre has its data there already: name a folder that is empty or does not exist."""


def back_up(storage: Storage, data: Path, target: Path, tell: Tell) -> None:
    """Copy the centre of ``data`` while it works to ``target``, which must not exist: there when all of it is.

    Raises ``StorageError``, ``OSError``.
    """
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    with _whole(target) as draft:
        storage.backup(draft / DATABASE)
        tell(f"database: {(draft / DATABASE).stat().st_size} bytes")
        # Attachments after the database: each that a matter there names was on the disk before it. Uploads that are
        # not finished stay behind; a terminal begins them again.
        _take_files(data, draft, tell)


def restore(source: Path, data: Path, tell: Tell) -> None:
    """Make ``data``, which must be empty, the centre of a backup.

    Epochs are left out, for some may have been given to terminals since. Raises :class:`BackupError`,
    ``StorageError``, ``OSError``.
    """
    if not all((source / name).is_file() for name in _NEEDED):
        raise NoBackup
    if data.exists() and any(data.iterdir()):
        raise NotEmpty
    with _whole(data) as draft:
        _copy(source / DATABASE, draft / DATABASE)
        _leave_out_epochs(draft / DATABASE)
        tell("database: restored")
        _take_files(source, draft, tell)


def _leave_out_epochs(file: Path) -> None:
    storage = Storage(f"sqlite:///{file}")
    try:
        with storage.transaction() as transaction:
            transaction.terminals.leave_out_epochs(EPOCHS_LEFT_OUT)
    finally:
        storage.close()


@contextmanager
def _whole(folder: Path) -> Generator[Path]:
    """A folder beside it that takes its name at the end, or goes; what a kill leaves begins with a dot."""
    make_folder(folder.absolute().parent)
    draft = folder.absolute().with_name(f".{folder.name}.{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    try:
        yield draft
        sync_folder(draft)
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_folder(folder.absolute().parent)


def _take_files(source: Path, target: Path, tell: Tell) -> None:
    keys = [file for pattern in _KEYS for file in source.glob(pattern)]
    for file in keys:
        _copy(file, target / file.name)
    tell(f"keys: {len(keys)} files")
    count = 0
    for folder in (source / ATTACHMENTS).glob("*/??"):
        before, count = count, count + _take_folder(folder, target / folder.relative_to(source))
        if count // _TOLD > before // _TOLD:
            tell(f"attachments: {count} ...")
    tell(f"attachments: {count} files")


def _take_folder(source: Path, target: Path) -> int:
    """Attachments that are whole never change, so that a second name is as good as a copy."""
    make_folder(target)
    files = list(source.iterdir())
    for file in files:
        try:
            (target / file.name).hardlink_to(file)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            _copy(file, target / file.name)
    sync_folder(target)
    return len(files)


def _copy(source: Path, target: Path) -> None:
    """On the disk when it returns, but for its name."""
    shutil.copyfile(source, target)
    shutil.copymode(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
