-- Files that travel with matters. They lie beside the queue file, each encrypted with a key of its own that is here:
-- whoever deletes the row destroys the file.

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
