"""How much room a database takes."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url


def database_bytes(url: str) -> int:
    """With its indices and, of SQLite, its log."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        return sum(path.stat().st_size for path in (file, file.with_name(f"{file.name}-wal")) if path.exists())
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
