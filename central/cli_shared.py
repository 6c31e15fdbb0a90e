"""What the commands of the centre have in common."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from central.storage.database import Storage

data_option = click.option(
    "--data",
    default=Path("var/central"),
    show_default=True,
    type=click.Path(path_type=Path),
    help="folder of the centre",
)
database_option = click.option(
    "--database", default="", envvar="CENTRAL_DATABASE", metavar="URL",
    help="sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME; else DATA/central.db",
)  # fmt: skip


@contextmanager
def opened(database: str, data: Path) -> Generator["Storage"]:
    """Of a centre that has been started before."""
    from central.settings import Settings
    from central.storage.database import Storage

    if not database and not (data / "central.db").exists():
        raise click.ClickException(f"no centre has kept its data in {data}")
    with told(data):
        storage = Storage(Settings(data, database).database)
        try:
            yield storage
        finally:
            storage.close()


@contextmanager
def told(place: Path) -> Generator[None]:
    """What the operator can do something about, in one line."""
    from central.backup import BackupError
    from central.editions.check import BadItem
    from central.keys import BadSecret
    from central.platforms.errors import BadSettings
    from central.storage.errors import StorageError

    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{error.filename or place}: {error.strerror or error}") from None
    except BadItem as error:
        raise click.ClickException("\n".join(map(str, error.flaws))) from None
    except (BadSecret, BadSettings, BackupError, StorageError) as error:
        more = f" ({error})" if str(error) else ""
        raise click.ClickException(f"{type(error).__doc__}{more}") from None
