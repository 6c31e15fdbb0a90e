-- The queue as it is now; a test proves that the migrations lead here.

CREATE TABLE matter (
    place INTEGER PRIMARY KEY,  -- orders the epochs' sequences; no row is ever deleted, so the last one tells the next
    id TEXT NOT NULL UNIQUE,
    terminal TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    reference TEXT NOT NULL,
    case_id TEXT NOT NULL,
    item TEXT NOT NULL,
    item_version INTEGER NOT NULL,
    envelope_version INTEGER NOT NULL,
    suite TEXT NOT NULL,
    wall REAL NOT NULL,
    monotonic REAL NOT NULL,
    boot_id TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    consents TEXT NOT NULL,
    attachments TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,  -- empty: filed by an older program and not claimed yet
    payload,  -- NULL once wiped; sealed once more in the suite gm, like result
    size INTEGER NOT NULL,  -- bytes of the envelope and its attachments
    count_so_far INTEGER NOT NULL,  -- of all matters up to this one: what waits is told without another write
    size_so_far INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'in_flight', 'filed', 'refused', 'parked')),
    blocked INTEGER NOT NULL DEFAULT 0,  -- an earlier matter of its case is unfinished
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before REAL NOT NULL DEFAULT 0,  -- 0: at once
    error TEXT NOT NULL DEFAULT '',
    number TEXT NOT NULL DEFAULT '',
    result,
    rule TEXT NOT NULL DEFAULT '',
    remedy TEXT NOT NULL DEFAULT '{}',
    settled REAL NOT NULL DEFAULT 0,
    kept BLOB,
    CHECK (place = ((epoch - 1) << 40) + seq)
);

-- Each is as small as the question it answers: a claim finds its matters among a million without looking at any other.
CREATE INDEX matter_ready ON matter (place) WHERE state = 'queued' AND blocked = 0 AND not_before = 0;
CREATE INDEX matter_later ON matter (not_before) WHERE state = 'queued' AND not_before > 0;
CREATE INDEX matter_aside ON matter (state, place) WHERE state IN ('in_flight', 'parked') OR not_before > 0;
CREATE INDEX matter_case ON matter (case_id, place) WHERE case_id <> id AND state IN ('queued', 'in_flight', 'parked');
CREATE INDEX matter_kept ON matter (settled) WHERE kept IS NOT NULL;

-- Of the states that a matter comes to after it was put; the others are queued.
CREATE TABLE tally (
    state TEXT PRIMARY KEY,
    count INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

INSERT INTO tally (state) VALUES ('in_flight'), ('filed'), ('refused'), ('parked');

CREATE TABLE settled (
    epoch INTEGER PRIMARY KEY,
    count INTEGER NOT NULL
);

-- Seals what is personal in the suite gm. It lies in the encrypted file, so that the file's own key can change.
CREATE TABLE sealing (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    key BLOB NOT NULL
);

INSERT INTO sealing (id, key) VALUES (1, randomblob(32));  -- ChaCha20, begun from the kernel's random numbers

CREATE TRIGGER matter_moved AFTER UPDATE OF state ON matter WHEN OLD.state <> NEW.state BEGIN
    UPDATE tally SET count = count - 1, size = size - OLD.size WHERE state = OLD.state;
    UPDATE tally SET count = count + 1, size = size + NEW.size WHERE state = NEW.state;
END;

CREATE TRIGGER matter_settled AFTER UPDATE OF state ON matter WHEN NEW.state IN ('filed', 'refused') BEGIN
    INSERT INTO settled (epoch, count) VALUES (NEW.epoch, 1) ON CONFLICT (epoch) DO UPDATE SET count = count + 1;
    UPDATE matter SET blocked = 0 WHERE blocked AND place = (
        SELECT min(place) FROM (
            SELECT min(place) AS place FROM matter
            WHERE case_id = NEW.case_id AND case_id <> id AND state IN ('queued', 'in_flight', 'parked')
            UNION ALL
            SELECT place FROM matter WHERE id = NEW.case_id AND case_id = id AND state IN ('queued', 'in_flight', 'parked')));
END;

CREATE TABLE draft (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    session TEXT NOT NULL,
    content BLOB NOT NULL,
    saved REAL NOT NULL
);

CREATE TABLE effect (
    action_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'unknown'
);

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

CREATE TABLE attachment (
    digest TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    suite TEXT NOT NULL,
    key BLOB NOT NULL,
    added REAL NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,  -- a matter has it, or had
    uploaded INTEGER NOT NULL DEFAULT 0  -- bytes the centre has, as far as is known here
) WITHOUT ROWID;

CREATE TABLE attachment_use (
    digest TEXT NOT NULL,
    place INTEGER NOT NULL,  -- of a matter that is not final
    PRIMARY KEY (digest, place)
) WITHOUT ROWID;

CREATE INDEX attachment_use_place ON attachment_use (place);

CREATE TRIGGER attachment_taken AFTER INSERT ON matter
WHEN NEW.attachments <> '[]' AND NEW.state NOT IN ('filed', 'refused') BEGIN
    INSERT OR IGNORE INTO attachment_use (digest, place)
    SELECT value ->> 'digest', NEW.place FROM json_each(NEW.attachments);
    UPDATE attachment SET taken = 1 WHERE digest IN (SELECT digest FROM attachment_use WHERE place = NEW.place);
END;

CREATE TRIGGER attachment_freed AFTER UPDATE OF state ON matter
WHEN NEW.attachments <> '[]' AND NEW.state IN ('filed', 'refused') BEGIN
    DELETE FROM attachment_use WHERE place = NEW.place;
END;
