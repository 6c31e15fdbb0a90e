-- Which epoch the file is in, which machine it belongs to, and what befell it.

CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    machine TEXT NOT NULL  -- JSON; empty: not known yet
);

INSERT INTO meta (id, epoch, machine) VALUES (1, 1, '');

CREATE TABLE incident (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('damaged', 'missing', 'restored', 'cloned')),
    noticed REAL NOT NULL,
    epoch INTEGER NOT NULL,  -- the one that began with it
    file TEXT NOT NULL,  -- what was set aside
    saved INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE lost (
    place INTEGER PRIMARY KEY  -- of a matter that no salvage could save
);

-- A second copy on a page of its own: if the only one were damaged, nothing that was sealed with it could be read.
CREATE INDEX sealing_copy ON sealing (key);
