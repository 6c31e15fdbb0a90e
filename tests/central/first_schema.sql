-- A central.db as the first version of the centre left it behind.

PRAGMA journal_mode = WAL;

CREATE TABLE matter (
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
    payload BLOB,
    result BLOB,
    stars INTEGER CHECK (stars BETWEEN 1 AND 5),
    PRIMARY KEY (terminal, id)
) WITHOUT ROWID;

CREATE INDEX matter_reference ON matter (reference);

CREATE TABLE receipt (
    n INTEGER PRIMARY KEY,
    terminal TEXT NOT NULL,
    id TEXT NOT NULL,
    at REAL NOT NULL,
    outcome TEXT NOT NULL
);

CREATE TABLE day_sequence (
    day TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO matter VALUES
    ('GD440100', 'id-1', 1, 'd1', 'GD440100-000001-9', 'social-insurance-proof', 1, 1790000000.0, 12.5, 'boot', 1,
     1790049600.0, 'filed', '44-20260922-000001-2', '', '', x'70', x'72', 4),
    ('GD440100', 'id-2', 2, 'd2', 'GD440100-000002-7', 'no-such-item', 1, 1790000001.0, 13.5, 'boot', 0,
     1790049601.0, 'refused', NULL, 'unknown_item', '请到人工窗口办理。', NULL, NULL, NULL);
INSERT INTO receipt (terminal, id, at, outcome) VALUES
    ('GD440100', 'id-1', 1790049600.0, 'filed'),
    ('GD440100', 'id-1', 1790049600.5, 'filed'),
    ('GD440100', 'id-2', 1790049601.0, 'unknown_item');
INSERT INTO day_sequence VALUES ('2026-09-22', 1);
