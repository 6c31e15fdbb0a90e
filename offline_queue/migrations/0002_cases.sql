-- Epochs, cases, attachments, chained digests, tallies. What an older program filed becomes an envelope of version 2, of
-- the first epoch and of a case of its own; its digest is noted when it is first claimed, for SQL knows no SHA-256.

ALTER TABLE matter RENAME TO old_matter;

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

INSERT INTO matter (place, id, terminal, epoch, seq, reference, case_id, item, item_version, envelope_version, suite, wall,
                    monotonic, boot_id, trusted, consents, attachments, previous, digest, payload, size,
                    count_so_far, size_so_far, state, attempts, not_before, error, number, result, rule, remedy)
SELECT seq, id, terminal, 1, seq, reference, id, item, item_version, 2, 'standard', wall, monotonic, boot_id, trusted,
       consents, '[]', '', '', payload, coalesce(length(CAST(payload AS BLOB)), 0), row_number() OVER (ORDER BY seq),
       sum(coalesce(length(CAST(payload AS BLOB)), 0)) OVER (ORDER BY seq), state, attempts,
       CASE state WHEN 'queued' THEN not_before ELSE 0 END, error, number, result, rule,
       CASE remedy WHEN '' THEN '{}' ELSE json_object('zh-Hans', remedy) END
FROM old_matter ORDER BY seq;

INSERT INTO settled (epoch, count)
SELECT epoch, count(*) FROM matter WHERE state IN ('filed', 'refused') GROUP BY epoch;

UPDATE tally SET (count, size) =
    (SELECT count(*), coalesce(sum(size), 0) FROM matter WHERE matter.state = tally.state);

DROP TABLE old_matter;

ALTER TABLE draft RENAME TO old_draft;

CREATE TABLE draft (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    session TEXT NOT NULL,
    content BLOB NOT NULL,
    saved REAL NOT NULL
);

INSERT INTO draft (id, session, content, saved) SELECT id, session, content, unixepoch() FROM old_draft;

DROP TABLE old_draft;

CREATE TABLE effect (
    action_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'unknown'
);

INSERT INTO effect (action_id, kind, outcome) SELECT action_id, 'print', outcome FROM print;

DROP TABLE print;
