-- Matters: putting

-- name: head
SELECT coalesce(last.epoch, 0) AS epoch, coalesce(last.seq, 0) AS seq, coalesce(last.digest, '') AS digest,
       coalesce(last.count_so_far, 0) AS count_so_far, coalesce(last.size_so_far, 0) AS size_so_far,
       (SELECT epoch FROM meta) AS epoch_of_file, settled.count AS settled_count, settled.size AS settled_size,
       (SELECT wall FROM matter WHERE place = (
           SELECT min(place) FROM (
               SELECT min(place) AS place FROM matter WHERE state = 'queued' AND blocked = 0 AND not_before = 0
               UNION ALL
               SELECT min(place) FROM matter
               WHERE state = 'queued' AND (state IN ('in_flight', 'parked') OR not_before > 0)
               UNION ALL
               SELECT min(place) FROM matter
               WHERE state = 'in_flight' AND (state IN ('in_flight', 'parked') OR not_before > 0)
               UNION ALL
               SELECT min(place) FROM matter
               WHERE state = 'parked' AND (state IN ('in_flight', 'parked') OR not_before > 0)))) AS oldest
FROM (SELECT sum(count) AS count, sum(size) AS size FROM tally WHERE state IN ('filed', 'refused')) AS settled
LEFT JOIN (SELECT epoch, seq, digest, count_so_far, size_so_far FROM matter ORDER BY place DESC LIMIT 1) AS last;

-- name: put
INSERT INTO matter (place, id, terminal, epoch, seq, reference, case_id, item, item_version, envelope_version, suite, wall,
                    monotonic, boot_id, trusted, consents, attachments, previous, digest, payload, size,
                    count_so_far, size_so_far, state, blocked)
VALUES (:place, :id, :terminal, :epoch, :seq, :reference, :case_id, :item, :item_version, :envelope_version, :suite, :wall,
        :monotonic, :boot_id, :trusted, :consents, :attachments, :previous, :digest, :payload, :size,
        :count_so_far, :size_so_far, 'queued',
        EXISTS (SELECT 1 FROM matter WHERE case_id = :case_id AND case_id <> id AND state IN ('queued', 'in_flight', 'parked'))
        OR :case_id <> :id
           AND EXISTS (SELECT 1 FROM matter WHERE id = :case_id AND case_id = id AND state IN ('queued', 'in_flight', 'parked')));

-- Matters: reading

-- name: get
SELECT * FROM matter WHERE id = :id;

-- name: all
SELECT * FROM matter WHERE place > :after ORDER BY place LIMIT :limit;

-- name: in_states
SELECT * FROM matter
WHERE place > :after AND state IN (SELECT value FROM json_each(:states)) ORDER BY place LIMIT :limit;

-- name: counts
SELECT state, count FROM tally
UNION ALL
SELECT 'queued', coalesce((SELECT count_so_far FROM matter ORDER BY place DESC LIMIT 1), 0) - sum(count) FROM tally
UNION ALL
SELECT 'draft', count(*) FROM draft;

-- Matters: sending

-- name: ripen
UPDATE matter SET not_before = 0 WHERE place IN (
    SELECT place FROM matter INDEXED BY matter_later
    WHERE state = 'queued' AND not_before > 0 AND not_before <= :now
    UNION ALL
    SELECT place FROM matter INDEXED BY matter_later
    WHERE not_before > :now + :longest_wait AND state = 'queued' AND not_before > 0
    LIMIT :limit);

-- name: claim
UPDATE matter SET state = 'in_flight', attempts = attempts + 1 WHERE place IN (
    SELECT place FROM matter WHERE state = 'queued' AND blocked = 0 AND not_before = 0 ORDER BY place LIMIT :limit)
RETURNING *;

-- name: claim_first
UPDATE matter SET state = 'in_flight', attempts = attempts + 1
WHERE id = :id AND state = 'queued' AND blocked = 0 AND not_before = 0 RETURNING *;

-- name: note_digest
UPDATE matter SET digest = :digest WHERE place = :place;

-- name: release_claims
UPDATE matter SET state = 'queued'
WHERE state = 'in_flight' AND (state IN ('in_flight', 'parked') OR not_before > 0) RETURNING id;

-- name: states
SELECT id, state, suite FROM matter WHERE id IN (SELECT value FROM json_each(:ids));

-- name: settle
UPDATE matter SET state = :state, number = :number, result = :result, rule = :rule, remedy = :remedy, settled = :settled,
                  kept = :kept, payload = CASE WHEN :wipe THEN NULL ELSE payload END, error = '', not_before = 0
WHERE id = :id;

-- name: put_back
UPDATE matter SET state = :state, not_before = :not_before, error = :error WHERE id = :id;

-- name: wipe
UPDATE matter SET payload = NULL, result = NULL WHERE id = :id;

-- Matters: what was settled

-- name: epochs
SELECT epoch FROM settled ORDER BY epoch;

-- name: settled_count
SELECT count FROM settled WHERE epoch = :epoch;

-- name: receipts
SELECT id, epoch, seq, digest, state, settled, kept IS NOT NULL AS kept FROM matter
WHERE place > ((:epoch - 1) << 40) + :after AND place < :epoch << 40 AND state IN ('filed', 'refused') AND digest <> ''
ORDER BY place LIMIT :limit;

