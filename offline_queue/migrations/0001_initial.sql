-- The queue as first released.

CREATE TABLE matter (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, even after the row is gone
    id TEXT NOT NULL UNIQUE,
    terminal TEXT NOT NULL,
    reference TEXT NOT NULL UNIQUE,
    item TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    envelope_version INTEGER NOT NULL,
    wall REAL NOT NULL,
    monotonic REAL NOT NULL,
    boot_id TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    consents TEXT NOT NULL,
    payload TEXT,  -- NULL once wiped
    state TEXT NOT NULL CHECK (state IN ('queued', 'in_flight', 'filed', 'refused', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT '',
    number TEXT NOT NULL DEFAULT '',
    result TEXT,
    rule TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT ''
);

CREATE INDEX matter_unfinished ON matter (state, seq) WHERE state IN ('queued', 'in_flight', 'parked');

CREATE TABLE draft (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    session TEXT NOT NULL,
    content BLOB NOT NULL
);

CREATE TABLE print (
    action_id TEXT PRIMARY KEY,
    outcome TEXT NOT NULL DEFAULT 'unknown'
);
