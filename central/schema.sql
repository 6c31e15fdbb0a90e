-- Terminal id in every key, so that the tables can be spread by terminal.

CREATE TABLE IF NOT EXISTS matter (
    terminal TEXT NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    reference TEXT NOT NULL,
    item TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    created_wall REAL NOT NULL,
    created_monotonic REAL NOT NULL,
    boot_id TEXT NOT NULL,
    clock_trusted INTEGER NOT NULL,
    received_at REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('filed', 'refused')),
    number TEXT UNIQUE,
    rule TEXT NOT NULL,
    remedy TEXT NOT NULL,
    payload BLOB,  -- sealed; NULL when refused
    result BLOB,   -- sealed
    stars INTEGER CHECK (stars BETWEEN 1 AND 5),
    PRIMARY KEY (terminal, id)
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS matter_reference ON matter (reference);

-- One row an answer given. An acknowledging transaction must write: a repeat that only reads could be answered from a
-- commit that no standby has yet, and be lost at fail-over.
CREATE TABLE IF NOT EXISTS receipt (
    n INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL,
    id TEXT NOT NULL,
    at REAL NOT NULL,
    outcome TEXT NOT NULL
);

CREATE TABLE IF NOT EXISTS day_sequence (
    day TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) WITHOUT ROWID;