-- name: kept
SELECT id, kept, suite FROM matter WHERE id = :id;

-- name: forget_kept
UPDATE matter SET kept = NULL WHERE settled < :before AND kept IS NOT NULL RETURNING place;

-- name: sealing_key
SELECT key FROM sealing;

-- Drafts

-- name: save_draft
INSERT INTO draft (id, session, content, saved) VALUES (1, :session, :content, :saved)
ON CONFLICT (id) DO UPDATE SET session = excluded.session, content = excluded.content, saved = excluded.saved;

-- name: load_draft
SELECT session, content, saved FROM draft;

-- name: drop_draft
DELETE FROM draft;

-- Effects

-- name: effect
SELECT outcome FROM effect WHERE action_id = :action_id;

-- name: begin_effect
INSERT INTO effect (action_id, kind) VALUES (:action_id, :kind);

-- name: end_effect
INSERT INTO effect (action_id, outcome) VALUES (:action_id, :outcome)
ON CONFLICT (action_id) DO UPDATE SET outcome = excluded.outcome;

-- The file

-- name: meta
SELECT epoch, machine FROM meta;

-- name: set_meta
UPDATE meta SET epoch = :epoch, machine = :machine;

-- name: add_incident
INSERT INTO incident (kind, noticed, epoch, file, saved, lost, detail)
VALUES (:kind, :noticed, :epoch, :file, :saved, :lost, :detail);

-- name: incidents
SELECT kind, noticed, epoch, file, saved, lost, detail FROM incident ORDER BY id;

-- name: chain
SELECT * FROM matter WHERE place > :after ORDER BY place LIMIT 1000;

-- name: places
SELECT place FROM matter;

-- name: matters
SELECT count(*) AS count FROM matter;

-- name: lost
SELECT place FROM lost;

-- name: add_lost
INSERT INTO lost (place) VALUES (:place);

-- The file: after a salvage, what is derived from the matters

-- What was sealed with a key that is lost, can be read by nobody.

-- name: mend_unreadable
DELETE FROM matter WHERE suite = 'gm' AND state NOT IN ('filed', 'refused') AND NOT EXISTS (SELECT 1 FROM sealing);

-- name: mend_unreadable_files
DELETE FROM attachment_use WHERE place NOT IN (SELECT place FROM matter);

-- name: mend_unreadable_settled
UPDATE matter SET payload = NULL, result = NULL, kept = NULL WHERE suite = 'gm' AND NOT EXISTS (SELECT 1 FROM sealing);

-- name: mend_claims
UPDATE matter SET state = 'queued' WHERE state = 'in_flight';

-- name: mend_blocked
UPDATE matter SET blocked = state IN ('queued', 'in_flight', 'parked') AND (
    EXISTS (SELECT 1 FROM matter AS earlier
            WHERE earlier.case_id = matter.case_id AND earlier.case_id <> earlier.id AND earlier.place < matter.place
              AND earlier.state IN ('queued', 'in_flight', 'parked'))
    OR EXISTS (SELECT 1 FROM matter AS earlier
               WHERE earlier.id = matter.case_id AND earlier.case_id = earlier.id AND earlier.place < matter.place
                 AND earlier.state IN ('queued', 'in_flight', 'parked')))
WHERE blocked OR state IN ('queued', 'parked');

-- name: mend_totals
UPDATE matter SET count_so_far = so_far.count, size_so_far = so_far.size
FROM (SELECT place, row_number() OVER (ORDER BY place) AS count, sum(size) OVER (ORDER BY place) AS size FROM matter)
    AS so_far
WHERE so_far.place = matter.place;

-- name: mend_tally
UPDATE tally SET (count, size) =
    (SELECT count(*), coalesce(sum(size), 0) FROM matter WHERE matter.state = tally.state);

-- name: mend_sealing
INSERT OR IGNORE INTO sealing (id, key) VALUES (1, randomblob(32));

-- name: mend_settled_drop
DELETE FROM settled;

-- name: mend_settled
INSERT INTO settled (epoch, count)
SELECT epoch, count(*) FROM matter WHERE state IN ('filed', 'refused') GROUP BY epoch;

-- Attachments

-- name: attachment
SELECT size, suite, key, uploaded FROM attachment WHERE digest = :digest;

-- name: attachment_digests
SELECT digest FROM attachment;

-- name: add_attachment
INSERT INTO attachment (digest, size, suite, key, added) VALUES (:digest, :size, :suite, :key, :added)
ON CONFLICT (digest) DO UPDATE SET key = excluded.key, added = excluded.added, taken = 0;

-- name: add_attachment_again
UPDATE attachment SET added = :added, taken = 0 WHERE digest = :digest;

-- name: attachment_uploaded
UPDATE attachment SET uploaded = :uploaded WHERE digest = :digest;

-- name: collect_attachments
DELETE FROM attachment
WHERE (taken OR added < :before) AND NOT EXISTS (SELECT 1 FROM attachment_use WHERE digest = attachment.digest)
RETURNING digest;

-- name: delete_attachment
DELETE FROM attachment
WHERE digest = :digest AND NOT EXISTS (SELECT 1 FROM attachment_use WHERE digest = attachment.digest)
RETURNING digest;

-- name: lose_attachment
DELETE FROM attachment WHERE digest = :digest;
